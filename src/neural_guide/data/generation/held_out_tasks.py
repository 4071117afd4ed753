"""Held-out tasks, to measure a search on: their programs are in no training data.

Every rule of the generator holds (see `generator`): programs are minimal and canonical, and each step changes every
pair. Programs up to the generator's greatest length are compositions that `splits` holds out from training; longer
programs are never generated at all. The inputs come from random streams of their own, with one task for each input
set, so the tasks are independent of each other and of the training data.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Pair, Task
from neural_guide.data.format.records import Record, Violations, read_records, write_records
from neural_guide.data.generation import wide_targets
from neural_guide.data.generation.enumeration import Enumeration, LastStep
from neural_guide.data.generation.generator import load_input_source
from neural_guide.data.generation.long_targets import LongTargetSampler
from neural_guide.data.generation.quality import compute_complexity, compute_quality
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.targets import (
    ENUMERATION_DEPTH,
    LENGTH_SHARES,
    PrimitiveCounts,
    Target,
    TargetSampler,
    Weights,
)
from neural_guide.data.generation.wide_targets import is_wide
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import Program, replays
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.worker_pool import map_in_processes

TASKS_PER_BLOCK = 25  # seconds of work at length 5: short enough to share among processes
LONGEST = len(LENGTH_SHARES) + 1  # steps, one more than the generator's longest; a wide vocabulary has another limit
_DRAWS = 40  # from one input set; one composition in ten is held out
_REMEDY = "Delete the file: held-out tasks are generated again if they are missing."
_MAX_INPUT_SETS = 1000  # input sets without a target before a length is given up: seconds


class HeldOutTask(NamedTuple):
    """A task and its program.

    Attributes:
        task: pairs only, no test inputs.
        program: canonical and minimal, first step first.
        quality: the score that the generator gives its tasks, [0, 1].
    """

    task: Task
    program: Program
    quality: float


class _Job(NamedTuple):
    """Everything that decides the content of one block of tasks of one length."""

    length: int
    block: int
    n_tasks: int
    pairs: int
    seed: int
    test_share: float
    vocabulary: Vocabulary


def generate_held_out_tasks(
    per_length: int,
    lengths: Sequence[int] = (2, 3, 4, 5),
    *,
    pairs: int = 4,
    seed: int,
    test_share: float,
    processes: int = 1,
    on_progress: Callable[[int], None] = lambda _: None,
    vocabulary: Vocabulary = V2,
) -> list[HeldOutTask]:
    """Generate tasks of each length whose programs are never trained on, in the order of `lengths`.

    Args:
        per_length: number of tasks of each length, 1 or more.
        lengths: steps of the programs, from `list_held_out_lengths`; tasks of one length do not depend on the others.
        pairs: number of pairs in each task, 1 to 8.
        seed: seed of all random choices, 0 or more.
        test_share: share of compositions held out from training: `data.test_share` of the guide's training.
        processes: worker processes, 1 or more; 1 generates in this process. The tasks do not depend on it.
        on_progress: called with the number of tasks generated since the last call.
        vocabulary: primitives of the programs.

    Raises:
        ValueError: an argument is out of range.
        UserError: too few compositions are held out to find one, so use a larger `test_share`; or a worker process was
            killed from outside.
    """
    _check_arguments(per_length, lengths, pairs, seed, processes, vocabulary)
    jobs = [
        _Job(length, block, min(TASKS_PER_BLOCK, per_length - first), pairs, seed, test_share, vocabulary)
        for length in lengths
        for block, first in enumerate(range(0, per_length, TASKS_PER_BLOCK))
    ]
    all_tasks: list[HeldOutTask] = []
    for tasks in map_in_processes(_generate_block, jobs, processes, "one process"):
        all_tasks += tasks
        on_progress(len(tasks))
    return all_tasks


def write_held_out_tasks(path: Path, tasks: Sequence[HeldOutTask]) -> None:
    """Write the tasks as a dataset in the record format, whole or not at all."""
    write_records(path, (record for task in tasks for record in _make_records(task)))


def read_held_out_tasks(path: Path) -> list[HeldOutTask]:
    """Read tasks written by `write_held_out_tasks`, and replay their programs.

    Raises:
        UserError: the file is missing or damaged, or one of its programs does not make its outputs; delete the file to
            generate it again.
    """
    violations, tasks = Violations(), []
    for task_id, group in groupby(read_records(path, violations), key=lambda record: record.task_id):
        records = list(group)
        program = records[0].primitives
        task = Task(task_id, tuple(Pair(record.input, record.output) for record in records))
        is_program = all(name in PRIMITIVES for name in program) and len({record.primitives for record in records}) == 1
        if not is_program or not all(replays(program, pair) for pair in task.pairs):
            raise UserError(f"{path}: {' '.join(program)} does not make the outputs of {task_id}. {_REMEDY}")
        tasks.append(HeldOutTask(task, program, records[0].quality))
    if violations.n_set_aside:
        raise UserError(f"{violations.summarize()} {_REMEDY}")
    return tasks


def list_held_out_lengths(vocabulary: Vocabulary) -> tuple[int, ...]:
    """The program lengths available for held-out tasks, ascending from 2."""
    return tuple(range(2, 1 + (wide_targets.LONGEST if is_wide(vocabulary) else LONGEST)))


def name_held_out_file(
    per_length: int,
    lengths: Sequence[int],
    *,
    pairs: int,
    seed: int,
    test_share: float,
    vocabulary: Vocabulary = V2,
) -> str:
    """A file name for the tasks of these arguments; other arguments or primitives give another name."""
    steps = "".join(map(str, lengths))
    names = hashlib.blake2b(" ".join(vocabulary.names).encode(), digest_size=4).hexdigest()
    return f"held_out_{per_length}_of_{steps}_pairs{pairs}_seed{seed}_share{test_share:g}_{names}.json"


def _generate_block(job: _Job) -> list[HeldOutTask]:
    """Generate the tasks of a block; the result depends on the job alone."""
    # The generator seeds a block with [seed, number] and no spawn key; numpy keeps streams of different keys apart.
    rng = np.random.default_rng(np.random.SeedSequence(job.seed, spawn_key=(job.length, job.block)))
    counts = PrimitiveCounts(job.vocabulary)
    tasks: list[HeldOutTask] = []
    for number in range(job.block * TASKS_PER_BLOCK, job.block * TASKS_PER_BLOCK + job.n_tasks):
        inputs, target = _draw_task(job, counts.compute_need(), rng)
        counts.add(target.program)
        pairs = tuple(Pair(before, after) for before, after in zip(inputs, target.outputs, strict=True))
        quality = compute_quality(inputs, target.outputs, target.rivals, target.n_programs)
        tasks.append(HeldOutTask(Task(f"held_out_{job.length}_{number:05d}", pairs), target.program, quality))
    return tasks


def _draw_task(job: _Job, need: Weights, rng: np.random.Generator) -> tuple[Sequence[Grid], Target]:
    """Draw input sets until one has a target, and return both."""
    source = load_input_source(GeneratorSettings().arc_share)
    for _ in range(_MAX_INPUT_SETS):
        inputs = source.draw(job.pairs, rng)
        target = _draw_target(inputs, job, need, rng)
        if target is not None:
            return inputs, target
    raise UserError(
        f"No held-out program of {job.length} primitives was found on {_MAX_INPUT_SETS:,} sets of "
        f"inputs. The share held out is data.test_share={job.test_share}; use a larger one."
    )


def _draw_target(inputs: Sequence[Grid], job: _Job, need: Weights, rng: np.random.Generator) -> Target | None:
    """Draw a target of the job's length whose program is never trained on; None if a few draws find none."""
    wide = is_wide(job.vocabulary)
    enumeration = Enumeration(inputs, 1 if wide else min(job.length, ENUMERATION_DEPTH), job.vocabulary)
    last_step = LastStep(enumeration) if job.length > enumeration.depth else None
    if last_step and job.length == LONGEST:
        return LongTargetSampler(last_step, rng).draw(need)
    if last_step and job.length > enumeration.depth + 1:
        long_sampler = LongTargetSampler(last_step, rng, every_route=False)
        targets = (long_sampler.draw(need) for _ in range(_DRAWS))
    else:
        sampler = TargetSampler(enumeration, last_step, rng)
        targets = (sampler.draw(job.length, need) for _ in range(_DRAWS))
    return next((target for target in targets if target and is_held_out(target.program, job.test_share)), None)


def _make_records(held_out: HeldOutTask) -> Iterator[Record]:
    task, program, quality = held_out
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    complexity = compute_complexity(inputs, outputs, len(program))
    for pair in task.pairs:
        yield Record(pair.input, pair.output, program, quality, complexity, task.task_id)


def _check_arguments(
    per_length: int, lengths: Sequence[int], pairs: int, seed: int, processes: int, vocabulary: Vocabulary
) -> None:
    for name, value in (("per_length", per_length), ("processes", processes)):
        if value < 1:
            raise ValueError(f"{name} is {value}; allowed: 1 or more")
    allowed = list_held_out_lengths(vocabulary)
    if not set(lengths) <= set(allowed) or len(set(lengths)) < len(lengths):
        raise ValueError(f"lengths is {tuple(lengths)}; allowed: different lengths from 2 to {allowed[-1]}")
    if not 1 <= pairs <= 8:
        raise ValueError(f"pairs is {pairs}; allowed: 1 to 8")
    if seed < 0:
        raise ValueError(f"seed is {seed}; allowed: 0 or more")
