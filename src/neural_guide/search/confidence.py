"""How likely a candidate is to be right, stated before anybody knows.

A logistic model over what is known of a candidate without the test outputs: how long it is, whether it is a program or
programs laid over each other, how well the pairs support its layers, and whether a likelier one stands before it. Its
weights were fitted to ARC-1 training tasks, on the half of the tasks at even places; docs/log.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from neural_guide.search.candidates import Candidate

_BASE = 4.6
_PER_NAT = -0.22  # of the candidate's cost
_ASSEMBLED = -0.8
_UNSUPPORTED = -4.0  # in proportion to the layers and pairs without support
_SMALLEST, _LARGEST = 0.01, 0.99


def chance(candidate: Candidate) -> float:
    """The chance that all answers of a candidate are right, were it the only one."""
    score = _BASE + _PER_NAT * candidate.cost + _UNSUPPORTED * (1 - candidate.support)
    if candidate.parts:
        score += _ASSEMBLED
    return min(_LARGEST, max(_SMALLEST, 1 / (1 + math.exp(-score))))


def stated(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Candidates of different answers with their confidence: at most one of them is right, and the first goes first."""
    left, confident = 1.0, []
    for candidate in found:
        share = chance(candidate) * left
        confident.append(replace(candidate, confidence=share))
        left -= share
    return tuple(confident)
