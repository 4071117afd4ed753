"""Words of the whole language: primitives, and everything else that an explanation of a task may be made of.

The labels of a guide of `wide` are words. A program uses primitives and functions of pieces, a rule uses kinds of units
with verbs and features, or features of cells; each explanation has a form, and is found under a transform of the task.
Arguments of verbs (colours, directions, other units) have no word: they follow from the pairs.
"""

from collections.abc import Iterable, Iterator

from neural_guide.dsl.program import Program
from neural_guide.dsl.vocabulary import PRIMITIVES, WIDE, Vocabulary
from neural_guide.search.candidates import Candidate, Family
from neural_guide.search.cell_rules.feature import COLOUR, CONTENT
from neural_guide.search.cell_rules.features import list_feature_names
from neural_guide.search.cell_rules.lines import PREVIOUS_LINE_FEATURES
from neural_guide.search.cell_rules.rule import CellRule
from neural_guide.search.cell_rules.stencils import Stencil
from neural_guide.search.lifts import build_word
from neural_guide.search.piece_lists.composition import COMPOSITIONS
from neural_guide.search.piece_lists.properties import PROPERTIES
from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS as PIECE_SEGMENTATIONS
from neural_guide.search.piece_lists.selection import NUMBERINGS, SELECTIONS
from neural_guide.search.task_transforms import TRANSFORM_NAMES
from neural_guide.search.unit_rules.arrangement import LAYING
from neural_guide.search.unit_rules.catalogue import VERBS
from neural_guide.search.unit_rules.features import list_costs
from neural_guide.search.unit_rules.picking import LEAVE, TAKING
from neural_guide.search.unit_rules.stages import StagedRule
from neural_guide.search.unit_rules.units import SEGMENTATIONS

PRIMITIVE = "primitive"
"""Group of the words without a prefix."""
_STAGES, _STENCIL = "stages", "stencil"
_FORMS: tuple[Family | str, ...] = ("program", "layering", "cells", "lines", "units", _STAGES)
GROUPS: dict[str, tuple[str, ...]] = {
    "form": _FORMS,
    "transform": tuple(name for name in TRANSFORM_NAMES if name),
    "pieces": tuple(PIECE_SEGMENTATIONS),
    "piece step": (*COMPOSITIONS, *SELECTIONS, *NUMBERINGS),
    "piece property": tuple(PROPERTIES),
    "unit": tuple(SEGMENTATIONS),
    "verb": (*VERBS, *TAKING, *LAYING),
    "unit feature": tuple(list_costs()),
    "cell feature": (COLOUR, CONTENT, _STENCIL, *PREVIOUS_LINE_FEATURES, *list_feature_names()),
}
"""Words beside the primitives, by group."""


RULE_WORDS = tuple(build_word(group, name) for group, names in GROUPS.items() for name in names)
"""All words beside the primitives, in order."""
LANGUAGE = Vocabulary((*WIDE.names, *RULE_WORDS))
"""All words: the primitives of `wide`, then `RULE_WORDS`."""


def find_group(word: str) -> str:
    """Find the group of a word, a key of `GROUPS`; `PRIMITIVE` for any other name."""
    group, separator, _ = word.partition(": ")
    return group if separator and group in GROUPS else PRIMITIVE


def list_used_words(candidate: Candidate) -> tuple[str, ...]:
    """List the words of an explanation, each once, in the order of `LANGUAGE`."""
    return order_words(_iterate_words(candidate))


def order_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return words in the order of `LANGUAGE`, each once."""
    used = set(words)
    return tuple(name for name in LANGUAGE.names if name in used)


def _iterate_words(candidate: Candidate) -> Iterator[str]:
    rule = candidate.rule
    if candidate.transform:
        yield build_word("transform", candidate.transform)
    if isinstance(rule, StagedRule):
        yield from list_rule_words(rule)
        return
    yield build_word("form", candidate.family)
    for program in (candidate.program, *(layer.program for layer in candidate.layers)):
        yield from list_program_words(program)
    if isinstance(rule, CellRule):
        for reference in rule.all_features:
            yield from list_program_words(reference.program)
            is_stencil = isinstance(reference.feature, Stencil)
            yield build_word("cell feature", _STENCIL if is_stencil else str(reference.feature))


def list_rule_words(rule: StagedRule) -> list[str]:
    """List the words of a rule over units, in no order."""
    words = [build_word("form", "units"), *list_program_words(rule.program)]
    if rule.program or len(rule.rules) > 1:
        words.append(build_word("form", _STAGES))
    for stage in rule.rules:
        verbs = {case.action.verb for case in stage.unit_cases} - {LEAVE}
        words.append(build_word("unit", stage.kind))
        words += [build_word("unit feature", feature) for feature in stage.features]
        words += [build_word("verb", verb) for verb in verbs]
    return words


def list_program_words(program: Program) -> tuple[str, ...]:
    """List the words of the steps of a program; a step on pieces by a property has two."""
    return tuple(word for step in program for word in _list_step_words(step))


def _list_step_words(step: str) -> tuple[str, ...]:
    if step in PRIMITIVES:
        return (step,)
    if step in PIECE_SEGMENTATIONS:
        return (build_word("pieces", step),)
    if step in COMPOSITIONS:
        return (build_word("piece step", step),)
    way = next(name for name in (*SELECTIONS, *NUMBERINGS) if step.startswith(f"{name}_"))
    return build_word("piece step", way), build_word("piece property", step.removeprefix(f"{way}_"))
