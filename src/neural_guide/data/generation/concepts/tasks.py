"""Drawing of tasks: parameters once a task, a look for each pair, and checks that the pairs show the rule.

A task depends on the seed, the name of its concept and its number alone: not on other concepts, nor on the machine.
"""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import BACKGROUND, COLOURS, is_equal, is_grid
from neural_guide.arc.task import Pair, Task
from neural_guide.data.generation.concepts.catalogue import CONCEPTS
from neural_guide.data.generation.concepts.checks import find_fault
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.look import Look, draw_look
from neural_guide.data.generation.input_sets import apply_palette, apply_symmetry

N_TESTS = 3
PER_CONCEPT = 100  # tasks of a concept in the suite
MAX_DRAWS = 300  # tasks drawn before a concept counts as broken
_PAIR_DRAWS = 20  # inputs drawn for one pair, before another task is drawn
_PAIR_COUNTS, _PAIR_SHARES = (2, 3, 4, 5), (0.15, 0.45, 0.3, 0.1)
_RIVALS = 6  # other draws of the parameters that the pairs must tell apart
_UPRIGHT_SHARE = 0.4  # of tasks that are shown as their rule is written
_COLOURED_SHARE = 0.12  # of tasks with another background than 0


def draw_tasks(names: Iterable[str] = CONCEPTS, per_concept: int = PER_CONCEPT, seed: int = 0) -> list[ArcTask]:
    """Draw the first tasks of each concept.

    Args:
        names: concepts, keys of `CONCEPTS`.
        per_concept: number of tasks of each concept.
        seed: seed of all random choices, 0 or more.
    """
    return [draw_task(name, index, seed) for name in names for index in range(per_concept)]


def draw_task(name: str, index: int, seed: int = 0) -> ArcTask:
    """Draw one task of a concept; its id is the name and the number, e.g. `keep_middle-007`.

    Inputs differ from each other and from their outputs. The pairs show every case, colour and parameter of the rule
    that the tests need, see `checks.find_fault`.

    Raises:
        RuntimeError: no valid task in `MAX_DRAWS` draws, so the concept is broken.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode()), index]))
    for _ in range(MAX_DRAWS):
        _, examples = draw_examples(CONCEPTS[name], rng)
        if examples:
            examples = _show(examples, CONCEPTS[name].symmetries, rng)
            pairs, tests = examples[:-N_TESTS], examples[-N_TESTS:]
            task = Task(f"{name}-{index:03d}", tuple(pairs), tuple(test.input for test in tests))
            return ArcTask(task, tuple(test.output for test in tests))
    raise RuntimeError(f"concept {name}, task {index}, seed {seed}: no valid task in {MAX_DRAWS} draws")


def draw_examples(kind: type[Concept], rng: np.random.Generator) -> tuple[Concept, list[Pair]]:
    """Draw a concept and the pairs of a task as its rule is written, tests last; no pairs if they break a rule."""
    colours = draw_colours(rng)
    concept = kind.draw(colours, rng)
    look = draw_look(kind.sides, colours, rng)
    examples = []
    for _ in range(N_TESTS + int(rng.choice(_PAIR_COUNTS, p=_PAIR_SHARES))):
        pair = draw_pair(concept, look, rng)
        if pair is None:
            return concept, []
        examples.append(pair)
    others = [kind.draw(draw_colours(rng), rng) for _ in range(_RIVALS)]
    fault = find_fault(concept, examples[:-N_TESTS], examples[-N_TESTS:], others)
    return concept, [] if fault else examples


def draw_colours(rng: np.random.Generator) -> list[int]:
    """Draw an order of the colours 1 to 9."""
    return [int(colour) for colour in 1 + rng.permutation(COLOURS - 1)]


def draw_pair(concept: Concept, look: Look, rng: np.random.Generator) -> Pair | None:
    """Draw a pair whose output differs from its input; None: a few draws gave none."""
    for _ in range(_PAIR_DRAWS):
        grid = concept.draw_input(look, rng)
        output = None if grid is None else concept.apply(grid)
        if grid is not None and output is not None and is_grid(output) and not is_equal(grid, output):
            return Pair(grid, output)
    return None


def _show(examples: Sequence[Pair], symmetries: Sequence[int], rng: np.random.Generator) -> list[Pair]:
    """Turn the grids of a task, and exchange its background with a colour that it does not use."""
    symmetry = symmetries[0 if rng.random() < _UPRIGHT_SHARE else int(rng.integers(len(symmetries)))]
    cells = np.concatenate([grid.ravel() for pair in examples for grid in (pair.input, pair.output)])
    unused = np.setdiff1d(np.arange(1, COLOURS), cells)
    palette = np.arange(COLOURS, dtype=np.uint8)
    if len(unused) and rng.random() < _COLOURED_SHARE:
        palette[BACKGROUND] = unused[rng.integers(len(unused))]
    return [
        Pair(
            apply_symmetry(apply_palette(pair.input, palette), symmetry),
            apply_symmetry(apply_palette(pair.output, palette), symmetry),
        )
        for pair in examples
    ]
