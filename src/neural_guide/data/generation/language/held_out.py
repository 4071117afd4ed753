"""Held-out tasks of the whole language: drawn by the grammar of training from random streams of their own."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task import Pair, Task
from neural_guide.data.generation.generator import load_input_source
from neural_guide.data.generation.language.draws import DRAWN_SHARES, LanguageSource
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.targets import Balance
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.runtime.worker_pool import map_in_processes
from neural_guide.search.lifts import build_word

_PAIRS = 4  # the last one is the test
_FORMS = ("stages", "units", "layering", "lines", "cells", "program")
"""Forms in the order in which one of them names the group of a task: a rule with stages is one over units too."""


class HeldOutLanguageTask(NamedTuple):
    """A task with one test, and the form of its explanation."""

    arc_task: ArcTask
    form: str


def generate_held_out_language_tasks(count: int, seed: int, processes: int) -> Iterator[HeldOutLanguageTask]:
    """Generate tasks, each from a stream of its own, so that they depend on the seed and their number alone.

    Tasks that a search had to solve are not among them: they would favour the search that solved them.

    Args:
        count: number of tasks.
        seed: seed apart from those of training.
        processes: worker processes, 1 or more.
    """
    return map_in_processes(partial(_draw_task, seed), range(count), processes, "workers=1")


def _draw_task(seed: int, number: int) -> HeldOutLanguageTask:
    # Training seeds its blocks without a spawn key; numpy keeps streams of different keys apart.
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    inputs = load_input_source(GeneratorSettings().arc_share)
    source = LanguageSource(inputs, _PAIRS, None, Balance(WIDE), rng, DRAWN_SHARES)
    while True:
        targets = list(source.draw())
        if targets:
            target = targets[int(rng.integers(len(targets)))]
            pairs = [Pair(*grids) for grids in zip(target.inputs, target.outputs, strict=True)]
            task = Task(f"language_{number:05d}", tuple(pairs[:-1]), (pairs[-1].input,))
            form = next(form for form in _FORMS if build_word("form", form) in target.words)
            return HeldOutLanguageTask(ArcTask(task, (pairs[-1].output,)), form)
