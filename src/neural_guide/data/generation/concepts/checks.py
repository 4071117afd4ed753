"""Checks that the pairs of a task show its rule, so that a person could find it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Pair
from neural_guide.data.generation.concepts.concept import Concept


def find_fault(concept: Concept, pairs: Sequence[Pair], tests: Sequence[Pair], others: Sequence[Concept]) -> str:
    """Return what is wrong with a task, in a few words; empty: nothing.

    Args:
        concept: rule of the task.
        pairs: pairs that show the rule.
        tests: tests with their outputs.
        others: the same concept with other parameters, to compare with.
    """
    checks: tuple[Callable[[], bool], ...] = (
        lambda: _has_repeats([pair.input for pair in (*pairs, *tests)]),
        lambda: _is_constant(pairs) or _is_constant(tests),
        lambda: not _shows_cases(concept, pairs, tests),
        lambda: not _shows_colours(pairs, tests),
        lambda: any(_is_hidden(rivals, pairs, tests) for rivals in list_rivals(concept, others)),
    )
    names = ("an input occurs twice", "all outputs are equal", "a case is not shown", "a colour is not shown", "hidden")
    return next((name for name, check in zip(names, checks, strict=True) if check()), "")


def list_rivals(concept: Concept, others: Sequence[Concept]) -> Iterator[list[Concept]]:
    """Yield, for each parameter, the concept with another value of it alone; for a tuple, element by element."""
    for field in fields(concept):
        value = getattr(concept, field.name)
        foreign = [getattr(other, field.name) for other in others]
        if not isinstance(value, tuple):
            yield _replace_value(concept, field.name, foreign)
            continue
        for position in range(len(value)):
            elements = [other[position] for other in foreign if len(other) > position]
            changed = [(*value[:position], element, *value[position + 1 :]) for element in elements]
            yield _replace_value(concept, field.name, changed)


def _replace_value(concept: Concept, name: str, values: Iterable[object]) -> list[Concept]:
    """Return the concept with each different value of a parameter that is not its own."""
    different = dict.fromkeys(value for value in values if value != getattr(concept, name))
    return [replace(concept, **{name: value}) for value in different]


def _is_hidden(rivals: Sequence[Concept], pairs: Sequence[Pair], tests: Sequence[Pair]) -> bool:
    """Return true if the pairs leave a parameter open: another value explains them and fails at a test, or all do."""
    explaining = [rival for rival in rivals if _explains(rival, pairs)]
    return any(not _explains(rival, tests) for rival in explaining) or bool(rivals and len(explaining) == len(rivals))


def _explains(concept: Concept, pairs: Sequence[Pair]) -> bool:
    outputs = ((concept.apply(pair.input), pair.output) for pair in pairs)
    return all(output is not None and is_equal(output, expected) for output, expected in outputs)


def _has_repeats(grids: Sequence[Grid]) -> bool:
    return len({(grid.shape, grid.tobytes()) for grid in grids}) < len(grids)


def _is_constant(pairs: Sequence[Pair]) -> bool:
    return all(is_equal(pair.output, pairs[0].output) for pair in pairs)


def _shows_cases(concept: Concept, pairs: Sequence[Pair], tests: Sequence[Pair]) -> bool:
    shown = frozenset[str]().union(*(concept.list_cases(pair.input) for pair in pairs))
    return shown >= concept.cases and all(concept.list_cases(test.input) <= shown for test in tests)


def _shows_colours(pairs: Sequence[Pair], tests: Sequence[Pair]) -> bool:
    """Return true if every colour that a test output adds to its input is added by some pair too."""

    def added(examples: Sequence[Pair]) -> set[int]:
        return {int(colour) for pair in examples for colour in np.setdiff1d(pair.output, pair.input)}

    return added(tests) <= added(pairs)
