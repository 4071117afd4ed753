"""Conversion of task outcomes: rows of results.csv, attempts for a submission, and solutions to draw."""

from collections import Counter
from collections.abc import Sequence

from neural_guide.arc.grid import BACKGROUND, Grid, is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.arc.task_set import SetAsideTask
from neural_guide.harness.outcomes import TaskOutcome
from neural_guide.harness.task_results import CandidateResult
from neural_guide.reporting.results import SET_ASIDE, OutputRow, Solution, TaskRow
from neural_guide.reporting.solve.report import MAX_DRAWN, Failure
from neural_guide.search.application import find_transform
from neural_guide.search.candidates import ProgramLayer
from neural_guide.search.layering import TRANSPARENT
from neural_guide.search.trace import trace_candidate

OUTCOMES = {
    "": "solved",
    "unknown": "explained; the test outputs are not known",
    "wrong": "consistent with the pairs, wrong on the test",
    "inexpressible": "not expressible within the length: every program was tried",
    "misled": "guide misled: the unguided order finds it within the same budget",
    "budget": "budget spent",
    "unpromising": "stopped: no part of the search promised enough (search.min_promise)",
    "failed": "failed: crashed or hung",
    SET_ASIDE: "set aside: the task breaks a rule",
    "unreached": "not finished before the deadline",
}
"""Outcome in words, by reason, in the order of the report."""
EMPTY_PROGRAM = "(unchanged)"
MIN_DRAWN = 3  # failures of a kind that are drawn before those of another kind fill the gallery


def build_row(outcome: TaskOutcome) -> TaskRow:
    """The row of a task in results.csv."""
    search, best = outcome.result.search, outcome.best_candidate
    searched = best if search and best in search.candidates else None
    nodes = searched.nodes if searched else search.nodes if search else 0
    seconds = searched.seconds if searched else search.seconds if search else 0.0
    confidences = _list_least_confidences(outcome)
    return TaskRow(
        task=outcome.arc.task.task_id,
        solved={True: "yes", False: "no", None: "unknown"}[outcome.solved],
        attempts=max(map(len, outcome.outputs), default=0) if search and search.candidates else 0,
        program=describe_candidate(best) if best else "",
        nodes=nodes,
        seconds=round(seconds, 4),
        reason=outcome.explanation,
        outputs=len(outcome.outputs),
        solved_outputs=None if outcome.arc.answers is None else outcome.solved_outputs,
        confidence_1=confidences[0] if confidences else None,
        confidence_2=confidences[1] if len(confidences) > 1 else None,
    )


def build_set_aside_row(task: SetAsideTask) -> TaskRow:
    """The row of a task that breaks a rule in results.csv."""
    outputs = len(task.placeholder.test_inputs) if task.placeholder else 0
    return TaskRow(
        task.name, SET_ASIDE, attempts=0, program="", nodes=0, seconds=0.0, reason=task.reason, outputs=outputs
    )


def build_output_rows(outcome: TaskOutcome) -> list[OutputRow]:
    """The rows of a task in outputs.csv, one a test output."""
    return [_build_output_row(outcome, test) for test in range(len(outcome.outputs))]


def _build_output_row(outcome: TaskOutcome, test: int) -> OutputRow:
    attempts = outcome.outputs[test]
    is_known = outcome.arc.answers is not None
    right = next((place for place, attempt in enumerate(attempts) if attempt.is_right), None)
    shown = attempts[right or 0].candidate if attempts else None
    confidences = [round(attempt.confidence, 3) for attempt in attempts[:2]]
    return OutputRow(
        task=outcome.arc.task.task_id,
        output=test + 1,
        solved="unknown" if not is_known else "no" if right is None else "yes",
        right_attempt=None if right is None else right + 1,
        family=shown.family if shown else "",
        program=describe_candidate(shown) if shown else "",
        nodes=shown.nodes if shown else None,
        seconds=round(shown.seconds, 4) if shown else None,
        confidence_1=confidences[0] if confidences else None,
        confidence_2=confidences[1] if len(confidences) > 1 else None,
    )


def _list_least_confidences(outcome: TaskOutcome) -> list[float]:
    """The least stated confidence over the outputs of a task, of the first and of the second attempt."""
    least = []
    for place in range(2):
        confidences = [attempts[place].confidence for attempts in outcome.outputs if len(attempts) > place]
        least += [round(min(confidences), 3)] if confidences else []
    return least


def list_confidences(outcomes: Sequence[TaskOutcome]) -> list[tuple[float, bool]]:
    """The stated confidence and the correctness of each attempt at an output that is known."""
    attempts = [attempt for outcome in outcomes for attempts in outcome.outputs for attempt in attempts]
    return [(attempt.confidence, attempt.is_right) for attempt in attempts if attempt.is_right is not None]


def describe_candidate(candidate: CandidateResult) -> str:
    """The program of a candidate in a line.

    A program ends with its colour relabelling: `hollow fill_holes colours:1>2,3>4`. Layers are joined with ` | `,
    the uppermost first. A rule is described in words. The transform of the task, if any, precedes in brackets.
    """
    layers = candidate.layers or (ProgramLayer(candidate.program, candidate.relabelling or ()),)
    text = candidate.rule.description if candidate.rule else " | ".join(_describe_layer(layer) for layer in layers)
    return f"[{candidate.transform}] {text}" if candidate.transform else text


def _describe_layer(layer: ProgramLayer) -> str:
    changes = [
        f"{colour}>{'clear' if target == TRANSPARENT else target}"
        for colour, target in enumerate(layer.colours)
        if colour not in (target, BACKGROUND) or target not in (colour, TRANSPARENT)
    ]
    return " ".join([*layer.program, *([f"colours:{','.join(changes)}"] if changes else [])]) or EMPTY_PROGRAM


def count_outcomes(outcomes: Sequence[TaskOutcome], set_aside: int = 0) -> dict[str, int]:
    """The number of tasks by outcome, in words; outcomes that did not occur are left out.

    Args:
        outcomes: the tasks that were tried.
        set_aside: number of tasks that break a rule.
    """
    counts = Counter[str](outcome.reason for outcome in outcomes) + Counter({SET_ASIDE: set_aside})
    return {words: counts[reason] for reason, words in OUTCOMES.items() if counts[reason]}


def list_solutions(outcomes: Sequence[TaskOutcome]) -> list[Solution]:
    """The solved tasks to draw, or those explained without known outputs: longest programs first, each program once."""
    explained = (outcome for outcome in outcomes if outcome.solved or outcome.reason == "unknown")
    solved = [(outcome, outcome.best_candidate) for outcome in explained if outcome.best_candidate]
    solved.sort(key=lambda entry: -len(entry[1].steps))
    by_program = {(entry[1].program, entry[1].layers, entry[1].rule): entry for entry in reversed(solved)}
    selected = sorted(by_program.values(), key=lambda entry: -len(entry[1].steps))[:MAX_DRAWN]
    return [
        _trace_solution(
            outcome.arc.task, candidate, [*outcome.arc.task.pairs, *_list_matched_tests(outcome, candidate)]
        )
        for outcome, candidate in selected
    ]


def list_failures(outcomes: Sequence[TaskOutcome]) -> list[Failure]:
    """Instructive failures: answers that are wrong on the test, and programs that the guide ranked too low."""
    misled, wrong = (
        [outcome for outcome in outcomes if outcome.reason == reason and outcome.best_candidate]
        for reason in ("misled", "wrong")
    )
    room = MAX_DRAWN - min(MIN_DRAWN, len(wrong))
    selected = [*misled[:room], *wrong][:MAX_DRAWN]
    return [Failure(_trace_failure(outcome), outcome.explanation) for outcome in selected]


def _trace_failure(outcome: TaskOutcome) -> Solution:
    candidate, task, tests = outcome.best_candidate, outcome.arc.task, _list_tests(outcome)
    assert candidate is not None
    if outcome.reason != "wrong" or not tests:
        return _trace_solution(task, candidate, task.pairs)
    solution = _trace_solution(task, candidate, tests)
    states = [[*grids, pair.output] for grids, pair in zip(solution.states, tests, strict=True)]
    outlines = [[*row, None] for row in solution.outlines]
    return Solution(task.task_id, (*solution.program, "truth"), states, outlines)


def _trace_solution(task: Task, candidate: CandidateResult, pairs: Sequence[Pair]) -> Solution:
    """The steps of a candidate on pairs and tests of the task, in the transformed task that it solves."""
    transform = find_transform(candidate, task)
    inputs = [transform.transform_input(pair.input) for pair in pairs]
    trace = trace_candidate(candidate.program, candidate.relabelling, candidate.layers, candidate.rule, inputs)
    return Solution(task.task_id, *trace)


def _list_tests(outcome: TaskOutcome) -> list[Pair]:
    """The tests with their outputs; none if the outputs are not known."""
    tests = zip(outcome.arc.task.test_inputs, outcome.arc.answers or (), strict=False)
    return [Pair(grid, answer) for grid, answer in tests]


def _list_matched_tests(outcome: TaskOutcome, candidate: CandidateResult) -> list[Pair]:
    """The tests that a candidate answers correctly: all, unless only both attempts together are correct."""
    pairs = zip(_list_tests(outcome), candidate.to_grids(), strict=False)
    return [pair for pair, answer in pairs if answer is not None and is_equal(pair.output, answer)]


def list_attempts(outcome: TaskOutcome) -> list[tuple[Grid | None, Grid | None]]:
    """First and second attempt at every test output, in order; None where there is no attempt.

    If the guided search has no candidate, those of the unguided search are submitted.
    """
    grids = [[attempt.grid for attempt in attempts] for attempts in outcome.outputs]
    return [(row[0] if row else None, row[1] if len(row) > 1 else None) for row in grids]
