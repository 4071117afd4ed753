"""The report of a solving run: how many tasks, why not the others, and programs drawn step by step."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.report_table import Cell, ReportTable, escape_markdown, format_number
from neural_guide.reporting.results import Solution
from neural_guide.runtime.atomic_files import replace_file

BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)  # of stated confidence
MOST_DRAWN = 12  # of the solved tasks, and of the failures


@dataclass(frozen=True)
class TaskRow:
    """One task in results.csv; the columns in this order.

    Attributes:
        task: its id.
        solved: yes, no, or unknown where the test outputs are not public.
        attempts: different answers that explain the pairs, at most two.
        program: primitives in order, of the right attempt, else of the first.
        nodes: spent until that was found, else in all.
        seconds: until then, the guide's time counted, else in all.
        reason: why it is not solved.
        confidence_1: stated chance that all outputs of the first attempt are right; None: there is none.
        confidence_2: of the second.
    """

    task: str
    solved: str
    attempts: int
    program: str
    nodes: int
    seconds: float
    reason: str
    confidence_1: float | None = None
    confidence_2: float | None = None


@dataclass(frozen=True)
class Failure:
    """A task that was not solved, and what is to be seen of it."""

    solution: Solution
    reason: str


@dataclass(frozen=True)
class SolveResults:
    """Everything that the report shows.

    Args:
        title: heading.
        command: the line that repeats the run.
        rows: one a task, in the order of the tasks.
        kinds: by kind of verdict, in words: how many tasks.
        solved: solved tasks worth drawing.
        failures: instructive ones.
        facts: settings, versions and machine, by name.
        confidences: stated confidence and correctness of each attempt whose outputs are known.
    """

    title: str
    command: str
    rows: Sequence[TaskRow]
    kinds: Mapping[str, int]
    solved: Sequence[Solution] = ()
    failures: Sequence[Failure] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    confidences: Sequence[tuple[float, bool]] = ()


def summarize_rows(rows: Sequence[TaskRow]) -> str:
    """How many tasks are solved, in a line."""
    counts = Counter(row.solved for row in rows)
    known = len(rows) - counts["unknown"]
    words = [f"{counts['yes']} of {known} tasks solved"] if known else []
    if counts["unknown"]:
        explained = sum(row.solved == "unknown" and row.attempts > 0 for row in rows)
        words.append(f"{explained} of {counts['unknown']} tasks explained, whose test outputs are not public")
    return "; ".join(words)


def tabulate_solved(rows: Sequence[TaskRow], most: int | None = None) -> ReportTable:
    """The tasks with a program, the solved ones first; at most so many, and then the title says so."""
    order = {"yes": 0, "unknown": 1, "no": 2}
    shown = sorted((row for row in rows if row.program), key=lambda row: (order[row.solved], row.task))
    cells = [
        [
            *(Cell(row.task), Cell(row.solved), Cell(row.program)),
            *(Cell(format_number(row.nodes, 0)), Cell(format_number(row.seconds, 3)), Cell(row.reason)),
        ]
        for row in shown[:most]
    ]
    some = f" ({most} of {len(shown)})" if most and len(shown) > most else ""
    return ReportTable(
        f"Programs that explain the pairs{some}", ["task", "solved", "program", "nodes", "seconds", "reason"], cells
    )


def tabulate_outcomes(kinds: Mapping[str, int]) -> ReportTable:
    """How many tasks ended how."""
    rows = [[Cell(words), Cell(format_number(count, 0))] for words, count in kinds.items()]
    return ReportTable("What became of the tasks", ["verdict", "tasks"], rows)


def tabulate_reliability(stated: Sequence[tuple[float, bool]]) -> ReportTable:
    """How often attempts were right, by the confidence that was stated; bands without attempts are left out."""
    rows = []
    for low, high in pairwise(BANDS):
        within = [(confidence, right) for confidence, right in stated if low <= confidence < high]
        if within:
            mean = sum(confidence for confidence, _ in within) / len(within)
            right = sum(right for _, right in within)
            figures = format_number(len(within), 0), format_number(mean, 2), format_number(right / len(within), 2)
            rows.append([Cell(f"{low:.1f} to {min(high, 1.0):.1f}"), *map(Cell, figures)])
    return ReportTable("Confidence and what came of it", ["stated", "attempts", "mean stated", "share right"], rows)


def write_solve_report(folder: Path, results: SolveResults) -> Path:
    """Write `report.md` and its figures into a run's folder; returns the report's path."""
    figures = folder / "figures"
    blocks = [
        f"# {escape_markdown(results.title)}",
        f"**{summarize_rows(results.rows)}.**",
        f"Repeat it with:\n\n```sh\n{results.command}\n```",
        "## What became of the tasks",
        tabulate_outcomes(results.kinds).markdown(),
        "## Programs that explain the pairs",
        tabulate_solved(results.rows).markdown(),
        *_reliability(results.confidences),
        *_gallery(
            "Solved, step by step" if any(row.solved == "yes" for row in results.rows) else "Explained, step by step",
            "A row for each pair, then for each test whose output is known.",
            [(each, "") for each in results.solved],
            figures,
            "solved",
        ),
        *_gallery(
            "Failures worth a look",
            "Where an answer is wrong, the test is drawn, the true output last.",
            [(each.solution, each.reason) for each in results.failures],
            figures,
            "failure",
        ),
        "## Facts of the run",
        ReportTable(
            "", ["fact", "value"], [[Cell(name), Cell(value)] for name, value in results.facts.items()]
        ).markdown(),
        "Every task: [results.csv](results.csv). For the competition: [submission.json](submission.json), "
        "[submission.csv](submission.csv). Settings: [config.yaml](config.yaml).",
    ]
    report = folder / "report.md"
    with replace_file(report) as temporary:
        temporary.write_text("\n\n".join(block.strip("\n") for block in blocks if block) + "\n", encoding="utf-8")
    return report


def _reliability(stated: Sequence[tuple[float, bool]]) -> list[str]:
    if not stated:
        return []
    words = (
        "Of each attempt the chance is stated that all its outputs are right. Where that is well calibrated, the last "
        "two columns agree; results.csv has it for every task."
    )
    return ["## How far to trust an attempt", words, tabulate_reliability(stated).markdown()]


def _gallery(heading: str, words: str, shown: Sequence[tuple[Solution, str]], figures: Path, name: str) -> list[str]:
    if not shown:
        return []
    blocks = [f"## {heading}", words]
    for position, ((task_id, program, states), reason) in enumerate(shown[:MOST_DRAWN]):
        title = f"{task_id}: {' → '.join(program) or 'no step'}"
        path = save_png(draw_solution(states, program, title=title), figures / f"{name}_{position}.png")
        blocks += [f"**{escape_markdown(task_id)}**: {escape_markdown(reason)}" if reason else ""]
        blocks += [f"![{escape_markdown(title)}](figures/{path.name})"]
    return blocks
