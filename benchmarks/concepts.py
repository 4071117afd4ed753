"""Evaluation of the solver on the concept suite: outputs solved and stated confidence, by concept and by family.

The script runs `python -m neural_guide.solve` on the tasks, unguided with dsl=wide, unless settings say otherwise. The
same command resumes an interrupted run. With --run the script reports on a finished run of `solve tasks=concepts`.

    python benchmarks/concepts.py                                          # a task of each concept
    python benchmarks/concepts.py --tasks 20 --concepts fall,rings budget.nodes=10000
    python benchmarks/concepts.py --tasks 100 --write concepts.json        # write all tasks and solve none
    python benchmarks/concepts.py --run outputs/solve/2026-11-30_10-00-00

The folder then holds concepts.json, concepts.md and a picture of failures for each family.
"""

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console

from neural_guide.app.provenance import collect_facts
from neural_guide.app.settings_files import read_settings
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid
from neural_guide.arc.task_files import write_tasks
from neural_guide.data.generation.concepts.catalogue import CONCEPTS, name_family
from neural_guide.data.generation.concepts.tasks import draw_tasks
from neural_guide.data.task_sources import open_tasks
from neural_guide.reporting.drawing import GAP, MARGIN, TITLE, WORDS, choose_panel_side, draw_row, measure_row_height
from neural_guide.reporting.figure_layout import LINE, FigureLayout, save_png, wrap_text
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.solve.report import tabulate_reliability

SETTINGS = ("dsl=wide", "prior=uniform", "budget.nodes=40000")  # settings on the command line override these
HEADERS = (
    *("tasks", "whole", "outputs", "solved", "share", "explained, wrong", "unexplained"),
    *("mean stated", "first right"),
)
MAX_TESTS = 2  # failed tests in the picture of a task


class Output(NamedTuple):
    """Result of a test output.

    Attributes:
        is_solved: whether one of the two attempts is right.
        is_first_right: whether the first attempt is right.
        confidence: stated probability that the first attempt is right; None: the search found no explanation.
        first_attempt: first attempt; the test input if the search found no explanation.
        program: explanation of the right attempt, or else of the first one.
    """

    is_solved: bool
    is_first_right: bool
    confidence: float | None
    first_attempt: Grid
    program: str


class AttemptedTask(NamedTuple):
    """A task with its answers, and the result of each output."""

    arc: ArcTask
    outputs: list[Output]

    @property
    def concept(self) -> str:
        """Name of its concept."""
        return self.arc.task.task_id.rpartition("-")[0]

    @property
    def is_solved(self) -> bool:
        """Whether every output is solved."""
        return all(output.is_solved for output in self.outputs)


def parse_names(text: str) -> list[str]:
    """Parse names of concepts, separated by commas."""
    unknown = [name for name in text.split(",") if name not in CONCEPTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no concept {', '.join(unknown)}; docs/concepts.md lists them")
    return text.split(",")


def solve_suite(tasks: Sequence[ArcTask], folder: Path, settings: Sequence[str]) -> None:
    """Search the tasks with the command that users type, or resume its run; exit if the command fails."""
    path = folder / "tasks.json"
    folder.mkdir(parents=True, exist_ok=True)
    write_tasks(path, tasks)
    line = [sys.executable, "-m", "neural_guide.solve", f"tasks={path}", f"hydra.run.dir={folder / 'run'}"]
    completed = subprocess.run([*line, *SETTINGS, *settings], check=False)
    if completed.returncode:
        sys.exit(completed.returncode)


def read_run(folder: Path) -> list[AttemptedTask]:
    """Read a finished run of solve: a row for each output, the submission, and the tasks that it names."""
    tasks = {arc.task.task_id: arc for arc in open_tasks(str(read_settings(folder / "config.yaml")["tasks"])).tasks}
    submission = json.loads((folder / "submission.json").read_text())
    with (folder / "outputs.csv").open(encoding="utf-8", newline="") as stream:
        rows = groupby(csv.DictReader(stream), lambda row: row["task"])
        return [AttemptedTask(tasks[name], [_read_row(row, submission[name]) for row in group]) for name, group in rows]


def _read_row(row: dict[str, str], entries: list[dict[str, list[list[int]]]]) -> Output:
    first_attempt = np.array(entries[int(row["output"]) - 1]["attempt_1"], dtype=np.uint8)
    confidence = float(row["confidence_1"]) if row["confidence_1"] else None
    return Output(row["solved"] == "yes", row["right_attempt"] == "1", confidence, first_attempt, row["program"])


def summarize(tasks: Sequence[AttemptedTask]) -> dict[str, float | None]:
    """Summarize tasks; the keys are those of `HEADERS`."""
    outputs = [output for task in tasks for output in task.outputs]
    explained = [output for output in outputs if output.confidence is not None]
    solved_count = sum(output.is_solved for output in outputs)
    values = (
        *(len(tasks), sum(task.is_solved for task in tasks), len(outputs), solved_count, solved_count / len(outputs)),
        sum(not output.is_solved for output in explained),
        len(outputs) - len(explained),
        float(np.mean([output.confidence for output in explained])) if explained else None,
        float(np.mean([output.is_first_right for output in explained])) if explained else None,
    )
    return dict(zip(HEADERS, values, strict=True))


def tabulate_groups(title: str, groups: dict[str, list[AttemptedTask]]) -> ReportTable:
    """Tabulate groups, the one with the smallest share of solved outputs first, and all together last."""
    summaries = {name: summarize(tasks) for name, tasks in groups.items()}
    ranked = sorted(summaries.items(), key=lambda entry: (entry[1]["share"], entry[0]))
    ranked.append(("all", summarize([task for tasks in groups.values() for task in tasks])))
    digits = {"share": 2, "mean stated": 2, "first right": 2}
    rows = [
        [Cell(name), *(Cell(format_number(value, digits.get(key, 0))) for key, value in summary.items())]
        for name, summary in ranked
    ]
    return ReportTable(title, (title, *HEADERS), rows)


def group_tasks(tasks: Sequence[AttemptedTask], *, by_family: bool) -> dict[str, list[AttemptedTask]]:
    """Group tasks by concept, or by the family of the concept."""

    def get_group(task: AttemptedTask) -> str:
        return name_family(CONCEPTS[task.concept]) if by_family else task.concept

    return {key: list(group) for key, group in groupby(sorted(tasks, key=get_group), get_group)}


def draw_failures(tasks: Sequence[AttemptedTask], title: str) -> FigureLayout:
    """Draw tasks, one below the other: pairs, then failed tests with the right output and our first answer."""
    grids_by_task = [_select_grids(task) for task in tasks]
    side = choose_panel_side([grid for lines in grids_by_task for line in lines for grid in line])
    width = max(len(lines[0]) for lines in grids_by_task) * (side + GAP) - GAP + 2 * MARGIN
    spans = [float(max(max(grid.shape) for line in lines for grid in line)) for lines in grids_by_task]
    heights = [
        [measure_row_height(side, line, span) if line else 0.0 for line in lines]
        for lines, span in zip(grids_by_task, spans, strict=True)
    ]
    heading_height = 3 * LINE * WORDS + 0.1
    layout = FigureLayout(width, MARGIN + LINE * TITLE + 0.1 + sum(sum(parts) + heading_height for parts in heights))
    layout.add_text(MARGIN, MARGIN, title, TITLE, bold=True)
    top = MARGIN + LINE * TITLE + 0.1
    for task, lines, span, parts in zip(tasks, grids_by_task, spans, heights, strict=True):
        layout.add_text(MARGIN, top, "\n".join(wrap_text(_describe_task(task), width - 2 * MARGIN, WORDS)[:2]), WORDS)
        top += heading_height - 0.1
        for line, height in zip(lines, parts, strict=True):
            offset = 0 if len(line) == len(lines[0]) else len(task.arc.task.pairs)
            draw_row(layout, MARGIN + offset * (side + GAP), top, side, line, span)
            top += height
        top += 0.1
    return layout


def _select_grids(task: AttemptedTask) -> tuple[list[Grid], list[Grid], list[Grid]]:
    """Select three lines of grids: inputs, outputs, and our first answers under the failed tests."""
    failed_tests = [number for number, output in enumerate(task.outputs) if not output.is_solved][:MAX_TESTS]
    explained_tests = [number for number in failed_tests if task.outputs[number].confidence is not None]
    failed_tests = explained_tests + [number for number in failed_tests if number not in explained_tests]
    pairs, tests = task.arc.task.pairs, task.arc.task.test_inputs
    inputs = [*(pair.input for pair in pairs), *(tests[number] for number in failed_tests)]
    outputs = [*(pair.output for pair in pairs), *(task.arc.answers[number] for number in failed_tests)]
    return inputs, outputs, [task.outputs[number].first_attempt for number in explained_tests]


def _describe_task(task: AttemptedTask) -> str:
    """Describe a task in a heading: the rule, the solved outputs, and our explanation of a failed output."""
    rule = CONCEPTS[task.concept].__doc__.splitlines()[0]
    count = f"{sum(output.is_solved for output in task.outputs)} of {len(task.outputs)} outputs"
    failed_outputs = [output for output in task.outputs if not output.is_solved]
    explanations = [
        f"stated {output.confidence:.2f}: {output.program}"
        for output in failed_outputs
        if output.confidence is not None
    ]
    return f"{task.arc.task.task_id}. {rule} {count}, {explanations[0] if explanations else 'no explanation'}"


def write_report(tasks: Sequence[AttemptedTask], folder: Path, command: str) -> list[ReportTable]:
    """Write concepts.json, concepts.md and the pictures; return the tables."""
    outputs = [output for task in tasks for output in task.outputs]
    confidences = [(output.confidence, output.is_first_right) for output in outputs if output.confidence is not None]
    families = group_tasks(tasks, by_family=True)
    tables = [tabulate_groups("family", families), tabulate_groups("concept", group_tasks(tasks, by_family=False))]
    tables.append(tabulate_reliability(confidences))
    pictures = []
    for family, members in families.items():
        failures = {task.concept: task for task in reversed(members) if not task.is_solved}  # the first of each
        if failures:
            figure = draw_failures(list(reversed(failures.values())), family).figure
            pictures.append(save_png(figure, folder / f"failures_{family}.png").name)
    summaries = {name: summarize(group) for name, group in group_tasks(tasks, by_family=False).items()}
    content = {"command": command, "facts": collect_facts(), "all": summarize(tasks), "concepts": summaries}
    (folder / "concepts.json").write_text(json.dumps(content, indent=1))
    parts = [f"# The concept suite\n\n`{command}`\n", *(f"## {table.title}\n\n{table.markdown()}" for table in tables)]
    parts += ["## Failures\n\nBelow a failed test: the right output, then our first answer.\n"]
    parts += [f"![{name}]({name})\n" for name in pictures]
    (folder / "concepts.md").write_text("\n".join(parts))
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=1, help="of each concept")
    parser.add_argument("--concepts", type=parse_names, default=list(CONCEPTS), help="names, separated by commas")
    parser.add_argument("--seed", type=int, default=0, help="of the tasks")
    parser.add_argument("--folder", type=Path, help="of the run and the report; default: in outputs/concepts")
    parser.add_argument("--run", type=Path, help="a finished run of solve to report on")
    parser.add_argument("--write", type=Path, help="write the tasks to this file and solve none")
    parser.add_argument("settings", nargs="*", help="settings of solve, e.g. budget.nodes=10000")
    options = parser.parse_args()
    name = f"{options.tasks}_of_{len(options.concepts)}_seed{options.seed}"
    folder = options.folder or (options.run / "concepts" if options.run else Path("outputs/concepts") / name)
    if options.write or not options.run:
        tasks = draw_tasks(options.concepts, options.tasks, options.seed)
        if options.write:
            write_tasks(options.write, tasks)
            return
        solve_suite(tasks, folder, options.settings)
    command = " ".join(["python benchmarks/concepts.py", *sys.argv[1:]])
    attempted_tasks = read_run(options.run or folder / "run")
    folder.mkdir(parents=True, exist_ok=True)
    for table in write_report(attempted_tasks, folder, command):
        Console(width=140).print(table)
    print(f"Report: {folder / 'concepts.md'}")


if __name__ == "__main__":
    main()
