"""Generator of tasks with canonical, minimal programs: the same bytes for a seed on any machine.

Each input set is expanded breadth-first with every primitive (`enumeration.Enumeration`), and several targets are drawn
from the results. So the program of a target is the shortest by construction.

These properties hold for every task of vocabulary `v2`, exactly, and for all lengths 1 to 4 (for `wide` see
`wide_targets`):

- minimal: no shorter program over the vocabulary makes all outputs;
- canonical: it is the first of the equally short programs, compared step by step in vocabulary order;
- every step changes the grid of every pair, and no pair's output equals its input;
- the inputs differ from each other; no output is blank, at most half of the outputs have a single colour, and they are
  not all the same (in tasks of two pairs or more).

Tasks are generated in numbered blocks, each with a random stream of its own. So the result does not depend on the
number of processes.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

import numpy as np

from neural_guide.app.settings import check_settings
from neural_guide.arc.collections import COLLECTIONS
from neural_guide.arc.grid import Grid
from neural_guide.data.format.records import Record, encode_record
from neural_guide.data.generation.input_sets import InputSource
from neural_guide.data.generation.language.draws import LanguageSource
from neural_guide.data.generation.quality import compute_complexity, compute_quality
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.statistics import Tally
from neural_guide.data.generation.targets import Balance, draw_targets
from neural_guide.data.generation.wide_targets import draw_wide_targets, is_wide
from neural_guide.dsl.vocabulary import WIDE, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.ray_cluster import RAY
from neural_guide.runtime.worker_pool import map_in_processes

LANGUAGE_DSL = "language"
"""Name of the whole language, where that of a vocabulary of programs may stand."""
TASKS_PER_BLOCK = 240  # about a second of work: short enough to share among processes and to show progress


class Block(NamedTuple):
    """Records of one block, encoded, and their counts."""

    lines: list[bytes]
    tally: Tally


def generate_records(
    settings: GeneratorSettings,
    *,
    seed: int = 0,
    dsl: str = "v2",
    processes: int | str = 1,
    on_progress: Callable[[int], None] = lambda _: None,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """Generate the records of a dataset, encoded, in order; memory does not grow with their number.

    Args:
        settings: number of records, and properties of the tasks.
        seed: seed of all random choices, 0 or more.
        dsl: vocabulary of the programs: v2; wide, whose programs have at most three steps; or `LANGUAGE_DSL`. Tasks of
            the language may have fewer than `pairs_per_task` pairs.
        processes: worker processes, 1 or more; 1 generates in this process, `ray` in those of a Ray cluster. The bytes
            do not depend on it.
        on_progress: called with the number of records generated since the last call.
        tally: counts to add the records to; complete when the iterator ends. None counts nothing.

    Raises:
        UserError: a setting is out of range, or a worker process was killed from outside.
    """
    _check_arguments(settings, seed, processes)
    numbers = range(-(-_count_tasks(settings) // TASKS_PER_BLOCK))
    blocks = map_in_processes(
        partial(generate_block, settings, seed=seed, dsl=dsl), numbers, processes, "generate.processes=1"
    )
    for block in blocks:
        if tally is not None:
            tally.merge(block.tally)
        on_progress(len(block.lines))
        yield from block.lines


def generate_block(settings: GeneratorSettings, number: int, *, seed: int = 0, dsl: str = "v2") -> Block:
    """Generate one block of tasks; the result depends on the arguments alone."""
    first = number * TASKS_PER_BLOCK
    n_tasks = min(TASKS_PER_BLOCK, _count_tasks(settings) - first)
    rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
    draws = _draw_language(settings, rng) if dsl == LANGUAGE_DSL else _draw_programs(settings, rng, dsl)
    tally, lines = Tally(), list[bytes]()
    for drawn in islice(draws, n_tasks):
        room = min(settings.samples - (first + tally.tasks) * settings.pairs_per_task, settings.pairs_per_task)
        records = _make_records(drawn, f"synthetic_{first + tally.tasks:06d}")[:room]
        tally.add_task(records)
        lines += map(encode_record, records)
    return Block(lines, tally)


class _DrawnTask(NamedTuple):
    """Pairs, labels and scores of a task."""

    inputs: Sequence[Grid]
    outputs: Sequence[Grid]
    names: tuple[str, ...]
    quality: float
    complexity: float


def _draw_programs(settings: GeneratorSettings, rng: np.random.Generator, dsl: str) -> Iterator[_DrawnTask]:
    """Draw tasks of programs, without end."""
    vocabulary = get_vocabulary(dsl)
    source, balance = load_input_source(settings.arc_share), Balance(vocabulary)
    draw = partial(draw_wide_targets if is_wide(vocabulary) else draw_targets, vocabulary=vocabulary)
    while True:
        inputs = source.draw(settings.pairs_per_task, rng)
        for target in draw(inputs, settings.max_length, balance, rng):
            balance.add(target.program)
            quality = compute_quality(inputs, target.outputs, target.rivals, target.n_programs)
            complexity = compute_complexity(inputs, target.outputs, len(target.program))
            yield _DrawnTask(inputs, target.outputs, target.program, quality, complexity)


def _draw_language(settings: GeneratorSettings, rng: np.random.Generator) -> Iterator[_DrawnTask]:
    """Draw tasks of the whole language, without end; rivals of an explanation are not counted."""
    source = LanguageSource(
        load_input_source(settings.arc_share), settings.pairs_per_task, settings.learn_from, Balance(WIDE), rng
    )
    while True:
        for inputs, outputs, words in source.draw():
            quality = compute_quality(inputs, outputs, [0] * len(inputs), 1)
            yield _DrawnTask(inputs, outputs, words, quality, compute_complexity(inputs, outputs, len(words)))


def _make_records(drawn: _DrawnTask, task_id: str) -> list[Record]:
    return [
        Record(before, after, drawn.names, drawn.quality, drawn.complexity, task_id)
        for before, after in zip(drawn.inputs, drawn.outputs, strict=True)
    ]


@lru_cache(maxsize=1)
def load_input_source(arc_share: float) -> InputSource:
    """Load the source of input sets; the ARC grids are read once in each process."""
    return InputSource(arc_share)


def _count_tasks(settings: GeneratorSettings) -> int:
    return -(-settings.samples // settings.pairs_per_task)


def _check_arguments(settings: GeneratorSettings, seed: int, processes: int | str) -> None:
    check_settings(settings, "generate.")
    if seed < 0:
        raise UserError(f"seed={seed} is out of range. Allowed: 0 or more.")
    if settings.learn_from not in (None, *COLLECTIONS):
        raise UserError(
            f"generate.learn_from={settings.learn_from} is no collection. Allowed: {', '.join(COLLECTIONS)} or null."
        )
    is_allowed = processes == RAY if isinstance(processes, str) else processes >= 1
    if not is_allowed:
        raise UserError(f"generate.processes={processes} is out of range. Allowed: 1 or more, or {RAY}.")
