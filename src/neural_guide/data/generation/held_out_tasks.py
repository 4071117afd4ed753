"""Held-out tasks: what a search is measured on, with programs that no training data has.

They keep every rule of the generator (see `generate_records`): minimal, canonical, each step changes every pair.
Up to the generator's longest programs, a program is one that `splits` keeps from training; longer ones are
never generated at all. The inputs come from random streams of their own, one task from each input set, so
that tasks are independent of each other and of the training data.
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
from neural_guide.data.generation.enumeration import LastStep, Tree
from neural_guide.data.generation.generator import input_source
from neural_guide.data.generation.long_targets import LongDraws
from neural_guide.data.generation.quality import complexity, quality
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.targets import LENGTH_SHARES, TREE_DEPTH, Draws, Target, Uses, Weights
from neural_guide.data.generation.wide_targets import too_wide
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import Program, replays
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.worker_pool import map_in_processes

TASKS_PER_BLOCK = 25  # seconds of work at length 5: fine enough to share out
LONGEST = len(LENGTH_SHARES) + 1  # steps; one more than the generator's, but for a wide vocabulary
_DRAWS = 40  # of one input set; one composition in ten is kept from training
_AGAIN = "Delete the file: held-out tasks are made again where they are missing."
_PATIENCE = 1000  # input sets without a task before a length is given up: seconds


class HeldOutTask(NamedTuple):
    """A task and the program behind it.

    Attributes:
        task: pairs only; no test inputs.
        program: canonical and minimal, first step first.
        quality: as the generator scores its tasks, [0, 1].
    """

    task: Task
    program: Program
    quality: float


class _Job(NamedTuple):
    """A block of tasks of one length: all that decides its content."""

    length: int
    block: int
    wanted: int
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
    """Tasks of each length whose programs are never trained on, in the order of `lengths`.

    Args:
        per_length: tasks of each length, 1 or more.
        lengths: steps of the programs, from `list_held_out_lengths`; tasks of one length do not depend on the others.
        pairs: of each task, 1 to 8.
        seed: of all random choices, 0 or more.
        test_share: share of compositions kept from training, as in `data.test_share` of the guide's training.
        processes: workers, 1 or more; 1 works in this process. The same tasks for all.
        on_progress: called with the number of tasks made since the last call.
        vocabulary: what programs are made of.

    Raises:
        ValueError: an argument is out of range.
        UserError: so few compositions are kept that none is found, or a worker was ended from outside.
    """
    _check(per_length, lengths, pairs, seed, processes, vocabulary)
    jobs = [
        _Job(length, block, min(TASKS_PER_BLOCK, per_length - first), pairs, seed, test_share, vocabulary)
        for length in lengths
        for block, first in enumerate(range(0, per_length, TASKS_PER_BLOCK))
    ]
    made: list[HeldOutTask] = []
    for tasks in map_in_processes(_make_block, jobs, processes, "one process"):
        made += tasks
        on_progress(len(tasks))
    return made


def write_held_out_tasks(path: Path, tasks: Sequence[HeldOutTask]) -> None:
    """Write the tasks as a dataset of the record format; whole or not at all."""
    write_records(path, (record for task in tasks for record in _records(task)))


def read_held_out_tasks(path: Path) -> list[HeldOutTask]:
    """The tasks that `write_held_out_tasks` wrote.

    Raises:
        UserError: the file is missing or damaged, or one of its programs does not make its outputs.
    """
    violations, tasks = Violations(), []
    for task_id, group in groupby(read_records(path, violations), key=lambda record: record.task_id):
        records = list(group)
        program = records[0].primitives
        task = Task(task_id, tuple(Pair(record.input, record.output) for record in records))
        known = all(name in PRIMITIVES for name in program) and len({record.primitives for record in records}) == 1
        if not known or not all(replays(program, pair) for pair in task.pairs):
            raise UserError(f"{path}: {' '.join(program)} does not make the outputs of {task_id}. {_AGAIN}")
        tasks.append(HeldOutTask(task, program, records[0].quality))
    if violations.n_set_aside:
        raise UserError(f"{violations.summarize()} {_AGAIN}")
    return tasks


def list_held_out_lengths(vocabulary: Vocabulary) -> tuple[int, ...]:
    """The lengths of programs that there are held-out tasks of: two steps and more."""
    return tuple(range(2, 1 + (wide_targets.LONGEST if too_wide(vocabulary) else LONGEST)))


def name_held_out_file(
    per_length: int,
    lengths: Sequence[int],
    *,
    pairs: int,
    seed: int,
    test_share: float,
    vocabulary: Vocabulary = V2,
) -> str:
    """A file name for the tasks of these arguments; other arguments, or other primitives, give another name."""
    steps = "".join(map(str, lengths))
    names = hashlib.blake2b(" ".join(vocabulary.names).encode(), digest_size=4).hexdigest()
    return f"held_out_{per_length}_of_{steps}_pairs{pairs}_seed{seed}_share{test_share:g}_{names}.json"


def _make_block(job: _Job) -> list[HeldOutTask]:
    """The tasks of a block: a function of the job alone."""
    # The generator seeds a block with [seed, number] and no spawn key; numpy keeps streams of different keys apart.
    rng = np.random.default_rng(np.random.SeedSequence(job.seed, spawn_key=(job.length, job.block)))
    uses = Uses(job.vocabulary)
    made: list[HeldOutTask] = []
    for number in range(job.block * TASKS_PER_BLOCK, job.block * TASKS_PER_BLOCK + job.wanted):
        inputs, target = _next(job, uses.need(), rng)
        uses.add(target.program)
        pairs = tuple(Pair(before, after) for before, after in zip(inputs, target.outputs, strict=True))
        score = quality(inputs, target.outputs, target.rivals, target.programs)
        made.append(HeldOutTask(Task(f"held_out_{job.length}_{number:05d}", pairs), target.program, score))
    return made


def _next(job: _Job, need: Weights, rng: np.random.Generator) -> tuple[Sequence[Grid], Target]:
    """New inputs and a target for them; input sets without one are dropped."""
    source = input_source(GeneratorSettings().arc_share)
    for _ in range(_PATIENCE):
        inputs = source.draw(job.pairs, rng)
        target = _target(inputs, job, need, rng)
        if target is not None:
            return inputs, target
    raise UserError(
        f"No program of {job.length} primitives that is kept from training was found on {_PATIENCE:,} sets of "
        f"inputs. The share kept is data.test_share={job.test_share}; use a larger one."
    )


def _target(inputs: Sequence[Grid], job: _Job, need: Weights, rng: np.random.Generator) -> Target | None:
    """A target of the job's length whose program is never trained on, or None where a few draws find none."""
    wide = too_wide(job.vocabulary)
    tree = Tree(inputs, 1 if wide else min(job.length, TREE_DEPTH), job.vocabulary)
    last = LastStep(tree) if job.length > tree.depth else None
    if last and job.length == LONGEST:
        return LongDraws(last, rng).draw(need)
    if last and job.length > tree.depth + 1:
        long_draws = LongDraws(last, rng, every_way=False)
        drawn = (long_draws.draw(need) for _ in range(_DRAWS))
    else:
        draws = Draws(tree, last, rng)
        drawn = (draws.draw(job.length, need) for _ in range(_DRAWS))
    return next((made for made in drawn if made and is_held_out(made.program, job.test_share)), None)


def _records(held_out: HeldOutTask) -> Iterator[Record]:
    task, program, score = held_out
    inputs, outputs = [pair.input for pair in task.pairs], [pair.output for pair in task.pairs]
    effort = complexity(inputs, outputs, len(program))
    for pair in task.pairs:
        yield Record(pair.input, pair.output, program, score, effort, task.task_id)


def _check(
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
