"""Draws of tasks of the whole language by one grammar: which form of explanation, and then its words.

A drawn rule is explained anew by a short search over programs of one step and rules over units. If that finds a
cheaper explanation, its words are the labels: a guide should learn what a search finds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from neural_guide.arc.collections import ArcTask
from neural_guide.arc.grid import Grid, is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.data.generation.input_sets import InputSource
from neural_guide.data.generation.language.cell_targets import draw_cell_rule, draw_layering, draw_piece_program
from neural_guide.data.generation.language.solved_tasks import draw_concept_task, draw_real_task, explain_task
from neural_guide.data.generation.language.targets import LanguageTarget, Outputs, select_outputs
from neural_guide.data.generation.language.unit_targets import draw_unit_rule
from neural_guide.data.generation.targets import Balance
from neural_guide.data.generation.wide_targets import draw_wide_targets
from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES, WIDE
from neural_guide.search.cell_rules.feature import COLOUR, CONTENT
from neural_guide.search.lifts import build_word
from neural_guide.search.unit_rules.rule_search import UnitRuleSearch
from neural_guide.search.unit_rules.stages import StagedRule
from neural_guide.search.words import list_program_words, list_rule_words, order_words

SHARES = {
    "programs": 0.02,  # of draws; each gives up to 24 tasks
    "units": 0.45,
    "stages": 0.1,
    "cells": 0.14,
    "layerings": 0.06,
    "pieces": 0.09,
    "solved": 0.14,
}
"""Shares of the draws of training, by form of explanation or source."""
DRAWN_SHARES = {"programs": 0.2, "units": 0.35, "stages": 0.12, "cells": 0.15, "layerings": 0.08, "pieces": 0.1}
"""Shares of draws of which only one task is taken, without tasks that a search has to solve."""
_REAL_SHARE = 0.5  # of solved tasks that are real ones, the others are concepts
_SEARCHED_KINDS = ("object", "shape", "colour")  # of units, in the short search; beside the drawn kind
_DRAWS = 12  # rules drawn on one input set

Draw = Callable[[Sequence[Grid]], LanguageTarget | None]


class LanguageSource:
    """Source of tasks of the whole language.

    Args:
        inputs: source of the input sets.
        pairs: pairs of a task.
        learned: collection of real tasks to learn from; None: none.
        balance: counts of primitives, read by draws of programs.
        rng: source of every draw.
        shares: shares of the draws, see `SHARES`.
    """

    def __init__(
        self,
        inputs: InputSource,
        pairs: int,
        learned: str | None,
        balance: Balance,
        rng: np.random.Generator,
        shares: Mapping[str, float] = SHARES,
    ) -> None:
        self._shares = shares
        self._inputs, self._pairs, self._learned = inputs, pairs, learned
        self._balance, self._rng = balance, rng
        self._draws: dict[str, Draw] = {
            "units": self._draw_unit_target,
            "stages": self._draw_staged_target,
            "cells": self._draw_cell_target,
            "layerings": self._draw_layering_target,
            "pieces": self._draw_piece_target,
        }

    def draw(self) -> Iterator[LanguageTarget]:
        """Draw a form of explanation, and yield the targets of one input set."""
        form = str(self._rng.choice(list(self._shares), p=list(self._shares.values())))
        if form == "solved":
            target = explain_task(self._draw_solved_task())
            yield from [target] if target else []
            return
        inputs = self._inputs.draw(self._pairs, self._rng)
        if form == "programs":
            yield from self._draw_programs(inputs)
            return
        targets = (self._draws[form](inputs) for _ in range(_DRAWS))
        target = next((target for target in targets if target is not None), None)
        if target is not None:
            yield explain_briefly(target)

    def _draw_solved_task(self) -> ArcTask:
        if self._learned is not None and self._rng.random() < _REAL_SHARE:
            return draw_real_task(self._learned, self._rng)
        return draw_concept_task(self._rng)

    def _draw_programs(self, inputs: tuple[Grid, ...]) -> Iterator[LanguageTarget]:
        for target in draw_wide_targets(inputs, 3, self._balance, self._rng, WIDE):
            self._balance.add(target.program)
            yield LanguageTarget(inputs, tuple(target.outputs), _list_words("program", target.program))

    def _draw_unit_target(self, inputs: Sequence[Grid]) -> LanguageTarget | None:
        return self._draw_staged(inputs, (), inputs)

    def _draw_staged_target(self, inputs: Sequence[Grid]) -> LanguageTarget | None:
        name = WIDE.names[int(self._rng.integers(len(WIDE)))]
        results = select_outputs(inputs, [PRIMITIVES[name](grid) for grid in inputs])
        return None if results is None else self._draw_staged(inputs, (name,), results)

    def _draw_staged(self, inputs: Sequence[Grid], program: Program, results: Sequence[Grid]) -> LanguageTarget | None:
        """Draw a rule over the units of what a program makes of the inputs."""
        drawn = draw_unit_rule(results, self._rng)
        outputs = None if drawn is None else select_outputs(results, drawn[1])
        if drawn is None or outputs is None:
            return None
        return _build(inputs, outputs, list_rule_words(StagedRule(program, (drawn[0],))))

    def _draw_cell_target(self, inputs: Sequence[Grid]) -> LanguageTarget | None:
        drawn = draw_cell_rule(inputs, self._rng)
        outputs = None if drawn is None else select_outputs(inputs, drawn[2])
        if drawn is None or outputs is None:
            return None
        name, place, _ = drawn
        features = (COLOUR, name, *([CONTENT] if place != "all" else []))
        words = [build_word("form", "cells"), *(build_word("cell feature", feature) for feature in features)]
        return _build(inputs, outputs, words)

    def _draw_layering_target(self, inputs: Sequence[Grid]) -> LanguageTarget | None:
        names, drawn = draw_layering(inputs, self._rng)
        outputs = select_outputs(inputs, drawn)
        return None if outputs is None else LanguageTarget(tuple(inputs), outputs, _list_words("layering", names))

    def _draw_piece_target(self, inputs: Sequence[Grid]) -> LanguageTarget | None:
        program, drawn = draw_piece_program(inputs, self._rng)
        outputs = select_outputs(inputs, drawn)
        return None if outputs is None else LanguageTarget(tuple(inputs), outputs, _list_words("program", program))


def explain_briefly(target: LanguageTarget) -> LanguageTarget:
    """Return a target with the words of what a short search finds: a program of one step, or a rule over units.

    The last pair serves as a test; a rule that is wrong on it is no explanation.
    """
    program = _find_step(target.inputs, target.outputs)
    if program is not None:
        return target._replace(words=_list_words("program", program))
    pairs = [Pair(*grids) for grids in zip(target.inputs, target.outputs, strict=True)]
    if len(pairs) < 2:
        return target
    task = Task("drawn", tuple(pairs[:-1]), (pairs[-1].input,))
    kinds = [word.partition(": ")[2] for word in target.words if word.startswith("unit: ")]
    search = UnitRuleSearch(task)
    for kind in dict.fromkeys((*_SEARCHED_KINDS, *kinds)):
        right = [entry for entry in search.find_rules([kind]) if is_equal(entry.answers[0], pairs[-1].output)]
        if right:
            return target._replace(words=order_words(list_rule_words(right[0].rule)))
    return target


def _find_step(inputs: Sequence[Grid], outputs: Outputs) -> Program | None:
    """Find a primitive that makes all outputs."""
    for name in WIDE.names:
        results = (PRIMITIVES[name](grid) for grid in inputs)
        pairs = zip(results, outputs, strict=True)
        if all(result is not None and is_equal(result, output) for result, output in pairs):
            return (name,)
    return None


def _list_words(form: str, program: Program) -> tuple[str, ...]:
    return order_words([build_word("form", form), *list_program_words(program)])


def _build(inputs: Sequence[Grid], outputs: Outputs, words: Sequence[str]) -> LanguageTarget:
    return LanguageTarget(tuple(inputs), outputs, order_words(words))
