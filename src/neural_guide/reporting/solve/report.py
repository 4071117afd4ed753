"""The report of a solving run: solved tasks, reasons of failure, and programs drawn step by step."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.rendering import ReportFigure, save_figure, write_rendered
from neural_guide.reporting.report_table import Cell, ReportTable, format_number, tabulate_facts
from neural_guide.reporting.results import SET_ASIDE, OutputRow, Solution, TaskRow
from neural_guide.reporting.solve.curve import collect_needs, draw_curves, tabulate_curves

CONFIDENCE_BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)
MAX_DRAWN = 12  # solved tasks, and failures
_MAX_PRINTED = 120  # characters of an explanation in a terminal


@dataclass(frozen=True)
class Failure:
    """A task that was not solved, with the grids along its best program."""

    solution: Solution
    reason: str


@dataclass(frozen=True)
class SolveResults:
    """Everything that a report is made of.

    Args:
        title: heading.
        command: the line that repeats the run.
        rows: one for each task, in the order of the tasks, those set aside last.
        output_rows: one for each test output.
        outcome_counts: number of tasks by outcome, in words.
        solved: solved tasks worth drawing.
        failures: instructive failures.
        facts: settings, versions and machine, by name.
        confidences: stated confidence and correctness of each attempt whose outputs are known.
    """

    title: str
    command: str
    rows: Sequence[TaskRow]
    output_rows: Sequence[OutputRow]
    outcome_counts: Mapping[str, int]
    solved: Sequence[Solution] = ()
    failures: Sequence[Failure] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    confidences: Sequence[tuple[float, bool]] = ()


class DrawnTask(NamedTuple):
    """A task of a gallery, with a remark where there is one."""

    task_id: str
    remark: str
    figure: ReportFigure


class Gallery(NamedTuple):
    """Drawn tasks under one heading."""

    heading: str
    legend: str
    tasks: Sequence[DrawnTask]


@dataclass(frozen=True)
class SolveContext:
    """Everything that the template `solve.md` shows.

    Attributes:
        title: heading.
        summary: number of solved tasks, in a sentence.
        command: the line that repeats the run.
        outcomes: number of tasks by outcome.
        programs: every task with a program.
        curve: outputs solved within some seconds; no rows where no outputs are known.
        curve_figure: the same as a picture.
        set_aside: every task that breaks a rule, with its reason.
        reliability: share of correct attempts by stated confidence; no rows where no outputs are known.
        galleries: programs drawn step by step.
        facts: settings, versions and machine.
    """

    title: str
    summary: str
    command: str
    outcomes: ReportTable
    programs: ReportTable
    curve: ReportTable
    curve_figure: ReportFigure
    set_aside: ReportTable
    reliability: ReportTable
    galleries: Sequence[Gallery]
    facts: ReportTable


def summarize_rows(rows: Sequence[TaskRow]) -> str:
    """The number of solved tasks, in a line."""
    counts = Counter(row.solved for row in rows)
    known = [row for row in rows if row.solved in ("yes", "no")]
    sentences = []
    if known:
        solved, outputs = sum(row.solved_outputs or 0 for row in known), sum(row.outputs for row in known)
        sentences.append(f"{counts['yes']} of {len(known)} tasks solved, {solved} of {outputs} outputs")
    if counts["unknown"]:
        explained = sum(row.solved == "unknown" and row.attempts > 0 for row in rows)
        sentences.append(f"{explained} of {counts['unknown']} tasks explained, whose test outputs are not public")
    if counts[SET_ASIDE]:
        sentences.append(f"{counts[SET_ASIDE]} set aside")
    return "; ".join(sentences)


def tabulate_solved(rows: Sequence[TaskRow], limit: int | None = None) -> ReportTable:
    """Tabulate the tasks with an explanation, the solved ones first.

    Args:
        rows: rows of all tasks.
        limit: tasks to list in a terminal, with long explanations cut short; the title says how many there are. None:
            all, in full.
    """
    order = {"yes": 0, "unknown": 1, "no": 2}
    explained = sorted((row for row in rows if row.program), key=lambda row: (order[row.solved], row.task))
    cells = [
        [
            Cell(row.task),
            Cell(row.solved),
            Cell(_cut(row.program) if limit else row.program),
            Cell(format_number(row.nodes, 0)),
            Cell(format_number(row.seconds, 3)),
            Cell(row.reason),
        ]
        for row in explained[:limit]
    ]
    share = f" ({limit} of {len(explained)})" if limit and len(explained) > limit else ""
    headers = ["task", "solved", "program", "nodes", "seconds", "reason"]
    return ReportTable(f"Explanations of the pairs{share}", headers, cells)


def _cut(explanation: str) -> str:
    """Cut a long explanation short; the report has it in full."""
    return explanation if len(explanation) <= _MAX_PRINTED else f"{explanation[:_MAX_PRINTED]} ..."


def tabulate_set_aside(rows: Sequence[TaskRow]) -> ReportTable:
    """The tasks that break a rule, with their reasons."""
    cells = [[Cell(row.task), Cell(row.reason)] for row in rows if row.solved == SET_ASIDE]
    return ReportTable("Tasks set aside", ["task", "reason"], cells)


def tabulate_outcomes(counts: Mapping[str, int]) -> ReportTable:
    """The number of tasks by outcome."""
    rows = [[Cell(outcome), Cell(format_number(count, 0))] for outcome, count in counts.items()]
    return ReportTable("What became of the tasks", ["verdict", "tasks"], rows)


def tabulate_reliability(confidences: Sequence[tuple[float, bool]]) -> ReportTable:
    """The share of correct attempts by stated confidence; bands without attempts are left out."""
    rows = []
    for low, high in pairwise(CONFIDENCE_BANDS):
        band = [(confidence, is_correct) for confidence, is_correct in confidences if low <= confidence < high]
        if band:
            mean = sum(confidence for confidence, _ in band) / len(band)
            correct = sum(is_correct for _, is_correct in band)
            figures = format_number(len(band), 0), format_number(mean, 2), format_number(correct / len(band), 2)
            rows.append([Cell(f"{low:.1f} to {min(high, 1.0):.1f}"), *map(Cell, figures)])
    return ReportTable("Confidence and what came of it", ["stated", "attempts", "mean stated", "share right"], rows)


def write_solve_report(folder: Path, results: SolveResults) -> Path:
    """Write `report.md` and its figures into a run's folder; return the report's path."""
    context = build_solve_context(results)
    if context.curve.rows:
        save_figure(context.curve_figure, folder)
    for gallery in context.galleries:
        for task in gallery.tasks:
            save_figure(task.figure, folder)
    return write_rendered(folder / "report.md", "solve.md", context)


def build_solve_context(results: SolveResults) -> SolveContext:
    """Compute the tables and draw the figures of a report."""
    needs = collect_needs(results.output_rows)
    curves = {"this run": needs} if needs else {}
    caption = "Outputs solved against seconds a task"
    return SolveContext(
        title=results.title,
        summary=summarize_rows(results.rows),
        command=results.command,
        outcomes=tabulate_outcomes(results.outcome_counts),
        programs=tabulate_solved(results.rows),
        curve=tabulate_curves(curves),
        curve_figure=ReportFigure("outputs_solved", caption, draw_curves(curves)),
        set_aside=tabulate_set_aside(results.rows),
        reliability=tabulate_reliability(results.confidences),
        galleries=list(_build_galleries(results)),
        facts=tabulate_facts(results.facts),
    )


def _build_galleries(results: SolveResults) -> Iterator[Gallery]:
    if results.solved:
        any_solved = any(row.solved == "yes" for row in results.rows)
        tasks = [_draw_task(f"solved_{i}", solution) for i, solution in enumerate(results.solved[:MAX_DRAWN])]
        yield Gallery(
            heading="Solved, step by step" if any_solved else "Explained, step by step",
            legend="A row for each pair, then for each test whose output is known." + _explain_outlines(results.solved),
            tasks=tasks,
        )
    if results.failures:
        yield Gallery(
            heading="Failures worth a look",
            legend="Where an answer is wrong, the test is drawn, the true output last."
            + _explain_outlines([failure.solution for failure in results.failures]),
            tasks=[
                _draw_task(f"failure_{i}", failure.solution, failure.reason)
                for i, failure in enumerate(results.failures[:MAX_DRAWN])
            ],
        )


def _explain_outlines(solutions: Sequence[Solution]) -> str:
    outlines = (outline for solution in solutions for row in solution.outlines for outline in row)
    has_outlines = any(outline is not None for outline in outlines)
    return " Of a rule over units, those that act next are outlined." if has_outlines else ""


def _draw_task(name: str, solution: Solution, remark: str = "") -> DrawnTask:
    task_id, program, states, outlines = solution
    title = f"{task_id}: {' → '.join(program) or 'no step'}"
    return DrawnTask(task_id, remark, ReportFigure(name, title, draw_solution(states, program, title, outlines)))
