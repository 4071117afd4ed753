"""From verdicts to what the report draws."""

from collections import Counter
from collections.abc import Sequence

from neural_guide.grid import Grid
from neural_guide.reporting.results import Solution
from neural_guide.reporting.solve_report import MOST_DRAWN, Failure, TaskRow
from neural_guide.search.steps import grids_along, step_names
from neural_guide.solving.entries import Found
from neural_guide.solving.verdicts import Verdict
from neural_guide.task import Pair, Task

KINDS = {
    "": "solved",
    "unknown": "explained; the test outputs are not known",
    "wrong": "consistent with the pairs, wrong on the test",
    "inexpressible": "not expressible within the length: every program was tried",
    "misled": "guide misled: the unguided order finds it within the same budget",
    "budget": "budget spent",
    "failed": "failed: crashed or hung",
}
NO_STEP = "(no step)"  # the program that leaves grids as they are, but for colours
LEAST_EACH = 3  # failures of a kind that are drawn before those of another fill the gallery


def row_of(verdict: Verdict) -> TaskRow:
    """The line of a task in results.csv."""
    search, shown = verdict.entry.search, verdict.shown
    of_search = shown if search and shown in search.found else None
    nodes = of_search.nodes if of_search else search.nodes if search else 0
    seconds = of_search.seconds if of_search else search.seconds if search else 0.0
    return TaskRow(
        verdict.arc.task.task_id,
        {True: "yes", False: "no", None: "unknown"}[verdict.solved],
        len(search.found) if search else 0,
        (" ".join(shown.program) or NO_STEP) if shown else "",
        nodes,
        round(seconds, 4),
        verdict.explained,
    )


def kinds_of(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many tasks ended how, in words; kinds that did not occur are left out."""
    counts = Counter(verdict.reason for verdict in verdicts)
    return {words: counts[kind] for kind, words in KINDS.items() if counts[kind]}  # type: ignore[index]


def solutions_of(verdicts: Sequence[Verdict]) -> list[Solution]:
    """The solved tasks to draw: the longest programs first, each program once."""
    solved = [(verdict, verdict.right) for verdict in verdicts if verdict.solved and verdict.right]
    solved.sort(key=lambda each: -len(each[1].program))
    by_program = {each[1].program: each for each in reversed(solved)}
    chosen = sorted(by_program.values(), key=lambda each: -len(each[1].program))[:MOST_DRAWN]
    return [_drawn(verdict.arc.task, found, [*verdict.arc.task.pairs, *_tests(verdict)]) for verdict, found in chosen]


def failures_of(verdicts: Sequence[Verdict]) -> list[Failure]:
    """Instructive failures: answers that are wrong on the test, and programs that the guide ranked too low."""
    drawn: list[Failure] = []
    for kind in ("misled", "wrong"):
        of_kind = [verdict for verdict in verdicts if verdict.reason == kind and verdict.shown]
        room = max(LEAST_EACH, MOST_DRAWN - len(drawn))
        drawn += [Failure(_failed(verdict), verdict.explained) for verdict in of_kind[:room]]
    return drawn


def _failed(verdict: Verdict) -> Solution:
    found, task, tests = verdict.shown, verdict.arc.task, _tests(verdict)
    assert found is not None
    if verdict.reason != "wrong" or not tests:
        return _drawn(task, found, task.pairs)
    of_tests = _drawn(task, found, tests)
    states = [[*grids, pair.output] for grids, pair in zip(of_tests.states, tests, strict=True)]
    return Solution(task.task_id, (*of_tests.program, "truth"), states)


def _drawn(task: Task, found: Found, pairs: Sequence[Pair]) -> Solution:
    states = grids_along(found.program, found.colours, [pair.input for pair in pairs])
    return Solution(task.task_id, step_names(found.program, found.colours), states)


def _tests(verdict: Verdict) -> list[Pair]:
    """The tests with their outputs; none where those are not known."""
    shown = zip(verdict.arc.task.test_inputs, verdict.arc.answers or (), strict=False)
    return [Pair(given, answer) for given, answer in shown]


def attempts_of(verdict: Verdict) -> list[tuple[Grid | None, Grid | None]]:
    """First and second attempt at every test output, in order; None where there is none."""
    found = verdict.entry.search.found if verdict.entry.search else ()
    grids = [each.grids() for each in found]
    tests = range(len(verdict.arc.task.test_inputs))
    return [(grids[0][test] if grids else None, grids[1][test] if len(grids) > 1 else None) for test in tests]
