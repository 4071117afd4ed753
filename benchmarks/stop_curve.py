"""Seconds and right answers of a search that stops before jobs that promise too little, for several thresholds.

Each task is searched once without a threshold; the script records when each job starts and what it promises. A
threshold is replayed on this record: the search would have ended before the first job below it, and an answer counts
if it was found by then.

    python benchmarks/stop_curve.py                                                  # 50 tasks: 4 minutes on one core
    python benchmarks/stop_curve.py --tasks arc1-evaluation --nodes 1000000 --seconds 60
"""

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple
from unittest.mock import patch

from rich.console import Console
from rich.progress import track
from rich.table import Table

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import is_equal
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.guide.default_guide import load_shipped_guide
from neural_guide.guide.guide import Guide
from neural_guide.guide.priors import build_search_prior
from neural_guide.search.jobs import Job, estimate_task_promise
from neural_guide.search.lifts import NO_LIFTS, Lifts
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import SearchOutcome, solve
from neural_guide.search.transform_search import Limit, Limits, TransformSearch, Watcher

THRESHOLDS = (0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class JobStart(NamedTuple):
    """Start of a job in seconds after that of its search, and the right answers per second that it promises."""

    seconds: float
    promise: float


class Record(NamedTuple):
    """Search for a task.

    Attributes:
        starts: starts of its jobs, in order.
        seconds: time of the whole search.
        right_seconds: times at which the right answers were found, one for each test output that has one.
    """

    starts: list[JobStart]
    seconds: float
    right_seconds: list[float]

    def find_end(self, threshold: float) -> float:
        """Find the seconds after which a search with a threshold would have ended."""
        return next((start.seconds for start in self.starts if start.promise < threshold), self.seconds)


def search_task(arc: ArcTask, guide: Guide | None, budget: SearchBudget) -> Record:
    """Search a task and record the starts of its jobs."""
    starts: list[JobStart] = []
    started = time.perf_counter()
    run: Callable[..., Limit | None] = TransformSearch.run

    def record_and_run(
        search: TransformSearch, job: Job, limits: Limits, watch: Watcher | None = None, lifts: Lifts = NO_LIFTS
    ) -> Limit | None:
        starts.append(JobStart(time.perf_counter() - started, estimate_task_promise(job, lifts)))
        return run(search, job, limits, watch, lifts)

    prior = Prior.uniform(len(WIDE)) if guide is None else build_search_prior(guide, arc.task)
    with patch.object(TransformSearch, "run", record_and_run):
        outcome = solve(arc.task, WIDE, prior, budget)
    return Record(starts, time.perf_counter() - started, list_right_seconds(arc, outcome))


def list_right_seconds(arc: ArcTask, outcome: SearchOutcome) -> list[float]:
    """List when the first right answer to each test output was found, for those that have one."""
    right_seconds = []
    for test, (answer, attempts) in enumerate(zip(arc.answers or (), outcome.answers, strict=False)):
        candidates = [outcome.candidates[attempt.candidate] for attempt in attempts]
        grids = [(candidate.answers[test], candidate.seconds) for candidate in candidates]
        found = [seconds for grid, seconds in grids if grid is not None and is_equal(grid, answer)]
        right_seconds += [min(found)] if found else []
    return right_seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default="arc1-training-b")
    parser.add_argument("--first", type=int, default=1, help="number of the first task, from 0")
    parser.add_argument("--step", type=int, default=4, help="search every n-th task")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--unguided", action="store_true", help="search without the shipped guide")
    options = parser.parse_args()
    guide = None if options.unguided else load_shipped_guide(WIDE)
    budget = SearchBudget(nodes=options.nodes, seconds=options.seconds)
    tasks = open_tasks(options.tasks).tasks[options.first :: options.step]
    records = [search_task(arc, guide, budget) for arc in track(tasks)]
    table = Table("search.min_promise", "seconds", "right outputs", title=f"{len(tasks)} tasks of {options.tasks}")
    for threshold in THRESHOLDS:
        ends = [record.find_end(threshold) for record in records]
        right = sum(
            seconds <= end for record, end in zip(records, ends, strict=True) for seconds in record.right_seconds
        )
        table.add_row(str(threshold), f"{sum(ends):.0f}", str(right))
    Console().print(table)


if __name__ == "__main__":
    main()
