"""Upper bound of any guide: the sets of primitives that explain a task, and the share of ambiguous tasks.

For a sample of tasks of each length, the script runs every program up to the true length on all pairs that the guide
sees. The grids must equal the outputs cell by cell, without a map of colours, as in the generator. Several shortest
programs may explain the pairs, and nothing tells which one was meant. If all are equally likely, the best guess is the
set that most of them have. The share of programs with this set is the ceiling of the exact-set metric.

    python benchmarks/ceiling.py --checkpoint outputs/latest        # about 3 CPU minutes

A wrong answer of the guide counts as ambiguous if some shortest program uses exactly the primitives that it names.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from rich.console import Console

from neural_guide.arc.task import Pair, Task
from neural_guide.data.settings import DataSettings
from neural_guide.dsl.interning import NO_GRID, GridTable
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Primitive
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.metrics import THRESHOLD, worst_rank

FUNCTIONS = [PRIMITIVES[name] for name in V2.names]
HEADERS = (
    *("tasks", "sampled", "one set explains", "sets, mean", "best possible", "guide", "errors ambiguous"),
    *("rank above best, median", "mean"),
)


class Explanations(NamedTuple):
    """The shortest programs that explain all pairs of a task.

    Attributes:
        length: their length; 0 if no program within the limit explains the pairs.
        sets: number of programs by set of primitives, a frozen set of indices in the vocabulary.
    """

    length: int
    sets: Counter[frozenset[int]]


class Outcome(NamedTuple):
    """Explanations of one task, and the answer of the guide.

    Attributes:
        sets: number of sets of primitives that shortest programs have.
        best_chance: probability that the best guess is right, [0, 1].
        is_right: whether the guide's set at threshold 0.5 is the true one.
        is_ambiguous: whether the guide's set is another one that explains the pairs as well.
        excess_rank: distance of the worst true primitive from its best possible rank.
    """

    sets: int
    best_chance: float
    is_right: bool
    is_ambiguous: bool
    excess_rank: int


def find_explanations(pairs: Sequence[Pair], length: int, functions: Sequence[Primitive] = FUNCTIONS) -> Explanations:
    """Find the shortest programs of up to `length` steps that give the output of every pair.

    The search goes level by level and keeps each state at its first level only. A shortest program reaches every state
    as early as possible, so none is missed.
    """
    grids = GridTable(functions)
    goal = tuple(grids.intern(pair.output) for pair in pairs)
    level = {tuple(grids.intern(pair.input) for pair in pairs): Counter({frozenset[int](): 1})}
    seen_states = set(level)
    for steps in range(1, length + 1):
        next_level: dict[tuple[int, ...], Counter[frozenset[int]]] = {}
        for state, sets in level.items():
            for primitive in range(len(functions)):
                next_state = _apply_primitive(grids, state, primitive, goal if steps == length else None)
                if next_state is None or next_state in seen_states:
                    continue
                next_sets = next_level.setdefault(next_state, Counter())
                for primitives, count in sets.items():
                    next_sets[primitives | {primitive}] += count
        if goal in next_level:
            return Explanations(steps, next_level[goal])
        seen_states.update(next_level)
        level = next_level
    return Explanations(0, Counter())


def _apply_primitive(
    grids: GridTable, state: tuple[int, ...], primitive: int, goal: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """Return the next state; None if the primitive does not apply, or if it misses a given goal."""
    results = []
    for index, grid in enumerate(state):
        result = grids.apply(grid, primitive)
        if result == NO_GRID or (goal is not None and result != goal[index]):
            return None
        results.append(result)
    return tuple(results)


def judge_task(guide: Guide, task: Task, program: Sequence[str]) -> Outcome:
    """Compare the guide's answer with the explanations of a task."""
    true_set = frozenset(V2.names.index(name) for name in program)
    explanations = find_explanations(task.pairs, len(program))
    total = sum(explanations.sets.values())
    # If the filters leave pairs out, a shorter program may explain the rest; then no guess gives the true set.
    best_chance = max(explanations.sets.values()) / total if true_set in explanations.sets else 0.0
    probabilities = torch.from_numpy(guide.probabilities(task))[None]
    predicted_set = frozenset(
        V2.names.index(guide.vocabulary.names[index]) for index in (probabilities[0] >= THRESHOLD).nonzero()
    )
    rank = int(worst_rank(probabilities, torch.from_numpy(guide.vocabulary.encode_labels(set(program)))[None]))
    is_right = predicted_set == true_set
    return Outcome(
        len(explanations.sets),
        best_chance,
        is_right,
        not is_right and predicted_set in explanations.sets,
        rank - len(true_set),
    )


def summarize_outcomes(name: str, groups: Sequence[tuple[float, Sequence[Outcome]]]) -> list[Cell]:
    """Summarize outcomes as a row of the table.

    Args:
        name: name of the row.
        groups: groups of tasks, each with its weight; the weights are normalised.
    """
    tasks = [(weight / len(group), task) for weight, group in groups for task in group]
    total = sum(weight for weight, _ in tasks)

    def compute_mean(values: Sequence[float]) -> float:
        return sum(weight * value for (weight, _), value in zip(tasks, values, strict=True)) / total

    outcomes = [task for _, task in tasks]
    wrong_share = 1 - compute_mean([task.is_right for task in outcomes])
    return [
        Cell(name),
        Cell(str(len(outcomes))),
        Cell(format_number(compute_mean([task.sets == 1 for task in outcomes]), 2)),
        Cell(format_number(compute_mean([task.sets for task in outcomes]), 2)),
        Cell(format_number(compute_mean([task.best_chance for task in outcomes]), 3)),
        Cell(format_number(compute_mean([task.is_right for task in outcomes]), 3)),
        Cell(
            format_number(
                compute_mean([task.is_ambiguous for task in outcomes]) / wrong_share if wrong_share else None, 2
            )
        ),
        Cell(format_number(float(np.median([task.excess_rank for task in outcomes])), 0)),
        Cell(format_number(compute_mean([task.excess_rank for task in outcomes]), 2)),
    ]


def sample_tasks(data: TaskDataModule, split: str, count: int, seed: int) -> dict[int, tuple[int, list[int]]]:
    """Sample tasks of each length; return by length the number of tasks in the split, and the numbers of the sample."""
    tasks = data.splits.tasks(split)
    lengths = data.store.lengths[tasks]
    sample = {}
    for length in np.unique(lengths).tolist():
        same_length = tasks[lengths == length]
        drawn_tasks = np.random.default_rng([seed, length]).permutation(same_length)[:count]
        sample[length] = len(same_length), drawn_tasks.tolist()
    return sample


def build_task(data: TaskDataModule, task_number: int) -> Task:
    """Build a task of the pairs that pass the filters, at most as many as the guide sees."""
    records = np.flatnonzero((data.store.task_of == task_number) & data.selected)[: data.settings.pairs_per_task]
    return Task(data.store.task_id(task_number), tuple(Pair(*grids) for grids in data.store.pairs(records)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="a guide for the vocabulary v2")
    parser.add_argument("--data", type=Path, default=Path(DataSettings().path))
    parser.add_argument("--tasks", type=int, default=100, help="of each length and split")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.process_time()
    guide = load_guide(options.checkpoint)
    data = TaskDataModule(DataSettings(path=str(options.data)), seed=0, with_features=False)
    data.setup()
    programs = data.store.programs()
    rows = []
    for split in ("val", "test"):
        groups = []
        for length, (count, tasks) in sample_tasks(data, split, options.tasks, options.seed).items():
            outcomes = [judge_task(guide, build_task(data, number), programs[number]) for number in tasks]
            groups.append((float(count), outcomes))
            rows.append(summarize_outcomes(f"{split}, length {length}", groups[-1:]))
        rows.append(summarize_outcomes(f"{split}, as its lengths occur", groups))
    table = ReportTable(f"what explains a task, sample of seed {options.seed}", HEADERS, rows)
    Console(width=140).print(table.markdown() if options.markdown else table)
    print(f"{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
