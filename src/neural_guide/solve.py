"""Solve real ARC tasks: python -m neural_guide.solve checkpoint=outputs/latest [tasks=...] [limit=...]."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.progress import track
from rich.table import Table

from neural_guide.command import console, start, write_config
from neural_guide.config import Config
from neural_guide.dsl.vocabulary import V2, Vocabulary, executable
from neural_guide.errors import UserError
from neural_guide.grid import same
from neural_guide.learn.guide import Guide, load_guide
from neural_guide.review import draw_tasks
from neural_guide.search.solver import Budget, Outcome, solve
from neural_guide.tasks.arc import ArcTask


@dataclass(frozen=True)
class Row:
    """One task in results.csv."""

    task: str
    solved: bool
    candidates: int  # programs that explain the pairs, with different answers
    program: str
    nodes: int
    seconds: float
    reason: str


def solve_tasks(config: Config, folder: Path) -> None:
    """Search each task under the guide; compare with the test outputs only afterwards."""
    guide = load_guide(config.checkpoint) if config.prior == "guide" else None
    vocabulary = guide.vocabulary if guide else V2
    if not executable(vocabulary):
        raise UserError(
            f"{config.checkpoint}: its primitives cannot be executed here ({', '.join(vocabulary.names)}), so it "
            "cannot guide a search. Train a guide on data of our own vocabulary."
        )
    write_config(config, folder)
    budget = Budget(config.budget.nodes, config.budget.seconds, config.budget.length)
    tasks = draw_tasks(config.tasks, config.limit, config.seed, config.solutions)
    rows = []
    for arc in track(tasks, "solving", console=console, disable=not console.is_terminal):
        outcome = solve(arc.task, vocabulary, _prior(guide, vocabulary, arc), budget)
        rows.append(_row(arc, outcome))
    _write(folder / "results.csv", rows)
    _show(rows, folder)


def _prior(guide: Guide | None, vocabulary: Vocabulary, arc: ArcTask) -> npt.NDArray[np.float32]:
    return guide.probabilities(arc.task) if guide else np.ones(len(vocabulary), dtype=np.float32)


def _row(arc: ArcTask, outcome: Outcome) -> Row:
    right = [
        candidate
        for candidate in outcome.candidates
        if arc.answers is not None
        and all(same(answer, truth) for answer, truth in zip(candidate.answers, arc.answers, strict=True))
    ]
    first = right[0] if right else outcome.candidates[0] if outcome.candidates else None
    return Row(
        arc.task.task_id,
        bool(right),
        len(outcome.candidates),
        " ".join(first.program) if first else "",
        first.nodes if first else outcome.nodes,
        round(outcome.seconds, 3),
        "" if right else _reason(outcome),
    )


def _reason(outcome: Outcome) -> str:
    if outcome.candidates:
        return "consistent with the pairs, wrong on the test"
    return "not expressible within the length" if outcome.exhausted else "budget spent"


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, fieldnames=list(Row.__annotations__))
        writer.writeheader()
        writer.writerows(vars(row) for row in rows)


def _show(rows: list[Row], folder: Path) -> None:
    table = Table(title=f"{sum(row.solved for row in rows)} of {len(rows)} tasks solved")
    for heading in ("task", "solved", "program", "nodes", "seconds", "reason"):
        table.add_column(heading, justify="right" if heading in ("nodes", "seconds") else "left")
    for row in rows:
        solved = "yes" if row.solved else "no"
        table.add_row(row.task, solved, row.program, f"{row.nodes:,}", f"{row.seconds:.2f}", row.reason)
    console.print(table)
    console.print(f"Results: {folder / 'results.csv'}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    start("solve", solve_tasks)
