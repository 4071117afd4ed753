"""The generator: tasks with canonical, minimal programs, the same bytes for a seed on any machine.

One set of input grids is expanded breadth-first with every primitive (`tree.Tree`), and several
targets are drawn from the results, so a target's program is shortest by construction.

What holds for every task of vocabulary `v2`, exactly and for all lengths 1 to 4 (for `wide` see `wide_targets`):

- minimal: no shorter program over the vocabulary makes all outputs;
- canonical: of the equally short programs it is the first, compared step by step in vocabulary order;
- every step changes the grid of every pair, and no pair's output equals its input;
- the inputs differ from each other; no output is blank, at most half of them have a single colour, and
  they are not all the same (where there are two pairs or more).

Work is cut into numbered blocks with a random stream each, so the split over processes changes nothing.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from neural_guide.app.settings import check_settings
from neural_guide.arc.grid import Grid
from neural_guide.data.format.records import Record, encode_record
from neural_guide.data.generation.input_sets import InputSource
from neural_guide.data.generation.quality import complexity, quality
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.statistics import Tally
from neural_guide.data.generation.targets import Balance, Target, draw_targets
from neural_guide.data.generation.wide_targets import draw_wide_targets, too_wide
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.worker_pool import map_in_processes

TASKS_PER_BLOCK = 240  # about a second of work: fine enough to share out and to show progress


class Block(NamedTuple):
    """One finished piece of work: encoded records and their counts."""

    lines: list[bytes]
    tally: Tally


def generate_records(
    settings: GeneratorSettings,
    *,
    seed: int = 0,
    dsl: str = "v2",
    processes: int = 1,
    on_progress: Callable[[int], None] = lambda _: None,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """The records of the dataset, encoded, in order; memory does not grow with their number.

    Args:
        settings: what to generate.
        seed: of all random choices, 0 or more.
        dsl: vocabulary of the programs: v2, or wide, whose programs have three steps at most.
        processes: workers beside this process, 1 or more; 1 works in this process. Same bytes for all.
        on_progress: called with the number of records made since the last call.
        tally: counts what was made, where given; complete when the iterator ends.

    Raises:
        UserError: a setting is out of range, or a worker process was ended from outside.
    """
    _check(settings, seed, processes)
    numbers = range(-(-_tasks(settings) // TASKS_PER_BLOCK))
    blocks = map_in_processes(
        partial(make_block, settings, seed=seed, dsl=dsl), numbers, processes, "generate.processes=1"
    )
    for block in blocks:
        if tally is not None:
            tally.merge(block.tally)
        on_progress(len(block.lines))
        yield from block.lines


def make_block(settings: GeneratorSettings, number: int, *, seed: int = 0, dsl: str = "v2") -> Block:
    """One block of tasks: a function of its arguments alone."""
    first = number * TASKS_PER_BLOCK
    wanted = min(TASKS_PER_BLOCK, _tasks(settings) - first)
    rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
    vocabulary = get_vocabulary(dsl)
    source, balance, tally = input_source(settings.arc_share), Balance(vocabulary), Tally()
    draw = partial(draw_wide_targets if too_wide(vocabulary) else draw_targets, vocabulary=vocabulary)
    lines: list[bytes] = []
    while True:
        inputs = source.draw(settings.pairs_per_task, rng)
        for target in draw(inputs, settings.max_length, balance, rng):
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


@lru_cache(maxsize=1)
def input_source(arc_share: float) -> InputSource:
    """The inputs of generated tasks; the ARC grids are read once a process."""
    return InputSource(arc_share)


def _tasks(settings: GeneratorSettings) -> int:
    return -(-settings.samples // settings.pairs_per_task)


def _check(settings: GeneratorSettings, seed: int, processes: int) -> None:
    check_settings(settings, "generate.")
    if seed < 0:
        raise UserError(f"seed={seed} is out of range. Allowed: 0 or more.")
    if processes < 1:
        raise UserError(f"generate.processes={processes} is out of range. Allowed: 1 or more.")
