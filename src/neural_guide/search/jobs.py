"""Jobs of a search: its parts, and the right answers that each promises per second.

A search does the most promising job first. The promises are those of a greedy order on the ARC-1 training tasks: of
all jobs the one that gives the most right answers per second to the tasks that no earlier job answers, again and again
(docs/log.md; `benchmarks/job_promises.py` measures them).
"""

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple

from neural_guide.search.lifts import NO_LIFTS, Lifts, get_lift
from neural_guide.search.task_transforms import CANVAS_NAMES, ORIENTATION_NAMES

JobKind = Literal["programs", "layerings", "units", "cells", "lines", "after rules", "after programs"]
"""Kind of job.

programs: try programs until a number of nodes is spent. layerings: lay explored states over each other. units: fit
rules over one kind of units. cells, lines: fit rules that predict all cells at once, or line by line. after rules,
after programs: fit rules over the units of what another such rule, or one of the nearest programs, has made.
"""


class Job(NamedTuple):
    """A part of the search under one transform of a task.

    Attributes:
        transform: name of the transform, see `search.task_transforms`.
        kind: kind of job.
        word: kind of units; empty for other jobs.
        round: 0 for the first job of its kind, 1 for the next one, on more states.
    """

    transform: str
    kind: JobKind
    word: str = ""
    round: int = 0


_PROMISES: dict[JobKind, tuple[float, ...]] = {
    "programs": (2.0, 0.12, 0.1, 0.05, 0.03),
    "layerings": (0.25, 0.15, 0.08),
    "cells": (0.9, 0.05, 0.03),
    "lines": (0.3, 0.04, 0.02),
    "after rules": (0.065,),
    "after programs": (0.06, 0.03, 0.02),
}
"""Right answers per second of the first rounds of a job; of each later round two thirds of the one before it."""
_UNIT_PROMISES = {
    "object": 2.7,
    "colour": 1.9,
    "whole": 1.0,
    "shape": 0.8,
    "gap": 0.2,
    "panel": 0.2,
    "side object": 0.1,
    "side shape": 0.1,
    "row": 0.1,
    "column": 0.1,
}
_EXPLAINED_PROMISE = (
    12.0  # more than of any other job; of rules over objects where the transform alone explains the pairs
)
_LATER_SHARE = 2 / 3
_CANVAS_FACTOR, _ORIENTATION_FACTOR = 0.3, 0.06
_TRANSFORM_FACTORS = {
    "": 1.0,
    "background first": 4.0,
    "colours by rank": 1.6,
    "own backgrounds": 0.3,
    "own backgrounds, colours by rank": 0.1,
    "transposed": 0.03,
}
_TRANSFORM_FACTORS |= dict.fromkeys(CANVAS_NAMES, _CANVAS_FACTOR)
_TRANSFORM_FACTORS |= dict.fromkeys(ORIENTATION_NAMES, _ORIENTATION_FACTOR)
_RANKED_UNITS_FACTOR = 0.04  # beside the transform's own: few rules of units depend on the colours
_FORMS: dict[JobKind, str] = {
    "programs": "program",
    "layerings": "layering",
    "cells": "cells",
    "lines": "lines",
    "after rules": "stages",
    "after programs": "stages",
}
"""Form of the explanations that a job finds, see `search.words`."""
_LIFT_POWER = 0.5  # a guide is trusted by half: its lifts are those of drawn tasks
_MAX_LIFT = 4.0  # of a job, and the inverse of the lowest one: a guide delays a job and never rules it out


def choose_job(jobs: Iterable[Job], lifts: Lifts = NO_LIFTS) -> Job:
    """Choose the job that promises the most right answers per second, the first of equal ones.

    Args:
        jobs: jobs that can be done.
        lifts: lifts of words.
    """
    return max(jobs, key=lambda job: estimate_task_promise(job, lifts))


def estimate_task_promise(job: Job, lifts: Lifts) -> float:
    """Estimate the right answers per second of a job for the task that the lifts are of."""
    return estimate_promise(job) * compute_job_lift(job, lifts)


def compute_job_lift(job: Job, lifts: Lifts) -> float:
    """Compute how many times likelier than usual a job gives the answer, from the words that it may find."""
    group, name = ("unit", job.word) if job.kind == "units" else ("form", _FORMS[job.kind])
    lift = get_lift(lifts, group, name) * get_lift(lifts, "transform", job.transform)
    return min(max(math.pow(lift, _LIFT_POWER), 1 / _MAX_LIFT), _MAX_LIFT)


def estimate_promise(job: Job) -> float:
    """Estimate the right answers per second of a job, for a task that the jobs before it left unanswered."""
    factor = _TRANSFORM_FACTORS[job.transform]
    if job.kind == "units":
        return factor * _UNIT_PROMISES[job.word] * (_RANKED_UNITS_FACTOR if job.transform == "colours by rank" else 1)
    promises = _PROMISES[job.kind]
    later = max(0, job.round - len(promises) + 1)
    return factor * promises[min(job.round, len(promises) - 1)] * _LATER_SHARE**later
