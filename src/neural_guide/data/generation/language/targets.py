"""A target of the whole language, and the test that every drawn one must pass."""

from collections.abc import Sequence
from typing import NamedTuple

from neural_guide.arc.grid import MAX_SIDE, Grid, is_equal

Outputs = tuple[Grid, ...]


class LanguageTarget(NamedTuple):
    """Pairs and the words of their explanation.

    Attributes:
        inputs: inputs of the pairs.
        outputs: their outputs.
        words: words of the explanation, each once, in the order of `search.words.LANGUAGE`.
    """

    inputs: tuple[Grid, ...]
    outputs: Outputs
    words: tuple[str, ...]


def select_outputs(inputs: Sequence[Grid], outputs: Sequence[Grid | None]) -> Outputs | None:
    """Return the outputs of all pairs if they teach something.

    None: one is missing, larger than `MAX_SIDE` or blank, or equals its input; or all outputs are the same.
    """
    made = [output for output in outputs if output is not None]
    if len(made) < len(inputs) or any(max(output.shape) > MAX_SIDE or not output.any() for output in made):
        return None
    if any(is_equal(before, after) for before, after in zip(inputs, made, strict=True)):
        return None
    return None if all(is_equal(output, made[0]) for output in made[1:]) else tuple(made)
