"""How likely a candidate is to be right, stated before anybody knows.

Logistic models over what is known of a candidate without the test outputs. Of programs, and of programs laid over each
other: how long it is, how many layers have their colours bound, how well the pairs support them. Of rules of cells: how
long it is, and how many of its cases more than one pair supports. The weights follow fits to the first attempts at the
ARC-1 training tasks, rounded; docs/log.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from neural_guide.search.candidates import Candidate, Part
from neural_guide.search.layering import CLEAR

_BASE = 3.5
_PER_NAT = -0.12  # of the candidate's cost
_ASSEMBLED = -0.3
_PER_BOUND_LAYER = -0.9  # of each layer whose colours are bound
_UNSUPPORTED = -1.0  # in proportion to the layers and pairs without support
_RULE_BASE = 2.9
_RULE_PER_NAT = -0.09
_RULE_UNSUPPORTED = -2.2  # in proportion to the cases that one pair alone has
_SECOND = 0.15  # of the first attempts that are wrong, the share where the second one is right


def chance(candidate: Candidate) -> float:
    """The chance that all answers of a first attempt are right."""
    if candidate.rule is not None:
        score = _RULE_BASE + _RULE_PER_NAT * candidate.cost + _RULE_UNSUPPORTED * (1 - candidate.support)
    else:
        score = _BASE + _PER_NAT * candidate.cost + _UNSUPPORTED * (1 - candidate.support)
    if candidate.parts:
        score += _ASSEMBLED + _PER_BOUND_LAYER * sum(_is_bound(part) for part in candidate.parts)
    return 1 / (1 + math.exp(-score))


def stated(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Candidates of different answers, the first attempt first, with their confidence."""
    wrong, confident = 1.0, []
    for place, candidate in enumerate(found):
        share = wrong * (_SECOND if place else chance(candidate))
        confident.append(replace(candidate, confidence=share))
        wrong -= share
    return tuple(confident)


def _is_bound(part: Part) -> bool:
    return any(after not in (before, CLEAR) for before, after in enumerate(part.colours)) or CLEAR in part.colours[1:]
