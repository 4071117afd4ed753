"""Data of a report: metrics of a run, and tasks worth a look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.search.unit_rules.units import Outline


@dataclass(frozen=True, eq=False)
class Prediction:
    """A task and the guide's prediction for it.

    Args:
        task_id: as in the dataset.
        pairs: input of the guide; at least one.
        program: the true primitives, in order if the order is known; None: unknown.
        probabilities: float32 [vocabulary], in [0, 1]; in the order of its vocabulary.
    """

    task_id: str
    pairs: tuple[Pair, ...]
    program: tuple[str, ...] | None
    probabilities: npt.NDArray[np.float32]


SET_ASIDE = "set aside"


@dataclass(frozen=True)
class TaskRow:
    """One task in results.csv; the columns in this order.

    Attributes:
        task: its id.
        solved: yes, no, unknown where the test outputs are not public, or `SET_ASIDE` where the task breaks a rule.
        attempts: number of different answers that explain the pairs, at most two.
        program: primitives in order, of the correct attempt, else of the first.
        nodes: nodes spent until that program was found, else in total.
        seconds: time until then, the guide's time included, else in total.
        reason: why the task is not solved; the place and the rule of a task that is set aside.
        outputs: number of test outputs.
        solved_outputs: number of them with a right attempt; None: they are not public.
        confidence_1: stated probability that the first attempt is correct, the least over the outputs; None: no such
            attempt.
        confidence_2: the same for the second attempt.
    """

    task: str
    solved: str
    attempts: int
    program: str
    nodes: int
    seconds: float
    reason: str
    outputs: int = 1
    solved_outputs: int | None = None
    confidence_1: float | None = None
    confidence_2: float | None = None


@dataclass(frozen=True)
class OutputRow:
    """One test output in outputs.csv; the columns in this order.

    Attributes:
        task: id of the task.
        output: number of the output in the task, from 1.
        solved: yes, no, or unknown where the output is not public.
        right_attempt: 1 or 2; None: neither.
        family: family of the explanation, of the right attempt, else of the first, see `search.candidates.Family`.
        program: that explanation in a line.
        nodes: nodes spent until it was found; None: there is no explanation.
        seconds: time until then, the guide's time included.
        confidence_1: stated probability that the first attempt is correct; None: no such attempt.
        confidence_2: the same for the second attempt.
    """

    task: str
    output: int
    solved: str
    right_attempt: int | None
    family: str
    program: str
    nodes: int | None
    seconds: float | None
    confidence_1: float | None
    confidence_2: float | None


class Solution(NamedTuple):
    """A program that explains a task, with the grids along it.

    Attributes:
        task_id: id of the task.
        program: names of the steps.
        states: `states[pair][step]`, the pair's input at step 0, the result of the last step at `len(program)`.
        outlines: `outlines[pair][step]`, the units to outline on that grid; empty for none.
    """

    task_id: str
    program: tuple[str, ...]
    states: Sequence[Sequence[Grid]]
    outlines: Sequence[Sequence[Outline | None]] = ()


class RealTaskSearch(NamedTuple):
    """Short searches for real tasks under one prior.

    Attributes:
        prior: name of the prior, for people.
        tasks: number of tasks searched.
        solved: number of them with a right answer.
        nodes: median nodes to the right answers; NaN: there is none.
    """

    prior: str
    tasks: int
    solved: int
    nodes: float


@dataclass(frozen=True, eq=False)
class SplitPredictions:
    """Every prediction of a split beside its labels.

    Args:
        split: `val`, ...
        probabilities: float32 [n, vocabulary], calibrated, in [0, 1].
        labels: bool [n, vocabulary].
    """

    split: str
    probabilities: npt.NDArray[np.float32]
    labels: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RunResults:
    """Everything that the report of a run shows; every field but the first four may be empty.

    Args:
        title: heading of the report.
        command: the line that repeats the run.
        vocabulary: order of every probability vector.
        metrics: flat, slash-separated, a split first: `val/f1_micro`, `val/ap/<primitive>`,
            `val/baseline/linear/f1_micro`, `val/length_2/exact_set`, `val/pairs_2/exact_set`; and without a split
            `train_seconds`, `samples_per_s`, `peak_rss_gib`, ... Splits are found by their `f1_micro`.
        history: CSV with the columns epoch, step and the logged names; None: nothing was trained.
        worst: validation tasks with the worst predictions.
        best: validation tasks with the best predictions.
        arc: real tasks, whose programs are unknown.
        solutions: solved tasks, with the grids along their programs.
        real_searches: the guide beside others on real tasks.
        facts: versions, commit, machine, by name.
        split_predictions: every prediction of the split that is examined.
        settings: resolved configuration by dotted key.
        stop_message: first line of the report of a stopped run: the signal and the step; empty otherwise.
        resume_command: the command that resumes a stopped run.
    """

    title: str
    command: str
    vocabulary: Vocabulary
    metrics: Mapping[str, float]
    history: Path | None = None
    worst: Sequence[Prediction] = ()
    best: Sequence[Prediction] = ()
    arc: Sequence[Prediction] = ()
    solutions: Sequence[Solution] = ()
    real_searches: Sequence[RealTaskSearch] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    split_predictions: SplitPredictions | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    stop_message: str = ""
    resume_command: str = ""
