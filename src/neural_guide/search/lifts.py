"""Lifts of words: how many times likelier than usual each word of an explanation is for one task, by a guide."""

from collections.abc import Mapping

Lifts = Mapping[str, float]
"""Lifts by word, above 0; a word that is missing is as likely as usual."""
NO_LIFTS: Lifts = {}


def build_word(group: str, name: str) -> str:
    """Build the word of a name in a group of `search.words.GROUPS`, e.g. `unit: object`."""
    return f"{group}: {name}"


def get_lift(lifts: Lifts, group: str, name: str) -> float:
    """Return the lift of a name in a group; 1 if it is missing."""
    return lifts.get(build_word(group, name), 1.0)
