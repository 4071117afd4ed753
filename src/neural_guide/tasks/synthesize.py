"""The generator: tasks with canonical, minimal programs, the same bytes for a seed on any machine.

One set of input grids is expanded breadth-first with every primitive (`tree.Tree`), and several
targets are drawn from the results, so a target's program is shortest by construction.

What holds for every task, exactly and for all lengths 1 to 4:

- minimal: no shorter program over the vocabulary makes all outputs;
- canonical: of the equally short programs it is the first, compared step by step in vocabulary order;
- every step changes the grid of every pair, and no pair's output equals its input;
- the inputs differ from each other; no output is blank, at most half of them have a single colour, and
  they are not all the same (where there are two pairs or more).

Work is cut into numbered blocks with a random stream each, so the split over processes changes nothing.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from neural_guide.errors import UserError
from neural_guide.grid import Grid
from neural_guide.tasks.inputs import InputSource
from neural_guide.tasks.quality import complexity, quality
from neural_guide.tasks.records import Record, encode_record
from neural_guide.tasks.statistics import Tally
from neural_guide.tasks.targets import Balance, Target, draw_targets
from neural_guide.tasks.workers import worker_pool

TASKS_PER_BLOCK = 240  # about a second of work: fine enough to share out and to show progress
BLOCKS_AHEAD = 2  # blocks under way or waiting, for each process: bounds the memory


@dataclass(frozen=True)
class GeneratorSettings:
    """What is generated. Equal settings give equal bytes.

    Attributes:
        samples: records, 1 or more; the last task is cut short where they are no multiple of the pairs.
        pairs_per_task: records of one program, 1 to 8.
        max_length: most primitives in a program, 1 to 4.
        arc_share: share of input sets taken from ARC-1 training grids, [0, 1]; the rest is procedural.
        seed: of all random choices, 0 or more.
    """

    samples: int = 100_000
    pairs_per_task: int = 4
    max_length: int = 4
    arc_share: float = 0.5
    seed: int = 0


class Block(NamedTuple):
    """One finished piece of work: encoded records and their counts."""

    lines: list[bytes]
    tally: Tally


def synthesize(
    settings: GeneratorSettings,
    *,
    processes: int,
    on_progress: Callable[[int], None] = lambda _: None,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """The records of the dataset, encoded, in order; memory does not grow with their number.

    Args:
        settings: what to generate.
        processes: workers beside this process, 1 or more; 1 works in this process. Same bytes for all.
        on_progress: called with the number of records made since the last call.
        tally: counts what was made, where given; complete when the iterator ends.

    Raises:
        ValueError: a setting is out of range.
        UserError: a worker process was ended from outside.
    """
    _check(settings, processes)
    numbers = range(-(-_tasks(settings) // TASKS_PER_BLOCK))
    blocks = (
        (make_block(settings, number) for number in numbers)
        if min(processes, len(numbers)) == 1
        else _in_processes(settings, numbers, min(processes, len(numbers)))
    )
    for block in blocks:
        if tally is not None:
            tally.merge(block.tally)
        on_progress(len(block.lines))
        yield from block.lines


def make_block(settings: GeneratorSettings, number: int) -> Block:
    """One block of tasks: a function of the settings and the block's number alone."""
    first = number * TASKS_PER_BLOCK
    wanted = min(TASKS_PER_BLOCK, _tasks(settings) - first)
    rng = np.random.default_rng(np.random.SeedSequence([settings.seed, number]))
    source, balance, tally = _source(settings.arc_share), Balance(), Tally()
    lines: list[bytes] = []
    while True:
        inputs = source.draw(settings.pairs_per_task, rng)
        for target in draw_targets(inputs, settings.max_length, balance, rng):
            balance.add(target.program)
            room = settings.samples - (first + tally.tasks) * settings.pairs_per_task
            records = _records(inputs, target, f"synthetic_{first + tally.tasks:06d}")[:room]
            tally.add_task(records)
            lines += map(encode_record, records)
            if tally.tasks == wanted:
                return Block(lines, tally)


def _records(inputs: tuple[Grid, ...], target: Target, task_id: str) -> list[Record]:
    score = quality(inputs, target.outputs, target.rivals, target.programs)
    effort = complexity(inputs, target.outputs, len(target.program))
    return [
        Record(before, after, target.program, score, effort, task_id)
        for before, after in zip(inputs, target.outputs, strict=True)
    ]


def _in_processes(settings: GeneratorSettings, numbers: range, processes: int) -> Iterator[Block]:
    """Blocks in order, made by worker processes a few blocks ahead."""
    pool = worker_pool(processes)
    pending: deque[Future[Block]] = deque()
    try:
        for number in numbers:
            pending.append(pool.submit(make_block, settings, number))
            if len(pending) >= BLOCKS_AHEAD * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise UserError(
            "A worker of the generator was ended from outside, most often for want of memory; each needs "
            "about 0.2 GiB. Nothing was written. Use fewer with generate.processes=1."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@lru_cache(maxsize=1)
def _source(arc_share: float) -> InputSource:
    """The ARC grids, read once a process."""
    return InputSource(arc_share)


def _tasks(settings: GeneratorSettings) -> int:
    return -(-settings.samples // settings.pairs_per_task)


def _check(settings: GeneratorSettings, processes: int) -> None:
    limits = {"samples": (1, None), "pairs_per_task": (1, 8), "max_length": (1, 4), "arc_share": (0, 1)}
    for name, (low, high) in (limits | {"seed": (0, None)}).items():
        value = getattr(settings, name)
        if value < low or (high is not None and value > high):
            allowed = f"{low} or more" if high is None else f"{low} to {high}"
            raise ValueError(f"{name} is {value}; allowed: {allowed}")
    if processes < 1:
        raise ValueError(f"processes is {processes}; allowed: 1 or more")
