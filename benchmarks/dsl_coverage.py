"""How many real ARC tasks the vocabulary can express, and what each primitive adds.

Every program of up to three steps is tried, breadth first, states that are equal on all pairs and test inputs once.
A program is a candidate when one map of colours takes its results to the outputs of all pairs; colours that no pair
shows stay. The answers of the first two candidates that differ are the two attempts; a task is solved when one of
them has every test output exact.

    python benchmarks/dsl_coverage.py                                # about 20 s a collection on 2 cores
    python benchmarks/dsl_coverage.py --collections arc1-training --depth 2

Choose primitives by arc1-training alone: a vocabulary fitted to the evaluation tasks says nothing about new ones.
`needed` counts the solved tasks for which every program found uses the primitive; programs that meet in one state
are kept up to `ROUTES` sets of primitives, so it is an upper bound. `microseconds` is the mean over 300 grids.
"""

import argparse
import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from neural_guide.dsl.vocabulary import PRIMITIVES, Primitive
from neural_guide.grid import Grid, same
from neural_guide.search.goal import consistent_colour_map
from neural_guide.task import Task
from neural_guide.tasks.arc import COLLECTIONS, ArcTask, load_tasks

ROUTES = 8
ATTEMPTS = 2

State = tuple[Grid, ...]
Routes = list[frozenset[str]]  # sets of primitives that lead to a state


@dataclass(frozen=True)
class Outcome:
    """What the search found on a task.

    Attributes:
        consistent: whether any program explains the pairs.
        depth: steps of the first attempt that is right, or None.
        routes: sets of primitives of all programs that are right.
        nodes: states made.
    """

    consistent: bool
    depth: int | None
    routes: tuple[frozenset[str], ...]
    nodes: int


def final_colours(state: State, task: Task) -> Grid | None:
    """The map of colours, uint8 [10], that takes the state to the outputs; None where there is none."""
    goals = [pair.output for pair in task.pairs]
    if any(grid.shape != goal.shape for grid, goal in zip(state, goals, strict=False)):
        return None
    colours = consistent_colour_map(state[: len(goals)], goals)
    return None if colours is None else np.array(colours, dtype=np.uint8)


def applied(primitive: Primitive, state: State) -> State | None:
    """The next state, or None where the primitive does not apply to one of the grids."""
    made = []
    for grid in state:
        result = primitive(grid)
        if result is None:
            return None
        made.append(result)
    return tuple(made)


def state_key(state: State) -> tuple[bytes, ...]:
    """Equal for equal states: the cells of each grid, and its width, which sets grids of equal cells apart."""
    return tuple(grid.tobytes() + bytes((grid.shape[1],)) for grid in state)


def states(task: Task, depth: int) -> Iterator[tuple[int, State, Routes]]:
    """Each state within `depth` steps with the steps to it; the last level may repeat states."""
    root = (*(pair.input for pair in task.pairs), *task.test_inputs)
    level: dict[object, tuple[State, Routes]] = {state_key(root): (root, [frozenset()])}
    seen = set(level)
    yield 0, root, [frozenset()]
    for steps in range(1, depth + 1):
        following: dict[object, tuple[State, Routes]] = {}
        for state, routes in level.values():
            for name, primitive in PRIMITIVES.items():
                child = applied(primitive, state)
                if child is None:
                    continue
                ways = [route | {name} for route in routes]
                if steps == depth:
                    yield steps, child, ways
                elif (mark := state_key(child)) in following:
                    known = following[mark][1]
                    known.extend(ways[: ROUTES - len(known)])
                elif mark not in seen:
                    following[mark] = child, ways
        yield from ((steps, state, routes) for state, routes in following.values())
        seen.update(following)
        level = following


def search(arc_task: ArcTask, depth: int) -> Outcome:
    """Try every program of up to `depth` steps."""
    task, truth = arc_task.task, arc_task.answers
    assert truth is not None, "coverage needs the test outputs"
    attempts: list[State] = []
    nodes, solved_at = 0, None
    right: Routes = []
    for steps, state, routes in states(task, depth):
        nodes += 1
        colours = final_colours(state, task)
        if colours is None:
            continue
        answer = tuple(colours[grid] for grid in state[len(task.pairs) :])
        exact = all(map(same, answer, truth))
        if exact:
            right += routes
        if len(attempts) < ATTEMPTS and not any(all(map(same, answer, other)) for other in attempts):
            attempts.append(answer)
            solved_at = steps if exact else solved_at
    return Outcome(bool(attempts), solved_at, tuple(right), nodes)


def microseconds(primitive: Primitive, grids: list[Grid]) -> float:
    """Mean time of a call, the best of five rounds."""
    rounds = []
    for _ in range(5):
        started = time.perf_counter()
        for grid in grids:
            primitive(grid)
        rounds.append(time.perf_counter() - started)
    return 1e6 * min(rounds) / len(grids)


def coverage_table(outcomes: dict[str, list[Outcome]], depth: int) -> Table:
    """Solved tasks of each collection, by the steps they took."""
    table = Table("collection", "tasks", "consistent", "solved", *map(str, range(depth + 1)), "nodes")
    for name, found in outcomes.items():
        depths = [outcome.depth for outcome in found]
        solved = len(depths) - depths.count(None)
        by_depth = [depths.count(steps) for steps in range(depth + 1)]
        consistent, nodes = sum(o.consistent for o in found), sum(o.nodes for o in found)
        table.add_row(name, *(f"{n:,}" for n in (len(found), consistent, solved, *by_depth, nodes)))
    return table


def primitive_table(outcomes: dict[str, list[Outcome]]) -> Table:
    """For each primitive: its time, and the solved tasks that need it."""
    tasks = [arc_task.task for arc_task in load_tasks("arc1-training")]
    grids = random.Random(0).sample([pair.input for task in tasks for pair in task.pairs], 300)
    table = Table("primitive", "microseconds", *(f"needed, {name}" for name in outcomes))
    for name, primitive in PRIMITIVES.items():
        solved = ([o.routes for o in found if o.depth is not None] for found in outcomes.values())
        needed = [sum(all(name in route for route in routes) for routes in task) for task in solved]
        table.add_row(name, f"{microseconds(primitive, grids):.1f}", *map(str, needed))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collections", nargs="+", choices=COLLECTIONS, default=["arc1-training", "arc1-evaluation"])
    parser.add_argument("--depth", type=int, default=3)
    options = parser.parse_args()
    console = Console()
    outcomes = {}
    with ProcessPoolExecutor() as pool:
        for name in options.collections:
            tasks = [task for task in load_tasks(name) if task.answers is not None]
            outcomes[name] = list(pool.map(partial(search, depth=options.depth), tasks, chunksize=4))
    console.print(coverage_table(outcomes, options.depth))
    console.print(primitive_table(outcomes))


if __name__ == "__main__":
    main()
