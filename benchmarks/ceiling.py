"""How good any guide could be: which sets of primitives explain a task, and how often there is more than one.

For a sample of tasks of each length, every program up to the true length is run on all pairs that the guide sees. The
grids must be the outputs cell by cell: colours are not bound late, as they are not in the generator either. Among the
shortest programs that explain the pairs nobody can tell which one was meant. If each is as likely as the others, the
best guess is the set that most of them have, and the share of them that have it is the ceiling of the exact set.

    python benchmarks/ceiling.py --checkpoint outputs/latest        # about 3 CPU minutes

A wrong answer of the guide counts as ambiguous where some shortest program uses exactly the primitives it names.
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


class Explained(NamedTuple):
    """The shortest programs that explain all pairs of a task.

    Attributes:
        length: of them; 0 where none within the length does.
        sets: how many of them use each set of primitives, as a frozen set of places in the vocabulary.
    """

    length: int
    sets: Counter[frozenset[int]]


class Outcome(NamedTuple):
    """One task: what explains it, and what the guide says.

    Attributes:
        sets: that shortest programs have.
        best: chance that the best guess is right, [0, 1].
        right: whether the guide's set at threshold 0.5 is the true one.
        ambiguous: whether it is another one that explains the pairs as well.
        above: by how much the worst true primitive is ranked below its best possible rank.
    """

    sets: int
    best: float
    right: bool
    ambiguous: bool
    above: int


def explaining(pairs: Sequence[Pair], length: int, functions: Sequence[Primitive] = FUNCTIONS) -> Explained:
    """The shortest programs, of up to so many steps, that make every output of its input.

    Level by level over states, each kept where it is first met: a shortest program passes through no state later
    than it can be reached, so that none is left out.
    """
    grids = GridTable(functions)
    goal = tuple(grids.intern(pair.output) for pair in pairs)
    level = {tuple(grids.intern(pair.input) for pair in pairs): Counter({frozenset[int](): 1})}
    seen = set(level)
    for steps in range(1, length + 1):
        following: dict[tuple[int, ...], Counter[frozenset[int]]] = {}
        for state, ways in level.items():
            for place in range(len(functions)):
                after = _step(grids, state, place, goal if steps == length else None)
                if after is None or after in seen:
                    continue
                known = following.setdefault(after, Counter())
                for used, count in ways.items():
                    known[used | {place}] += count
        if goal in following:
            return Explained(steps, following[goal])
        seen.update(following)
        level = following
    return Explained(0, Counter())


def _step(grids: GridTable, state: tuple[int, ...], place: int, goal: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The next state; None where the primitive does not apply, or misses the goal where that is the only way out."""
    made = []
    for pair, grid in enumerate(state):
        result = grids.apply(grid, place)
        if result == NO_GRID or (goal is not None and result != goal[pair]):
            return None
        made.append(result)
    return tuple(made)


def judged(guide: Guide, task: Task, program: Sequence[str]) -> Outcome:
    """What explains a task, beside the guide's answer."""
    truth = frozenset(V2.names.index(name) for name in program)
    explained = explaining(task.pairs, len(program))
    total = sum(explained.sets.values())
    # Where pairs are left out by the filters a shorter program may explain the rest; the true set is then out of reach.
    best = max(explained.sets.values()) / total if truth in explained.sets else 0.0
    chances = torch.from_numpy(guide.probabilities(task))[None]
    said = frozenset(V2.names.index(guide.vocabulary.names[place]) for place in (chances[0] >= THRESHOLD).nonzero())
    rank = int(worst_rank(chances, torch.from_numpy(guide.vocabulary.encode_labels(set(program)))[None]))
    right = said == truth
    return Outcome(len(explained.sets), best, right, not right and said in explained.sets, rank - len(truth))


def summary(name: str, groups: Sequence[tuple[float, Sequence[Outcome]]]) -> list[Cell]:
    """A row of the table.

    Args:
        name: of the row.
        groups: of tasks, each with what it counts; counts are put in proportion.
    """
    tasks = [(weight / len(group), task) for weight, group in groups for task in group]
    total = sum(weight for weight, _ in tasks)

    def mean(values: Sequence[float]) -> float:
        return sum(weight * value for (weight, _), value in zip(tasks, values, strict=True)) / total

    outcomes = [task for _, task in tasks]
    wrong = 1 - mean([task.right for task in outcomes])
    return [
        Cell(name),
        Cell(str(len(outcomes))),
        Cell(format_number(mean([task.sets == 1 for task in outcomes]), 2)),
        Cell(format_number(mean([task.sets for task in outcomes]), 2)),
        Cell(format_number(mean([task.best for task in outcomes]), 3)),
        Cell(format_number(mean([task.right for task in outcomes]), 3)),
        Cell(format_number(mean([task.ambiguous for task in outcomes]) / wrong if wrong else None, 2)),
        Cell(format_number(float(np.median([task.above for task in outcomes])), 0)),
        Cell(format_number(mean([task.above for task in outcomes]), 2)),
    ]


def sampled(data: TaskDataModule, split: str, count: int, seed: int) -> dict[int, tuple[int, list[int]]]:
    """By length: how many tasks the split has, and the numbers of those that are drawn."""
    tasks = data.splits.tasks(split)
    lengths = data.store.lengths[tasks]
    drawn = {}
    for length in np.unique(lengths).tolist():
        alike = tasks[lengths == length]
        chosen = np.random.default_rng([seed, length]).permutation(alike)[:count]
        drawn[length] = len(alike), chosen.tolist()
    return drawn


def task_of(data: TaskDataModule, number_of_task: int) -> Task:
    """The pairs of a task that pass the filters, as many as the guide is shown."""
    records = np.flatnonzero((data.store.task_of == number_of_task) & data.selected)[: data.settings.pairs_per_task]
    return Task(data.store.task_id(number_of_task), tuple(Pair(*grids) for grids in data.store.pairs(records)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", required=True, help="a guide for the vocabulary v2")
    parser.add_argument("--data", type=Path, default=Path(DataSettings().path))
    parser.add_argument("--tasks", type=int, default=100, help="of each length and split")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.process_time()
    guide = load_guide(options.checkpoint)
    data = TaskDataModule(DataSettings(path=str(options.data)), seed=0, with_features=False)
    data.setup()
    programs = data.store.programs()
    rows = []
    for split in ("val", "test"):
        groups = []
        for length, (count, tasks) in sampled(data, split, options.tasks, options.seed).items():
            outcomes = [judged(guide, task_of(data, number), programs[number]) for number in tasks]
            groups.append((float(count), outcomes))
            rows.append(summary(f"{split}, length {length}", groups[-1:]))
        rows.append(summary(f"{split}, as its lengths occur", groups))
    sheet = ReportTable(f"what explains a task, sample of seed {options.seed}", HEADERS, rows)
    Console(width=140).print(sheet.markdown() if options.markdown else sheet)
    print(f"{time.process_time() - begun:.0f} CPU seconds")


if __name__ == "__main__":
    main()
