"""Outcomes of tasks, solved or why not: the only module of the harness that compares with test outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import is_equal
from neural_guide.harness.task_results import CandidateResult, TaskResult

Reason = Literal["", "inexpressible", "misled", "budget", "wrong", "failed", "unknown"]


@dataclass(frozen=True)
class TaskOutcome:
    """Outcome of one task.

    Attributes:
        result: the searches.
        arc: the task and its answers.
        solved: whether every test output is exact within two attempts; None: the outputs are not known.
        reason: why it is not solved; see `explanation`.
        correct: candidate that is right at every output; if the guide misled, that of the unguided search; if the
            attempts are right only together, the first. None: there is none.
        rank: rank of that program's worst primitive if the guide misled, 1 is best; None: it has no primitive.
    """

    result: TaskResult
    arc: ArcTask
    solved: bool | None
    reason: Reason
    correct: CandidateResult | None
    rank: int | None = None

    @property
    def best_candidate(self) -> CandidateResult | None:
        """The candidate to display: a correct one, else the first of the search, else the first of the unguided one."""
        search, unguided = self.result.search, self.result.unguided
        candidates = (*(search.candidates if search else ()), *(unguided.candidates if unguided else ()))
        return self.correct or (candidates[0] if candidates else None)

    @property
    def explanation(self) -> str:
        """The reason in words."""
        result = self.result
        stop_reason = result.search.stop_reason if result.search else ""
        texts = {
            "": "",
            "inexpressible": "not expressible within the length: every program was tried",
            "budget": f"budget spent ({stop_reason})",
            "wrong": "consistent with the pairs, wrong on the test",
            "failed": result.failure,
            "unknown": "explained; the test outputs are not known",
        }
        if self.reason == "misled":
            assert self.correct is not None
            rank = f"; the guide ranks its worst primitive {self.rank}" if self.rank else ""
            return f"guide misled: unguided it takes {self.correct.nodes:,} nodes{rank}"
        return texts[self.reason]


def judge_outcome(result: TaskResult, arc: ArcTask, names: Sequence[str]) -> TaskOutcome:
    """Compare the candidates of a task with its test outputs.

    Args:
        result: searches for the task.
        arc: task and its answers.
        names: vocabulary, in the order of the guide's probabilities.
    """
    search = result.search
    if search is None:
        return TaskOutcome(result, arc, None if arc.answers is None else False, "failed", None)
    candidates = search.candidates
    if arc.answers is None:
        unexplained: Reason = "inexpressible" if search.stop_reason == "exhausted" else "budget"
        return TaskOutcome(result, arc, None, "unknown" if candidates else unexplained, None)
    correct = _find_correct(candidates, arc)
    if correct or _is_solved_jointly(candidates, arc):
        return TaskOutcome(result, arc, True, "", correct or candidates[0])
    if candidates:
        return TaskOutcome(result, arc, False, "wrong", None)
    if search.stop_reason == "exhausted":
        return TaskOutcome(result, arc, False, "inexpressible", None)
    correct = _find_correct(result.unguided.candidates if result.unguided else (), arc)
    if correct:
        rank = rank_worst_primitive(correct.steps, result.probabilities, names)
        return TaskOutcome(result, arc, False, "misled", correct, rank)
    return TaskOutcome(result, arc, False, "budget", None)


def rank_worst_primitive(program: Sequence[str], probabilities: Sequence[float], names: Sequence[str]) -> int | None:
    """Return the rank of the program's least likely primitive, 1 is best; ties count against it.

    Functions of pieces are left out, because the guide predicts none. None: the program has no primitive.
    """
    primitives = [name for name in program if name in names]
    if not primitives or not probabilities:
        return None
    lowest = min(probabilities[names.index(name)] for name in primitives)
    return sum(probability >= lowest for probability in probabilities)


def _find_correct(candidates: Sequence[CandidateResult], arc: ArcTask) -> CandidateResult | None:
    return next((candidate for candidate in candidates if arc.is_answered_by(candidate.to_grids())), None)


def _is_solved_jointly(candidates: Sequence[CandidateResult], arc: ArcTask) -> bool:
    """Return whether every test output is exact in one of the attempts."""
    assert arc.answers is not None
    attempts = [candidate.to_grids() for candidate in candidates]
    return bool(attempts) and all(
        any(is_equal(grids[test], answer) for grids in attempts) for test, answer in enumerate(arc.answers)
    )
