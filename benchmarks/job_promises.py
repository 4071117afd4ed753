"""Right answers per second of each job of a search, in a greedy order.

The script runs every job on its own for each task, after the jobs that it needs. Then it orders the jobs greedily: the
next job is the one with the most right answers per second on the tasks that no earlier job answers. The second table
counts the tasks answered within some seconds, in that order and in the order of `search.jobs`. It has rows for the
tasks from which the order was computed, and rows for other tasks.

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

ROUNDS = 3  # rounds of programs, to 500, 1000 and 2000 nodes, and of the jobs that combine their results
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
MIN_SECONDS = 0.002  # lower bound on the seconds of a job on a task
UNANSWERED = 0.3  # right answers added to a job per 100 tasks, so that cheap jobs come first
SECONDS = (0.1, 0.2, 0.5, 1, 2, 5)


class Trial(NamedTuple):
    """CPU seconds of a job, and whether one of the two best explanations of its family is right for all tests."""

    seconds: float
    is_right: bool


Trials = dict[Job, Trial]
"""Trials of the jobs of one task."""


def try_jobs(arc: ArcTask) -> Trials:
    """Run every job of a task on its own."""
    trials: Trials = {}
    for transform in list_transforms(arc.task):
        for kind in FAMILIES:
            for word in SEGMENTATIONS if kind == "units" else ("",):
                trials |= _try_rounds(arc, transform, kind, word)
    return trials


def _try_rounds(arc: ArcTask, transform: TaskTransform, kind: JobKind, word: str) -> Trials:
    """Run the rounds of one job."""
    if (kind.startswith("after") and transform.name) or (kind == "units" and transform.grids.is_transposed):
        return {}
    settings = SearchSettings().resolve(extended=True)
    search = TransformSearch(transform, WIDE, Prior.uniform(len(WIDE)), settings, 4, time.perf_counter(), math.inf)
    trials: Trials = {}
    for round_number in range(1 if kind in ("units", "after rules") else ROUNDS):
        job = Job(transform.name, kind, word, round_number)
        for required_job in reversed(list_needs(job)):
            search.run(required_job, NO_LIMITS)
        started = time.process_time()
        search.run(job, NO_LIMITS)
        seconds = time.process_time() - started
        best_candidates = [candidate for candidate in search.candidates if FAMILIES[kind] in candidate.families][:2]
        trials[job] = Trial(seconds, any(arc.is_answered_by(candidate.answers) for candidate in best_candidates))
    return trials


def list_needs(job: Job) -> list[Job]:
    """List the jobs of the same round that a job needs, in reverse order of execution."""
    required_jobs: list[Job] = []
    while job.kind in NEEDS:
        job = job._replace(kind=NEEDS[job.kind])
        required_jobs.append(job)
    return required_jobs


def list_missing(job: Job, trials: Trials, finished_jobs: set[Job]) -> list[Job]:
    """List the jobs to run for a job: the unfinished ones that it needs, all earlier rounds of programs, and itself."""
    programs = [Job(job.transform, "programs", round=number) for number in range(job.round + 1)]
    required_jobs = [*programs, *list_needs(job)] if job.kind in NEEDS or job.kind == "programs" else []
    return [
        required_job
        for required_job in dict.fromkeys([*required_jobs, job])
        if required_job in trials and required_job not in finished_jobs
    ]


def order_greedily(tasks: Sequence[Trials]) -> dict[Job, float]:
    """Order jobs greedily; return the right answers per second of each one, in this order."""
    promises: dict[Job, float] = {}
    finished_jobs: list[set[Job]] = [set() for _ in tasks]
    unanswered_tasks = set(range(len(tasks)))
    jobs = set().union(*tasks)
    while jobs:
        values = {job: _measure_promise(job, tasks, finished_jobs, unanswered_tasks) for job in sorted(jobs)}
        best_job = max(values, key=lambda job: values[job])
        promises[best_job] = values[best_job]
        jobs.remove(best_job)
        for index in sorted(unanswered_tasks):
            missing_jobs = list_missing(best_job, tasks[index], finished_jobs[index])
            finished_jobs[index].update(missing_jobs)
            if any(tasks[index][job].is_right for job in missing_jobs):
                unanswered_tasks.remove(index)
    return promises


def _measure_promise(
    job: Job, tasks: Sequence[Trials], finished_jobs: Sequence[set[Job]], unanswered_tasks: set[int]
) -> float:
    """Measure the right answers per second of a job and those that it needs, on the unanswered tasks."""
    rows = [
        [tasks[index][missing_job] for missing_job in list_missing(job, tasks[index], finished_jobs[index])]
        for index in sorted(unanswered_tasks)
    ]
    rows = [row for row in rows if row]
    right_answers = sum(any(trial.is_right for trial in row) for row in rows) + UNANSWERED * len(rows) / 100
    return right_answers / (sum(trial.seconds for row in rows for trial in row) + MIN_SECONDS * (len(rows) + 1))


def time_answers(tasks: Sequence[Trials], order: Sequence[Job]) -> list[float]:
    """Measure the seconds until a right answer of each task; infinite without one."""
    times = []
    for trials in tasks:
        seconds, finished_jobs, answer_seconds = 0.0, set[Job](), math.inf
        for job in order:
            for missing_job in list_missing(job, trials, finished_jobs) if job in trials else ():
                finished_jobs.add(missing_job)
                seconds += trials[missing_job].seconds
                if trials[missing_job].is_right:
                    answer_seconds = min(answer_seconds, seconds)
        times.append(answer_seconds)
    return times


def tabulate_promises(promises: dict[Job, float]) -> Table:
    """Tabulate the order, with the measured promises and those of `search.jobs`."""
    table = Table("transform", "job", "round", "right per second", "search.jobs", title="promises in a greedy order")
    for job, promise in promises.items():
        name = f"{job.kind} {job.word}".strip()
        estimate = estimate_promise(job)
        table.add_row(job.transform or "identity", name, str(job.round), f"{promise:.3f}", f"{estimate:.3f}")
    return table


def tabulate_answers(sets: dict[str, list[Trials]], orders: dict[str, list[Job]]) -> Table:
    """Tabulate the number of tasks answered within some seconds, by order."""
    table = Table("tasks", "order", *(f"{seconds:g} s" for seconds in SECONDS), title="tasks answered within")
    for name, tasks in sets.items():
        for label, order in orders.items():
            times = np.array(time_answers(tasks, order))
            table.add_row(f"{name} ({len(tasks)})", label, *(str(int((times <= limit).sum())) for limit in SECONDS))
    return table


def main() -> None:
    """Run the jobs of both halves, and print both tables."""
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
