"""From verdicts to what the report draws."""

from collections import Counter
from collections.abc import Sequence

from neural_guide.arc.grid import BACKGROUND, Grid, is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.harness.outcomes import TaskOutcome
from neural_guide.harness.task_results import CandidateResult
from neural_guide.reporting.results import Solution
from neural_guide.reporting.solve.report import MOST_DRAWN, Failure, TaskRow
from neural_guide.search.candidates import ProgramLayer
from neural_guide.search.layering import TRANSPARENT
from neural_guide.search.task_transforms import list_transforms
from neural_guide.search.trace import trace_candidate

KINDS = {
    "": "solved",
    "unknown": "explained; the test outputs are not known",
    "wrong": "consistent with the pairs, wrong on the test",
    "inexpressible": "not expressible within the length: every program was tried",
    "misled": "guide misled: the unguided order finds it within the same budget",
    "budget": "budget spent",
    "failed": "failed: crashed or hung",
}
NO_STEP = "(unchanged)"  # the program that leaves grids as they are
LEAST_EACH = 3  # failures of a kind that are drawn before those of another fill the gallery


def build_row(verdict: TaskOutcome) -> TaskRow:
    """The line of a task in results.csv."""
    search, shown = verdict.result.search, verdict.best_candidate
    of_search = shown if search and shown in search.candidates else None
    nodes = of_search.nodes if of_search else search.nodes if search else 0
    seconds = of_search.seconds if of_search else search.seconds if search else 0.0
    return TaskRow(
        verdict.arc.task.task_id,
        {True: "yes", False: "no", None: "unknown"}[verdict.solved],
        len(search.candidates) if search else 0,
        describe_candidate(shown) if shown else "",
        nodes,
        round(seconds, 4),
        verdict.explanation,
        *_confidences(verdict),
    )


def _confidences(verdict: TaskOutcome) -> tuple[float | None, float | None]:
    """What is stated of the first and the second attempt."""
    found = verdict.result.search.candidates if verdict.result.search else ()
    stated = [round(each.confidence, 3) for each in found[:2]]
    return (stated[0] if stated else None), (stated[1] if len(stated) > 1 else None)


def list_confidences(verdicts: Sequence[TaskOutcome]) -> list[tuple[float, bool]]:
    """Of every attempt at a task whose test outputs are known: the stated confidence, and whether it is right."""
    known = [(verdict, verdict.result.search) for verdict in verdicts if verdict.arc.answers is not None]
    return [
        (found.confidence, verdict.arc.is_answered_by(found.to_grids()))
        for verdict, search in known
        if search
        for found in search.candidates
    ]


def describe_candidate(found: CandidateResult) -> str:
    """What was found in a line.

    A program with its map of colours last: `hollow fill_holes colours:1>2,3>4`; the programs of an assembly joined
    with ` | `, the uppermost layer first; a rule of cells in words; before them, in brackets, the form of the task
    that they solve.
    """
    parts = found.layers or (ProgramLayer(found.program, found.relabelling or ()),)
    words = found.rule.words if found.rule else " | ".join(_written(part) for part in parts)
    return f"[{found.transform}] {words}" if found.transform else words


def _written(part: ProgramLayer) -> str:
    moved = [
        f"{before}>{'clear' if after == TRANSPARENT else after}"
        for before, after in enumerate(part.colours)
        if before not in (after, BACKGROUND) or after not in (before, TRANSPARENT)
    ]
    return " ".join([*part.program, *([f"colours:{','.join(moved)}"] if moved else [])]) or NO_STEP


def count_outcomes(verdicts: Sequence[TaskOutcome]) -> dict[str, int]:
    """How many tasks ended how, in words; kinds that did not occur are left out."""
    counts = Counter(verdict.reason for verdict in verdicts)
    return {words: counts[kind] for kind, words in KINDS.items() if counts[kind]}  # type: ignore[index]


def list_solutions(verdicts: Sequence[TaskOutcome]) -> list[Solution]:
    """The tasks to draw that are solved, or explained where nobody knows: the longest programs first, each once."""
    wanted = (verdict for verdict in verdicts if verdict.solved or verdict.reason == "unknown")
    solved = [(verdict, verdict.best_candidate) for verdict in wanted if verdict.best_candidate]
    solved.sort(key=lambda each: -len(each[1].steps))
    by_program = {(each[1].program, each[1].layers, each[1].rule): each for each in reversed(solved)}
    chosen = sorted(by_program.values(), key=lambda each: -len(each[1].steps))[:MOST_DRAWN]
    return [
        _drawn(verdict.arc.task, found, [*verdict.arc.task.pairs, *_met(verdict, found)]) for verdict, found in chosen
    ]


def list_failures(verdicts: Sequence[TaskOutcome]) -> list[Failure]:
    """Instructive failures: answers that are wrong on the test, and programs that the guide ranked too low."""
    by_kind = [
        [verdict for verdict in verdicts if verdict.reason == kind and verdict.best_candidate]
        for kind in ("misled", "wrong")
    ]
    misled = by_kind[0][: MOST_DRAWN - min(LEAST_EACH, len(by_kind[1]))]
    chosen = [*misled, *by_kind[1]][:MOST_DRAWN]
    return [Failure(_failed(verdict), verdict.explanation) for verdict in chosen]


def _failed(verdict: TaskOutcome) -> Solution:
    found, task, tests = verdict.best_candidate, verdict.arc.task, _tests(verdict)
    assert found is not None
    if verdict.reason != "wrong" or not tests:
        return _drawn(task, found, task.pairs)
    of_tests = _drawn(task, found, tests)
    states = [[*grids, pair.output] for grids, pair in zip(of_tests.states, tests, strict=True)]
    return Solution(task.task_id, (*of_tests.program, "truth"), states)


def _drawn(task: Task, found: CandidateResult, pairs: Sequence[Pair]) -> Solution:
    """The steps of what was found on some pairs and tests of the task, in the form that it solves."""
    transform = next(transform for transform in list_transforms(task) if transform.name == found.transform)
    ours, theirs = ([*(pair.input for pair in each.pairs), *each.test_inputs] for each in (task, transform.task))
    inputs = [theirs[next(place for place, grid in enumerate(ours) if grid is pair.input)] for pair in pairs]
    return Solution(task.task_id, *trace_candidate(found.program, found.relabelling, found.layers, found.rule, inputs))


def _tests(verdict: TaskOutcome) -> list[Pair]:
    """The tests with their outputs; none where those are not known."""
    shown = zip(verdict.arc.task.test_inputs, verdict.arc.answers or (), strict=False)
    return [Pair(given, answer) for given, answer in shown]


def _met(verdict: TaskOutcome, found: CandidateResult) -> list[Pair]:
    """The tests whose known outputs a program makes: all, but where it is right only together with the other one."""
    tests = _tests(verdict)
    return [pair for pair, made in zip(tests, found.to_grids(), strict=False) if is_equal(pair.output, made)]


def list_attempts(verdict: TaskOutcome) -> list[tuple[Grid | None, Grid | None]]:
    """First and second attempt at every test output, in order; None where there is none.

    Where the guided search found nothing, what the unguided one found is worth submitting too.
    """
    searches = [search for search in (verdict.result.search, verdict.result.unguided) if search]
    found = next((search.candidates for search in searches if search.candidates), ())
    grids = [each.to_grids() for each in found]
    tests = range(len(verdict.arc.task.test_inputs))
    return [(grids[0][test] if grids else None, grids[1][test] if len(grids) > 1 else None) for test in tests]
