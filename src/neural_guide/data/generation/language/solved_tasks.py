"""Targets from tasks that a search solves: concepts, and a collection of real tasks in other colours and orientations.

The words of the right explanation become the labels, so that a guide learns from what was solved. Answers are compared
with the test outputs; a task whose answers are wrong is dropped.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from neural_guide.arc.collections import ArcTask, load_tasks
from neural_guide.arc.task import Pair, Task
from neural_guide.data.generation.concepts.catalogue import CONCEPTS
from neural_guide.data.generation.concepts.tasks import draw_task
from neural_guide.data.generation.input_sets import apply_palette, apply_symmetry, draw_palette
from neural_guide.data.generation.language.targets import LanguageTarget
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve
from neural_guide.search.words import list_used_words

_NODES = 1000  # of the search: seconds would make the records depend on the machine
_MAX_SECONDS = 600.0
_MIN_PROMISE = 0.1  # of its parts, right answers per second: a third of the time, and 34 of 35 tasks solved as before
_CONCEPT_SEED = 7_000_000  # the suite and its measurements use small seeds
_CONCEPT_COUNT = 100_000  # different tasks of a concept


def draw_concept_task(rng: np.random.Generator) -> ArcTask:
    """Draw a task of a concept that is not among those of the suite."""
    names = list(CONCEPTS)
    return draw_task(names[int(rng.integers(len(names)))], int(rng.integers(_CONCEPT_COUNT)), _CONCEPT_SEED)


def draw_real_task(collection: str, rng: np.random.Generator) -> ArcTask:
    """Draw a task of a collection, and change its colours (not 0) and its orientation."""
    tasks = _load(collection)
    arc_task = tasks[int(rng.integers(len(tasks)))]
    palette, symmetry = draw_palette(rng), int(rng.integers(8))

    def change(pair: Pair) -> Pair:
        grids = (apply_symmetry(apply_palette(grid, palette), symmetry) for grid in (pair.input, pair.output))
        return Pair(*grids)

    answers = arc_task.answers or ()
    pairs = [change(pair) for pair in arc_task.task.pairs]
    tests = [change(Pair(*grids)) for grids in zip(arc_task.task.test_inputs, answers, strict=True)]
    task = Task(arc_task.task.task_id, tuple(pairs), tuple(test.input for test in tests))
    return ArcTask(task, tuple(test.output for test in tests))


def explain_task(arc_task: ArcTask) -> LanguageTarget | None:
    """Search a task for a short time without a guide; None: no explanation answers all tests right."""
    budget = SearchBudget(nodes=_NODES, seconds=_MAX_SECONDS)
    settings = SearchSettings(min_promise=_MIN_PROMISE)
    outcome = solve(arc_task.task, WIDE, Prior.uniform(len(WIDE)), budget, settings)
    right = [candidate for candidate in outcome.candidates if arc_task.is_answered_by(candidate.answers)]
    if not right:
        return None
    tests = zip(arc_task.task.test_inputs, arc_task.answers or (), strict=True)
    pairs: Sequence[Pair] = [*arc_task.task.pairs, *(Pair(*grids) for grids in tests)]
    words = list_used_words(min(right, key=lambda candidate: candidate.cost))
    return LanguageTarget(tuple(pair.input for pair in pairs), tuple(pair.output for pair in pairs), words)


@lru_cache(maxsize=2)
def _load(collection: str) -> list[ArcTask]:
    return [arc_task for arc_task in load_tasks(collection) if arc_task.answers]
