"""How many real ARC tasks a vocabulary can express, what each primitive adds, and why the others fail.

Every program of up to `depth` steps is tried, shorter ones first, states that are equal on all pairs and test inputs
once. A state explains a task when one map of colours, bound last, takes its grids to the outputs of all pairs. The
answers of the first two that differ are the two attempts; a task is solved when one of them has every test output
exact.

    python benchmarks/dsl_coverage.py --vocabularies v2 --depth 3  # both ARC-1 collections
    python benchmarks/dsl_coverage.py --vocabularies v2 wide --depth 2 --part design
    python benchmarks/dsl_coverage.py --vocabularies wide --depth 3 --part fifth  # 20 CPU-seconds and 1 GiB a task
    python benchmarks/dsl_coverage.py --alike  # which primitives do nearly the same

Choose primitives by arc1-training alone, and by one half of it (`--part design`: every other task): a vocabulary
fitted to the evaluation tasks says nothing about new ones.

`needs` counts the solved tasks that a vocabulary without the primitive does not express, `used` those with some program
that has it. A task that no state explains fails because no state has the outputs' sizes (`size`), or because none has
them and the cells (`cells`, with the mean of the best share of equal cells); one that is explained fails because every
explanation is wrong on the tests (`wrong`), or the right one came third (`late`), or time was up (`time`).
"""

import argparse
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from neural_guide.arc.collections import COLLECTIONS, ArcTask, load_tasks
from neural_guide.arc.grid import Grid, is_equal
from neural_guide.dsl.vocabulary import PRIMITIVES, VOCABULARIES, Vocabulary, get_vocabulary
from neural_guide.runtime.cpu import count_cores
from neural_guide.search.goal import relabel_colours
from neural_guide.search.state_space import StateSpace

ATTEMPTS = 2
MOST_ROUTES = 500  # of a task, looked at to say what it needs
PARTS = {"all": slice(None), "design": slice(0, None, 2), "check": slice(1, None, 2), "fifth": slice(0, None, 5)}
FAILURES = ("size", "cells", "wrong", "late", "time")
NEARLY = 0.1  # share of grids: two primitives that differ on fewer of those they change are told


@dataclass(frozen=True)
class Outcome:
    """What the search found on a task.

    Attributes:
        task: its id.
        depth: steps of the attempt that is right, or None.
        failure: one of `FAILURES`, or None.
        routes: sets of primitives of the programs that are right, the attempts' or not.
        closest: highest mean share of equal cells of a state with all sizes right; 0 where there is none.
        nodes: primitives called on states.
        seconds: of the processor.
    """

    task: str
    depth: int | None
    failure: str | None
    routes: tuple[tuple[str, ...], ...]
    closest: float
    nodes: int
    seconds: float


class Levels:
    """The space of a task, expanded level by level.

    Args:
        arc: the task, with its answers.
        vocabulary: what steps are made of.
        depth: most steps.
        limit: seconds of the processor, after which nothing more is expanded.
    """

    def __init__(self, arc: ArcTask, vocabulary: Vocabulary, depth: int, limit: float) -> None:
        self.names, self.task, self.answers = vocabulary.names, arc.task, arc.answers or ()
        inputs = [*(pair.input for pair in arc.task.pairs), *arc.task.test_inputs]
        functions = [PRIMITIVES[name] for name in self.names]
        self.outputs = [pair.output for pair in arc.task.pairs]
        self.space = StateSpace(inputs, self.outputs, functions)
        self.length = {0: 0}  # of the shortest program to each state
        self.before: dict[int, list[tuple[int, int]]] = defaultdict(list)  # state and step that lead to a state
        started = time.process_time()
        level = [0]
        self.whole = True
        for steps in range(1, depth + 1):
            following = []
            for state in level:
                self.whole = self.whole and time.process_time() - started < limit
                if not self.whole:
                    break
                following += self._expand(state, steps)
            level = following
        self.seconds = time.process_time() - started

    def _expand(self, state: int, steps: int) -> list[int]:
        """The states that are met first from this one."""
        met = []
        for primitive, after in enumerate(self.space.expand(state)):
            if after >= 0 and after != state:
                self.before[after].append((state, primitive))
                if after not in self.length:
                    self.length[after] = steps
                    met.append(after)
        return met

    def routes(self, state: int) -> set[frozenset[str]]:
        """Sets of primitives of the shortest programs that lead to a state."""
        if not state:
            return {frozenset()}
        routes: set[frozenset[str]] = set()
        for parent, primitive in self.before[state]:
            if self.length[parent] < self.length[state] and len(routes) < MOST_ROUTES:
                routes |= {way | {self.names[primitive]} for way in self.routes(parent)}
        return routes

    def closest(self) -> float:
        """Highest mean share of equal cells of a state whose sizes are right."""
        best = 0.0
        for state in range(len(self.space)):
            made = self.space.get_grids(state)[: len(self.outputs)]
            if all(grid.shape == goal.shape for grid, goal in zip(made, self.outputs, strict=True)):
                shares = [(grid == goal).mean() for grid, goal in zip(made, self.outputs, strict=True)]
                best = max(best, float(np.mean(shares)), 1e-9)
        return best


def search(arc: ArcTask, vocabulary: Vocabulary, depth: int, limit: float) -> Outcome:
    """Try every program of up to `depth` steps."""
    levels = Levels(arc, vocabulary, depth, limit)
    answers: list[tuple[Grid, ...]] = []
    right, solved_at = [], None
    for state, colour_map, _ in levels.space.goal_states:
        grids = levels.space.get_grids(state)[len(levels.outputs) :]
        answer = tuple(relabel_colours(grid, colour_map) for grid in grids)
        exact = all(map(is_equal, answer, levels.answers))
        if exact:
            right.append(state)
        if len(answers) < ATTEMPTS and not any(all(map(is_equal, answer, other)) for other in answers):
            answers.append(answer)
            solved_at = levels.length[state] if exact else solved_at
    closest = 0.0 if answers else levels.closest()
    failure = None
    if solved_at is None:
        unexplained = "time" if not levels.whole else "cells" if closest else "size"
        failure = "late" if right else "wrong" if answers else unexplained
    routes = {way for state in right for way in levels.routes(state)}
    kept = tuple(tuple(sorted(way)) for way in sorted(routes, key=lambda way: (len(way), sorted(way))))[:MOST_ROUTES]
    return Outcome(arc.task.task_id, solved_at, failure, kept, closest, levels.space.nodes, levels.seconds)


def coverage_table(outcomes: dict[str, list[Outcome]], depth: int) -> Table:
    """Solved tasks by the steps they took, and failures by reason."""
    table = Table("vocabulary, tasks", "tasks", "solved", *map(str, range(depth + 1)), *FAILURES, "closest", "CPU s")
    for title, tasks in outcomes.items():
        depths, failures = Counter(outcome.depth for outcome in tasks), Counter(outcome.failure for outcome in tasks)
        closest = [outcome.closest for outcome in tasks if outcome.failure == "cells"]
        solved = [str(sum(outcome.failure is None for outcome in tasks))]
        by_depth = [str(depths[steps]) for steps in range(depth + 1)]
        by_reason = [str(failures[reason]) for reason in FAILURES]
        mean = f"{statistics.mean(closest):.2f}" if closest else ""
        seconds = f"{sum(outcome.seconds for outcome in tasks) / max(len(tasks), 1):.2f}"
        table.add_row(title, str(len(tasks)), *solved, *by_depth, *by_reason, mean, seconds)
    return table


def needs(outcomes: Sequence[Outcome]) -> tuple[Counter[str], Counter[str]]:
    """Of the tasks expressed: in how many every program has the primitive, and in how many some program."""
    needed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for routes in (outcome.routes for outcome in outcomes if outcome.routes):
        ways = list(map(set, routes))
        needed.update(set.intersection(*ways))
        used.update(set.union(*ways))
    return needed, used


def microseconds(grids: list[Grid], vocabulary: Vocabulary) -> dict[str, float]:
    """CPU time of a call of each primitive, where all of them meet each grid in turn as in a search."""
    spent = dict.fromkeys(vocabulary.names, 0.0)
    for grid in grids:
        for name in vocabulary.names:
            started = time.process_time_ns()
            PRIMITIVES[name](grid)
            spent[name] += time.process_time_ns() - started
    return {name: nanoseconds / len(grids) / 1000 for name, nanoseconds in spent.items()}


def primitive_table(outcomes: Sequence[Outcome], vocabulary: Vocabulary) -> Table:
    """For each primitive: its time, the tasks that need it, those that can use it."""
    cost = microseconds(some_inputs(300), vocabulary)
    needed, used = needs(outcomes)
    table = Table("primitive", "microseconds", "needs", "used")
    for name in sorted(vocabulary.names, key=lambda name: (-needed[name], -used[name])):
        table.add_row(name, f"{cost[name]:.1f}", str(needed[name]), str(used[name]))
    table.add_row("mean", f"{statistics.mean(cost.values()):.1f}", "", "")
    return table


def some_inputs(count: int) -> list[Grid]:
    """Inputs of ARC-1 training tasks, drawn once."""
    return random.Random(0).sample(
        [pair.input for arc in load_tasks("arc1-training") for pair in arc.task.pairs], count
    )


def alike_table(vocabulary: Vocabulary) -> Table:
    """Pairs of primitives that differ on few of the training grids that either changes, most alike first."""
    grids = [
        grid for arc in load_tasks("arc1-training") for pair in arc.task.pairs for grid in (pair.input, pair.output)
    ]
    numbers: dict[object, int] = {}

    def number(grid: Grid | None) -> int:
        return numbers.setdefault(None if grid is None else (grid.shape, grid.tobytes()), len(numbers))

    given, nothing = np.array([number(grid) for grid in grids]), number(None)
    made = np.array([[number(PRIMITIVES[name](grid)) for grid in grids] for name in vocabulary.names])
    changed = (made != given) & (made != nothing)
    table = Table("primitive", "and", "grids that either changes", "of them differing")
    rows = []
    for one in range(len(made)):
        for other in range(one):
            either = changed[one] | changed[other]
            share = float((made[one] != made[other])[either].mean()) if either.any() else 0.0
            if share < NEARLY:
                rows.append((share, vocabulary.names[other], vocabulary.names[one], int(either.sum())))
    for share, *names, count in sorted(rows):
        table.add_row(*names, str(count), f"{share:.1%}")
    idle = [name for name, row in zip(vocabulary.names, changed, strict=True) if not row.any()]
    table.caption = f"{len(grids):,} grids; primitives that change none: {', '.join(idle) or 'none'}"
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocabularies", nargs="+", choices=tuple(VOCABULARIES), default=["v2", "wide"])
    parser.add_argument("--collections", nargs="+", choices=COLLECTIONS, default=["arc1-training"])
    parser.add_argument("--part", choices=tuple(PARTS), default="all", help="of each collection")
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the processor, for a task")
    parser.add_argument("--processes", type=int, default=count_cores())
    parser.add_argument("--tasks", type=int, help="of each collection, the first ones")
    parser.add_argument("--alike", action="store_true", help="tell which primitives do nearly the same, and stop")
    parser.add_argument("--out", type=Path, help="keep what was found in a file")
    options = parser.parse_args()
    console = Console(width=120)
    if options.alike:
        console.print(alike_table(get_vocabulary(options.vocabularies[-1])))
        return
    outcomes: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for name in options.vocabularies:
            vocabulary = get_vocabulary(name)
            for collection in options.collections:
                tasks = [arc for arc in load_tasks(collection) if arc.answers is not None][PARTS[options.part]]
                work = partial(search, vocabulary=vocabulary, depth=options.depth, limit=options.seconds)
                outcomes[f"{name}, {collection}"] = list(pool.map(work, tasks[: options.tasks]))
    console.print(coverage_table(outcomes, options.depth))
    last = f"{options.vocabularies[-1]}, {options.collections[0]}"
    console.print(primitive_table(outcomes[last], get_vocabulary(options.vocabularies[-1])))
    if options.out:
        kept = {title: [asdict(outcome) for outcome in tasks] for title, tasks in outcomes.items()}
        options.out.write_text(json.dumps(kept))


if __name__ == "__main__":
    main()
