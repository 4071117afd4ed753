"""Outcomes of tasks, solved or why not: the only module of the harness that compares with test outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid, is_equal
from neural_guide.harness.task_results import CandidateResult, SearchResult, TaskResult

Reason = Literal["", "inexpressible", "misled", "budget", "unpromising", "wrong", "failed", "unreached", "unknown"]


class Attempt(NamedTuple):
    """An answer to one test.

    Attributes:
        grid: the answer.
        candidate: candidate that gives it.
        confidence: stated probability that it is right.
        is_right: whether it is the test output; None: the output is not known.
    """

    grid: Grid
    candidate: CandidateResult
    confidence: float
    is_right: bool | None


Attempts = tuple[Attempt, ...]
"""The attempts at one output, the first one first."""


@dataclass(frozen=True)
class TaskOutcome:
    """Outcome of one task.

    Attributes:
        result: the searches.
        arc: the task and its answers.
        outputs: attempts at every test output; of the unguided search if the guided one has none.
        solved: whether every test output is exact within two attempts; None: the outputs are not known.
        reason: why it is not solved; see `explanation`.
        correct: candidate that is right at every output; if the guide misled, that of the unguided search; if the
            attempts are right only together, the first. None: there is none.
        rank: rank of that program's worst primitive if the guide misled, 1 is best; None: it has no primitive.
    """

    result: TaskResult
    arc: ArcTask
    outputs: tuple[Attempts, ...]
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
    def solved_outputs(self) -> int:
        """Number of test outputs with a right attempt."""
        return sum(any(attempt.is_right for attempt in attempts) for attempts in self.outputs)

    @property
    def explanation(self) -> str:
        """The reason in words."""
        result = self.result
        stop_reason = result.search.stop_reason if result.search else ""
        texts = {
            "": "",
            "inexpressible": "not expressible within the length: every program was tried",
            "budget": f"budget spent ({stop_reason})",
            "unpromising": "stopped: no part of the search promised enough (search.min_promise)",
            "wrong": self._describe_wrong(),
            "failed": result.failure,
            "unreached": "not finished before the deadline",
            "unknown": "explained; the test outputs are not known",
        }
        if self.reason == "misled":
            assert self.correct is not None
            rank = f"; the guide ranks its worst primitive {self.rank}" if self.rank else ""
            return f"guide misled: unguided it takes {self.correct.nodes:,} nodes{rank}"
        return texts[self.reason]

    def _describe_wrong(self) -> str:
        tests = len(self.outputs)
        place = f"{tests - self.solved_outputs} of {tests} tests" if self.solved_outputs else "the test"
        return f"consistent with the pairs, wrong on {place}"


_UNEXPLAINED: dict[str, Reason] = {"exhausted": "inexpressible", "unpromising": "unpromising"}
"""Reasons for no explanation, by the reason for which a search stopped; any other is a budget."""


def judge_outcome(result: TaskResult, arc: ArcTask, names: Sequence[str]) -> TaskOutcome:
    """Compare the candidates of a task with its test outputs.

    Args:
        result: searches for the task.
        arc: task and its answers.
        names: vocabulary, in the order of the guide's probabilities.
    """
    search, unguided = result.search, result.unguided
    if search is None:
        outputs: tuple[Attempts, ...] = ((),) * len(arc.task.test_inputs)
        return TaskOutcome(result, arc, outputs, None if arc.answers is None else False, "failed", None)
    outputs = _list_attempts(unguided if unguided and not search.candidates else search, arc)
    unexplained = _UNEXPLAINED.get(search.stop_reason, "budget")
    if arc.answers is None:
        return TaskOutcome(result, arc, outputs, None, "unknown" if search.candidates else unexplained, None)
    if search.candidates:
        is_solved = all(any(attempt.is_right for attempt in attempts) for attempts in outputs)
        correct = _find_correct(search, arc) or (search.candidates[0] if is_solved else None)
        return TaskOutcome(
            result, arc, outputs, is_solved, "" if is_solved else "wrong", correct if is_solved else None
        )
    correct = _find_correct(unguided, arc) if unguided else None
    if correct and unexplained == "budget":
        rank = rank_worst_primitive(correct.steps, result.probabilities, names)
        return TaskOutcome(result, arc, outputs, False, "misled", correct, rank)
    return TaskOutcome(result, arc, outputs, False, unexplained, None)


def mark_unreached(arc: ArcTask) -> TaskOutcome:
    """Return the outcome of a task that was not finished before the deadline of its run."""
    outputs: tuple[Attempts, ...] = ((),) * len(arc.task.test_inputs)
    result = TaskResult(arc.task.task_id)
    return TaskOutcome(result, arc, outputs, None if arc.answers is None else False, "unreached", None)


def rank_worst_primitive(program: Sequence[str], probabilities: Sequence[float], names: Sequence[str]) -> int | None:
    """Return the rank of the program's least likely primitive, 1 is best; ties count against it.

    Functions of pieces are left out, because the guide predicts none. None: the program has no primitive.
    """
    primitives = [name for name in program if name in names]
    if not primitives or not probabilities:
        return None
    lowest = min(probabilities[names.index(name)] for name in primitives)
    return sum(probability >= lowest for probability in probabilities)


def _list_attempts(search: SearchResult, arc: ArcTask) -> tuple[Attempts, ...]:
    """List the attempts at every output, compared with the test outputs where these are known."""
    grids = [candidate.to_grids() for candidate in search.candidates]
    outputs = []
    for test, answers in enumerate(search.answers):
        attempts = []
        for index, confidence in answers:
            grid = grids[index][test]
            assert grid is not None
            is_right = None if arc.answers is None else is_equal(grid, arc.answers[test])
            attempts.append(Attempt(grid, search.candidates[index], confidence, is_right))
        outputs.append(tuple(attempts))
    return tuple(outputs)


def _find_correct(search: SearchResult, arc: ArcTask) -> CandidateResult | None:
    """Find the candidate that is right at every output; None: there is none."""
    return next((candidate for candidate in search.candidates if arc.is_answered_by(candidate.to_grids())), None)
