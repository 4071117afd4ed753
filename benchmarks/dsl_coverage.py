"""Coverage of real ARC tasks by a vocabulary, contribution of each primitive, and reasons for failures.

The script tries every program of up to `depth` steps, shorter ones first. It expands states that are equal on all pairs
and test inputs only once. A state explains a task if one map of colours, bound last, maps its grids to the outputs of
all pairs. The first two different answers are the two attempts. A task is solved if one attempt has every test output
exact.

    python benchmarks/dsl_coverage.py --vocabularies v2 --depth 3  # both ARC-1 collections
    python benchmarks/dsl_coverage.py --vocabularies v2 wide --depth 2 --part design
    python benchmarks/dsl_coverage.py --vocabularies wide --depth 3 --part fifth  # 20 CPU-seconds and 1 GiB a task
    python benchmarks/dsl_coverage.py --alike  # pairs of primitives with nearly the same results

Choose primitives by one half of arc1-training alone (`--part design`: every other task). A vocabulary fitted to the
evaluation tasks says nothing about new ones.

`needs` counts the solved tasks that a vocabulary without the primitive does not express. `used` counts those with some
program that contains it. Reasons for failures of tasks that no state explains:

- `size`: no state has the sizes of the outputs;
- `cells`: some state has the sizes, but none has the cells too; with the mean of the best share of equal cells;
- `time`: the time limit ended the search.

Reasons for failures of tasks that some state explains:

- `wrong`: every explanation is wrong on the tests;
- `late`: the right explanation came third or later.
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
MAX_ROUTES = 500  # maximum number of routes per task from which `needs` and `used` are counted
PARTS = {"all": slice(None), "design": slice(0, None, 2), "check": slice(1, None, 2), "fifth": slice(0, None, 5)}
FAILURES = ("size", "cells", "wrong", "late", "time")
SIMILARITY_LIMIT = 0.1  # similar primitives differ on a smaller share of the grids that either changes


@dataclass(frozen=True)
class Outcome:
    """Result of the search on a task.

    Attributes:
        task: id of the task.
        depth: steps of the right attempt, or None.
        failure: one of `FAILURES`, or None.
        routes: sets of primitives of all right programs, whether attempts or not.
        closest: highest mean share of equal cells of a state with all sizes right; 0 if there is none.
        nodes: number of primitives called on states.
        seconds: CPU seconds.
    """

    task: str
    depth: int | None
    failure: str | None
    routes: tuple[tuple[str, ...], ...]
    closest: float
    nodes: int
    seconds: float


class Levels:
    """State space of a task, expanded level by level.

    Args:
        arc: the task, with its answers.
        vocabulary: vocabulary of the steps.
        depth: maximum number of steps.
        limit: CPU seconds after which the expansion stops.
    """

    def __init__(self, arc: ArcTask, vocabulary: Vocabulary, depth: int, limit: float) -> None:
        self.names, self.task, self.answers = vocabulary.names, arc.task, arc.answers or ()
        inputs = [*(pair.input for pair in arc.task.pairs), *arc.task.test_inputs]
        functions = [PRIMITIVES[name] for name in self.names]
        self.outputs = [pair.output for pair in arc.task.pairs]
        self.space = StateSpace(inputs, self.outputs, functions)
        self.length = {0: 0}  # length of the shortest program to each state
        self.predecessors: dict[int, list[tuple[int, int]]] = defaultdict(list)  # state and step that lead to a state
        started = time.process_time()
        level = [0]
        self.is_complete = True
        for steps in range(1, depth + 1):
            next_level = []
            for state in level:
                self.is_complete = self.is_complete and time.process_time() - started < limit
                if not self.is_complete:
                    break
                next_level += self._expand(state, steps)
            level = next_level
        self.seconds = time.process_time() - started

    def _expand(self, state: int, steps: int) -> list[int]:
        """Expand a state; return the states that it reaches first."""
        new_states = []
        for primitive, next_state in enumerate(self.space.expand(state)):
            if next_state >= 0 and next_state != state:
                self.predecessors[next_state].append((state, primitive))
                if next_state not in self.length:
                    self.length[next_state] = steps
                    new_states.append(next_state)
        return new_states

    def list_routes(self, state: int) -> set[frozenset[str]]:
        """List the sets of primitives of the shortest programs that lead to a state."""
        if not state:
            return {frozenset()}
        routes: set[frozenset[str]] = set()
        for parent, primitive in self.predecessors[state]:
            if self.length[parent] < self.length[state] and len(routes) < MAX_ROUTES:
                routes |= {route | {self.names[primitive]} for route in self.list_routes(parent)}
        return routes

    def measure_best_share(self) -> float:
        """Measure the highest mean share of equal cells of a state whose sizes are right."""
        best = 0.0
        for state in range(len(self.space)):
            grids = self.space.get_grids(state)[: len(self.outputs)]
            if all(grid.shape == goal.shape for grid, goal in zip(grids, self.outputs, strict=True)):
                shares = [(grid == goal).mean() for grid, goal in zip(grids, self.outputs, strict=True)]
                best = max(best, float(np.mean(shares)), 1e-9)
        return best


def search_programs(arc: ArcTask, vocabulary: Vocabulary, depth: int, limit: float) -> Outcome:
    """Try every program of up to `depth` steps."""
    levels = Levels(arc, vocabulary, depth, limit)
    answers: list[tuple[Grid, ...]] = []
    right_states, solved_at = [], None
    for state, colour_map, _ in levels.space.goal_states:
        grids = levels.space.get_grids(state)[len(levels.outputs) :]
        answer = tuple(relabel_colours(grid, colour_map) for grid in grids)
        is_exact = all(map(is_equal, answer, levels.answers))
        if is_exact:
            right_states.append(state)
        if len(answers) < ATTEMPTS and not any(all(map(is_equal, answer, other)) for other in answers):
            answers.append(answer)
            solved_at = levels.length[state] if is_exact else solved_at
    closest = 0.0 if answers else levels.measure_best_share()
    failure = None
    if solved_at is None:
        unexplained = "time" if not levels.is_complete else "cells" if closest else "size"
        failure = "late" if right_states else "wrong" if answers else unexplained
    routes = {route for state in right_states for route in levels.list_routes(state)}
    kept_routes = tuple(
        tuple(sorted(route)) for route in sorted(routes, key=lambda route: (len(route), sorted(route)))
    )[:MAX_ROUTES]
    return Outcome(arc.task.task_id, solved_at, failure, kept_routes, closest, levels.space.nodes, levels.seconds)


def tabulate_coverage(outcomes: dict[str, list[Outcome]], depth: int) -> Table:
    """Tabulate solved tasks by number of steps, and failures by reason."""
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


def count_needs(outcomes: Sequence[Outcome]) -> tuple[Counter[str], Counter[str]]:
    """Count, over the expressed tasks, those where every program has a primitive, and those where some program does."""
    needed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for routes in (outcome.routes for outcome in outcomes if outcome.routes):
        route_sets = list(map(set, routes))
        needed.update(set.intersection(*route_sets))
        used.update(set.union(*route_sets))
    return needed, used


def measure_calls(grids: list[Grid], vocabulary: Vocabulary) -> dict[str, float]:
    """Measure the CPU microseconds per call of each primitive, all primitives on each grid in turn as in a search."""
    nanoseconds_by_name = dict.fromkeys(vocabulary.names, 0.0)
    for grid in grids:
        for name in vocabulary.names:
            started = time.process_time_ns()
            PRIMITIVES[name](grid)
            nanoseconds_by_name[name] += time.process_time_ns() - started
    return {name: nanoseconds / len(grids) / 1000 for name, nanoseconds in nanoseconds_by_name.items()}


def tabulate_primitives(outcomes: Sequence[Outcome], vocabulary: Vocabulary) -> Table:
    """Tabulate for each primitive its time, the tasks that need it, and the tasks that can use it."""
    cost = measure_calls(draw_inputs(300), vocabulary)
    needed, used = count_needs(outcomes)
    table = Table("primitive", "microseconds", "needs", "used")
    for name in sorted(vocabulary.names, key=lambda name: (-needed[name], -used[name])):
        table.add_row(name, f"{cost[name]:.1f}", str(needed[name]), str(used[name]))
    table.add_row("mean", f"{statistics.mean(cost.values()):.1f}", "", "")
    return table


def draw_inputs(count: int) -> list[Grid]:
    """Draw inputs of ARC-1 training tasks, the same ones in every call."""
    return random.Random(0).sample(
        [pair.input for arc in load_tasks("arc1-training") for pair in arc.task.pairs], count
    )


def tabulate_similar_primitives(vocabulary: Vocabulary) -> Table:
    """Tabulate pairs of primitives that differ on few of the training grids that either changes, most similar first."""
    grids = [
        grid for arc in load_tasks("arc1-training") for pair in arc.task.pairs for grid in (pair.input, pair.output)
    ]
    numbers: dict[object, int] = {}

    def number_grid(grid: Grid | None) -> int:
        return numbers.setdefault(None if grid is None else (grid.shape, grid.tobytes()), len(numbers))

    grid_numbers, no_grid = np.array([number_grid(grid) for grid in grids]), number_grid(None)
    results = np.array([[number_grid(PRIMITIVES[name](grid)) for grid in grids] for name in vocabulary.names])
    is_changed = (results != grid_numbers) & (results != no_grid)
    table = Table("primitive", "and", "grids that either changes", "of them differing")
    rows = []
    for one in range(len(results)):
        for other in range(one):
            is_either_changed = is_changed[one] | is_changed[other]
            share = (
                float((results[one] != results[other])[is_either_changed].mean()) if is_either_changed.any() else 0.0
            )
            if share < SIMILARITY_LIMIT:
                rows.append((share, vocabulary.names[other], vocabulary.names[one], int(is_either_changed.sum())))
    for share, *names, count in sorted(rows):
        table.add_row(*names, str(count), f"{share:.1%}")
    idle_names = [name for name, row in zip(vocabulary.names, is_changed, strict=True) if not row.any()]
    table.caption = f"{len(grids):,} grids; primitives that change none: {', '.join(idle_names) or 'none'}"
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
        console.print(tabulate_similar_primitives(get_vocabulary(options.vocabularies[-1])))
        return
    outcomes: dict[str, list[Outcome]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for name in options.vocabularies:
            vocabulary = get_vocabulary(name)
            for collection in options.collections:
                tasks = [arc for arc in load_tasks(collection) if arc.answers is not None][PARTS[options.part]]
                search_task = partial(
                    search_programs, vocabulary=vocabulary, depth=options.depth, limit=options.seconds
                )
                outcomes[f"{name}, {collection}"] = list(pool.map(search_task, tasks[: options.tasks]))
    console.print(tabulate_coverage(outcomes, options.depth))
    last = f"{options.vocabularies[-1]}, {options.collections[0]}"
    console.print(tabulate_primitives(outcomes[last], get_vocabulary(options.vocabularies[-1])))
    if options.out:
        content = {title: [asdict(outcome) for outcome in tasks] for title, tasks in outcomes.items()}
        options.out.write_text(json.dumps(content))


if __name__ == "__main__":
    main()
