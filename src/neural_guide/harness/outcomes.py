"""Whether a task was solved, and why not: the one place that sees the test outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import is_equal
from neural_guide.harness.task_results import Entry, Found

Reason = Literal["", "inexpressible", "misled", "budget", "wrong", "failed", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """What became of a task.

    Attributes:
        entry: the searches.
        arc: the task and its answers.
        solved: every test output exact within two attempts; None where the outputs are not known.
        reason: why it is not solved; see `explained`.
        right: the candidate that is right at every output, of a misled guide that of the unguided search; where the
            attempts are right only together, the first.
        rank: of that program's worst primitive where the guide misled, 1 is best; None where it has no primitive.
    """

    entry: Entry
    arc: ArcTask
    solved: bool | None
    reason: Reason
    right: Found | None
    rank: int | None = None

    @property
    def shown(self) -> Found | None:
        """The candidate to show: what is right, else what explains the pairs, else what the unguided search found."""
        search, unguided = self.entry.search, self.entry.unguided
        candidates = (*(search.found if search else ()), *(unguided.found if unguided else ()))
        return self.right or (candidates[0] if candidates else None)

    @property
    def explained(self) -> str:
        """The reason in words."""
        entry = self.entry
        stopped = entry.search.stopped if entry.search else ""
        words = {
            "": "",
            "inexpressible": "not expressible within the length: every program was tried",
            "budget": f"budget spent ({stopped})",
            "wrong": "consistent with the pairs, wrong on the test",
            "failed": entry.failure,
            "unknown": "explained; the test outputs are not known",
        }
        if self.reason == "misled":
            assert self.right is not None
            ranked = f"; the guide ranks its worst primitive {self.rank}" if self.rank else ""
            return f"guide misled: unguided it takes {self.right.nodes:,} nodes{ranked}"
        return words[self.reason]


def judge(entry: Entry, arc: ArcTask, names: Sequence[str]) -> Verdict:
    """Compare what was found for a task with its test outputs.

    Args:
        entry: the searches for the task.
        arc: the task.
        names: the vocabulary, in the order of the guide's chances.
    """
    if entry.search is None:
        return Verdict(entry, arc, None if arc.answers is None else False, "failed", None)
    found = entry.search.found
    if arc.answers is None:
        nothing: Reason = "inexpressible" if entry.search.stopped == "exhausted" else "budget"
        return Verdict(entry, arc, None, "unknown" if found else nothing, None)
    right = next((each for each in found if arc.is_answered_by(each.grids())), None)
    if right or _right_together(found, arc):
        return Verdict(entry, arc, True, "", right or found[0])
    if found:
        return Verdict(entry, arc, False, "wrong", None)
    if entry.search.stopped == "exhausted":
        return Verdict(entry, arc, False, "inexpressible", None)
    unguided = entry.unguided.found if entry.unguided else ()
    known = next((each for each in unguided if arc.is_answered_by(each.grids())), None)
    if known:
        return Verdict(entry, arc, False, "misled", known, worst_rank(known.steps, entry.chances, names))
    return Verdict(entry, arc, False, "budget", None)


def worst_rank(program: Sequence[str], chances: Sequence[float], names: Sequence[str]) -> int | None:
    """Rank of the primitive of a program that is thought least likely, 1 is best; ties count against it.

    None where the program has none; functions of pieces, of which the guide says nothing, are left out.
    """
    known = [name for name in program if name in names]
    if not known or not chances:
        return None
    lowest = min(chances[names.index(name)] for name in known)
    return sum(chance >= lowest for chance in chances)


def _right_together(found: Sequence[Found], arc: ArcTask) -> bool:
    """Whether every test output is exact in one of the attempts."""
    assert arc.answers is not None
    attempts = [each.grids() for each in found]
    return bool(attempts) and all(
        any(is_equal(grids[number], answer) for grids in attempts) for number, answer in enumerate(arc.answers)
    )
