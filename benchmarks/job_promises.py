"""Right answers per second of each job of a search, in a greedy order.

Every job is done on its own for each task, after the jobs that it needs. Then jobs are put in order: again and again
the one that gives the most right answers per second to the tasks that none before it answers. The second table says
how many tasks are answered within some seconds in that order and in the one of `search.jobs`, on the tasks that the
order was made from and on others.

    python benchmarks/job_promises.py                         # every fourth task of half A, checked on half B
    python benchmarks/job_promises.py --step 1                # all of them: about an hour on one core
"""

import argparse
import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from neural_guide.arc.collections import ArcTask
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.search.candidates import Family
from neural_guide.search.jobs import Job, JobKind, estimate_promise
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchSettings
from neural_guide.search.task_transforms import TaskTransform, list_transforms
from neural_guide.search.transform_search import Limits, TransformSearch
from neural_guide.search.unit_rules.units import SEGMENTATIONS

ROUNDS = 3  # of programs, to 500, 1000 and 2000 nodes, and of what combines their results
FAMILIES: dict[JobKind, Family] = {
    "programs": "program",
    "layerings": "layering",
    "cells": "cells",
    "lines": "lines",
    "units": "units",
    "after rules": "units",
    "after programs": "units",
}
NEEDS: dict[JobKind, JobKind] = {
    "layerings": "programs",
    "cells": "programs",
    "lines": "cells",
    "after programs": "programs",
}
NO_LIMITS = Limits(nodes=10**9, other_nodes=0, end=math.inf, nbytes=math.inf)
MIN_SECONDS = 0.002  # of a job of a task
UNANSWERED = 0.3  # right answers that a job counts as having given to 100 tasks more, so that cheap ones come first
SECONDS = (0.1, 0.2, 0.5, 1, 2, 5)


class Trial(NamedTuple):
    """CPU seconds of a job, and whether one of the two best explanations of its family is right for all tests."""

    seconds: float
    is_right: bool


Trials = dict[Job, Trial]
"""Jobs of one task."""


def try_jobs(arc: ArcTask) -> Trials:
    """Do every job of a task on its own."""
    trials: Trials = {}
    for transform in list_transforms(arc.task):
        for kind in FAMILIES:
            for word in SEGMENTATIONS if kind == "units" else ("",):
                trials |= _try(arc, transform, kind, word)
    return trials


def _try(arc: ArcTask, transform: TaskTransform, kind: JobKind, word: str) -> Trials:
    """Do the rounds of one job."""
    if (kind.startswith("after") and transform.name) or (kind == "units" and transform.grids.is_transposed):
        return {}
    settings = SearchSettings().resolve(extended=True)
    search = TransformSearch(transform, WIDE, Prior.uniform(len(WIDE)), settings, 4, time.perf_counter(), math.inf)
    trials: Trials = {}
    for round_ in range(1 if kind in ("units", "after rules") else ROUNDS):
        job = Job(transform.name, kind, word, round_)
        for needed in reversed(list_needs(job)):
            search.run(needed, NO_LIMITS)
        started = time.process_time()
        search.run(job, NO_LIMITS)
        seconds = time.process_time() - started
        best = [entry for entry in search.candidates if FAMILIES[kind] in entry.families][:2]
        trials[job] = Trial(seconds, any(arc.is_answered_by(entry.answers) for entry in best))
    return trials


def list_needs(job: Job) -> list[Job]:
    """List the jobs of the same round that a job needs, the last one first."""
    needs: list[Job] = []
    while job.kind in NEEDS:
        job = job._replace(kind=NEEDS[job.kind])
        needs.append(job)
    return needs


def list_due(job: Job, trials: Trials, done: set[Job]) -> list[Job]:
    """List a job with those that it needs and that are not done: for programs, all earlier rounds too."""
    programs = [Job(job.transform, "programs", round=number) for number in range(job.round + 1)]
    needed = [*programs, *list_needs(job)] if job.kind in NEEDS or job.kind == "programs" else []
    return [entry for entry in dict.fromkeys([*needed, job]) if entry in trials and entry not in done]


def order_greedily(tasks: Sequence[Trials]) -> dict[Job, float]:
    """Put jobs in order; returns the right answers per second of each at its place."""
    promises: dict[Job, float] = {}
    done: list[set[Job]] = [set() for _ in tasks]
    left = set(range(len(tasks)))
    jobs = set().union(*tasks)
    while jobs:
        values = {job: _measure_promise(job, tasks, done, left) for job in sorted(jobs)}
        chosen = max(values, key=lambda job: values[job])
        promises[chosen] = values[chosen]
        jobs.remove(chosen)
        for index in sorted(left):
            due = list_due(chosen, tasks[index], done[index])
            done[index].update(due)
            if any(tasks[index][job].is_right for job in due):
                left.remove(index)
    return promises


def _measure_promise(job: Job, tasks: Sequence[Trials], done: Sequence[set[Job]], left: set[int]) -> float:
    """Measure the right answers per second of a job, with those that it needs, for the tasks that are left."""
    rows = [[tasks[index][entry] for entry in list_due(job, tasks[index], done[index])] for index in sorted(left)]
    rows = [row for row in rows if row]
    right = sum(any(trial.is_right for trial in row) for row in rows) + UNANSWERED * len(rows) / 100
    return right / (sum(trial.seconds for row in rows for trial in row) + MIN_SECONDS * (len(rows) + 1))


def time_answers(tasks: Sequence[Trials], order: Sequence[Job]) -> list[float]:
    """Measure for each task the seconds until a right answer; infinite without one."""
    times = []
    for trials in tasks:
        seconds, done, answered = 0.0, set[Job](), math.inf
        for job in order:
            for entry in list_due(job, trials, done) if job in trials else ():
                done.add(entry)
                seconds += trials[entry].seconds
                if trials[entry].is_right:
                    answered = min(answered, seconds)
        times.append(answered)
    return times


def tabulate_promises(promises: dict[Job, float]) -> Table:
    """The order, with the promises measured and those of `search.jobs`."""
    table = Table("transform", "job", "round", "right per second", "search.jobs", title="promises in a greedy order")
    for job, promise in promises.items():
        name = f"{job.kind} {job.word}".strip()
        estimate = estimate_promise(job)
        table.add_row(job.transform or "identity", name, str(job.round), f"{promise:.3f}", f"{estimate:.3f}")
    return table


def tabulate_answers(sets: dict[str, list[Trials]], orders: dict[str, list[Job]]) -> Table:
    """Tasks answered within some seconds, by order."""
    table = Table("tasks", "order", *(f"{seconds:g} s" for seconds in SECONDS), title="tasks answered within")
    for name, tasks in sets.items():
        for label, order in orders.items():
            times = np.array(time_answers(tasks, order))
            table.add_row(f"{name} ({len(tasks)})", label, *(str(int((times <= limit).sum())) for limit in SECONDS))
    return table


def main() -> None:
    """Try the jobs of both halves, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=int, default=4, help="every how many-th task")
    parser.add_argument(
        "--tasks", nargs=2, default=["arc1-training-a", "arc1-training-b"], help="made from, checked on"
    )
    arguments = parser.parse_args()
    sets: dict[str, list[Trials]] = {}
    for name in arguments.tasks:
        tasks = open_tasks(name).tasks[:: arguments.step]
        try_jobs(tasks[0])  # compiles
        sets[name] = [try_jobs(arc) for arc in track(tasks, name)]
    promises = order_greedily(sets[arguments.tasks[0]])
    ours = sorted(promises, key=estimate_promise, reverse=True)
    console = Console(width=120)
    console.print(tabulate_promises(promises))
    console.print(tabulate_answers(sets, {"greedy": list(promises), "search.jobs": ours}))


if __name__ == "__main__":
    main()
