"""Calibrated confidence of candidates, computed without the test outputs.

Logistic models over features of a candidate. Programs and layerings: cost, number of layers with relabelled colours,
and support by the pairs. Rules of cells: cost, and share of cases that more than one pair supports. The weights are
rounded fits to the first attempts at the ARC-1 training tasks; docs/log.md has the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from neural_guide.search.candidates import Candidate, ProgramLayer
from neural_guide.search.layering import TRANSPARENT

_BASE = 3.5
_PER_NAT = -0.12  # per nat of the candidate's cost
_LAYERED = -0.3
_PER_RELABELLED_LAYER = -0.9  # per layer with relabelled colours
_UNSUPPORTED = -1.0  # times the share of layers and pairs without support
_RULE_BASE = 2.9
_RULE_PER_NAT = -0.09
_RULE_UNSUPPORTED = -2.2  # times the share of cases that a single pair supports
_SECOND = 0.15  # share of wrong first attempts whose second attempt is right


def estimate_confidence(candidate: Candidate) -> float:
    """Return the probability that all answers of a first attempt are right, (0, 1)."""
    if candidate.rule is not None:
        score = _RULE_BASE + _RULE_PER_NAT * candidate.cost + _RULE_UNSUPPORTED * (1 - candidate.support)
    else:
        score = _BASE + _PER_NAT * candidate.cost + _UNSUPPORTED * (1 - candidate.support)
    if candidate.layers:
        score += _LAYERED + _PER_RELABELLED_LAYER * sum(_is_relabelled(layer) for layer in candidate.layers)
    return 1 / (1 + math.exp(-score))


def assign_confidence(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates with their confidence; answers differ, and the first attempt comes first."""
    remaining, results = 1.0, []
    for index, candidate in enumerate(candidates):
        confidence = remaining * (_SECOND if index else estimate_confidence(candidate))
        results.append(replace(candidate, confidence=confidence))
        remaining -= confidence
    return tuple(results)


def _is_relabelled(layer: ProgramLayer) -> bool:
    changed = any(new not in (old, TRANSPARENT) for old, new in enumerate(layer.colours))
    return changed or TRANSPARENT in layer.colours[1:]
