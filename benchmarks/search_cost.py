"""Cost of a search besides its calls of primitives, and cost of a query of the guide.

The script searches every task in full to a depth, then repeats the same calls of primitives alone. It reports medians.
Bookkeeping is the difference, the search without the calls: states, order, goal, memory.

    python benchmarks/search_cost.py                                  # 60 ARC-1 training tasks, depth 3
    python benchmarks/search_cost.py --checkpoint outputs/latest      # and a guided search
    python benchmarks/search_cost.py --dsl wide --pieces --nodes 10000 --tasks 20
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, VOCABULARIES, Primitive
from neural_guide.features.executed import Target
from neural_guide.guide.compiled_inference import infer_steps
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.priors import build_guide_prior
from neural_guide.search.best_first import BestFirstSearch
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.state_space import StateSpace

FUNCTIONS = [PRIMITIVES[name] for name in V2.names]


@dataclass(frozen=True)
class Extent:
    """Extent of a search: primitives, maximum steps, maximum nodes, and whether states may be lists of pieces."""

    functions: list[Primitive]
    depth: int
    nodes: int
    pieces: bool


def search_task(task: Task, extent: Extent) -> StateSpace:
    """Search the states of a task within an extent."""
    inputs = [*(pair.input for pair in task.pairs), *task.test_inputs]
    space = StateSpace(inputs, [pair.output for pair in task.pairs], extent.functions, pieces=extent.pieces)
    order = BestFirstSearch(space, Prior.uniform(len(extent.functions)), extent.depth)
    while space.nodes < extent.nodes and order.advance():
        pass
    return space


def measure_seconds(function: Callable[[], object], repeats: int) -> float:
    """Measure the median CPU time of a function."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return statistics.median(times)


def measure_search(tasks: list[Task], extent: Extent, repeats: int) -> dict[str, float]:
    """Measure the CPU seconds of searches and of their bare calls, and count nodes and calls."""
    total = bare = 0.0
    node_count = call_count = 0
    for task in tasks:
        space = search_task(task, extent)
        bare_calls = [
            (extent.functions[primitive], space.grids.grids[number]) for number, primitive in space.grids.list_calls()
        ]

        def run_bare_calls(bare_calls: list = bare_calls) -> None:
            for function, grid in bare_calls:
                function(grid)

        total += measure_seconds(lambda task=task: search_task(task, extent), repeats)
        bare += measure_seconds(run_bare_calls, repeats)
        node_count, call_count = node_count + space.nodes, call_count + len(bare_calls)
    return {"total": total, "bare": bare, "nodes": node_count, "calls": call_count}


def measure_query(guide: Guide, tasks: list[Task], repeats: int) -> dict[str, float]:
    """Measure the CPU milliseconds of each part of a query about the inputs of a task."""
    milliseconds: dict[str, list[float]] = {
        "targets": [],
        "primitives": [],
        "features": [],
        "network, inputs": [],
        "network, later": [],
    }
    for task in tasks:
        pairs = task.pairs[:5]
        targets = [Target(pair.output, FUNCTIONS) for pair in pairs]
        results = [[function(pair.input) for function in FUNCTIONS] for pair in pairs]
        rows = np.stack(
            [
                target.compute_features(pair.input, grids)
                for target, pair, grids in zip(targets, pairs, results, strict=True)
            ]
        )
        features = torch.from_numpy(rows)[None]
        parts: dict[str, Callable[[], object]] = {
            "targets": lambda pairs=pairs: [Target(pair.output, FUNCTIONS) for pair in pairs],
            "primitives": lambda pairs=pairs: [[function(pair.input) for function in FUNCTIONS] for pair in pairs],
            "features": lambda pairs=pairs, targets=targets, results=results: [
                target.compute_features(pair.input, grids)
                for target, pair, grids in zip(targets, pairs, results, strict=True)
            ],
            "network, inputs": lambda task=task, features=features: guide.logits(task, features),
            "network, later": lambda rows=rows: infer_steps(rows, guide.branch, guide.steps),
        }
        for name, part in parts.items():
            milliseconds[name].append(1000 * measure_seconds(part, repeats))
    return {name: statistics.median(values) for name, values in milliseconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--checkpoint", help="a guide; left out: only the unguided search is measured")
    parser.add_argument("--dsl", choices=VOCABULARIES, default="v2")
    parser.add_argument("--nodes", type=int, default=10**9, help="of each task at most")
    parser.add_argument("--pieces", action="store_true", help="states may be lists of pieces")
    options = parser.parse_args()
    torch.set_num_threads(1)
    indices = np.random.default_rng(0).permutation(400)[: options.tasks]
    tasks = [load_tasks("arc1-training")[index].task for index in indices]
    console = Console()
    functions = [PRIMITIVES[name] for name in VOCABULARIES[options.dsl].names]
    extent = Extent(functions, options.depth, options.nodes, options.pieces)
    cost = measure_search(tasks, extent, options.repeats)
    bookkeeping = cost["total"] - cost["bare"]
    table = Table("", "microseconds a node", title=f"{len(tasks)} ARC-1 training tasks to depth {options.depth}")
    for name, value in (("whole search", cost["total"]), ("bare calls", cost["bare"]), ("bookkeeping", bookkeeping)):
        table.add_row(name, f"{1e6 * value / cost['nodes']:.1f}")
    console.print(table)
    console.print(
        f"{cost['nodes']:,} nodes, {cost['calls']:,} calls ({cost['calls'] / cost['nodes']:.2f} a node). "
        f"Bookkeeping is {bookkeeping / cost['bare']:.2f} of the bare calls (aim: at most 0.5)."
    )
    if options.checkpoint:
        guide = load_guide(options.checkpoint)
        with torch.inference_mode():
            query_times = measure_query(guide, tasks, options.repeats)
        table = Table("part of a question", "milliseconds", title="median task, one core")
        for name, value in query_times.items():
            table.add_row(name, f"{value:.2f}")
        console.print(table)
        outcomes = [
            solve(task, V2, build_guide_prior(guide, task), SearchBudget(nodes=2000), SearchSettings(answers=1))
            for task in tasks
        ]
        seconds, nodes = sum(outcome.seconds for outcome in outcomes), sum(outcome.nodes for outcome in outcomes)
        queries = sum(outcome.query_count for outcome in outcomes)
        console.print(f"guided: {1e6 * seconds / nodes:.1f} microseconds a node, {queries:,} questions")


if __name__ == "__main__":
    main()
