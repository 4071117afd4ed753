"""Calibrated confidence of answers, computed without the test outputs.

Logistic models over facts of a candidate: its cost, its support by the pairs, and what leaving a pair out says of it
(`search.leave_one_out`), which tells far more than the others. `benchmarks/confidence.py` fits the weights;
docs/log.md has the reliability on tasks that they were not fitted on.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from neural_guide.search.candidates import Evidence, Family


class Rival(NamedTuple):
    """One of several different answers to a test.

    Attributes:
        candidate: index of the candidate that gives it.
        transform: name of the task transform under which that was found.
        log_odds: log odds that it is right, see `estimate_log_odds`.
    """

    candidate: int
    transform: str
    log_odds: float


class Terms(NamedTuple):
    """Terms of the logistic model for one answer; their weights are of the same type.

    Attributes:
        base: 1.
        cost: cost of the candidate, nats.
        unsupported: share of its cases or layers without support, [0, 1].
        layering: 1 for a layering.
        rule: 1 for a rule of cells.
        units: 1 for a rule of units.
        lines: 1 for a rule line by line.
        several: 1 for an answer that several families give.
        agreement: share of the explanations without a pair that give the same answer to the test, [0, 1].
        confirmed: that share, but no more than the share of the pairs that they predict.
    """

    base: float
    cost: float
    unsupported: float
    layering: float
    rule: float
    units: float
    lines: float
    several: float
    agreement: float
    confirmed: float


class Explained(Protocol):
    """The parts of a candidate that the model reads, see `search.candidates.Candidate`; a journal stores them too."""

    @property
    def cost(self) -> float: ...  # noqa: D102
    @property
    def support(self) -> float: ...  # noqa: D102
    @property
    def family(self) -> Family: ...  # noqa: D102
    @property
    def families(self) -> tuple[Family, ...]: ...  # noqa: D102
    @property
    def evidence(self) -> Evidence | None: ...  # noqa: D102


_WITHOUT_EVIDENCE = Terms(2.3, -0.13, -0.77, -0.94, 0.23, 0.23, -0.39, 1.31, 0.0, 0.0)
_WITH_EVIDENCE = Terms(-1.02, -0.048, -0.14, -0.47, 0.25, 0.25, -0.43, 0.6, 1.94, 1.87)
_SECOND_BASE, _SECOND_PER_LOG_ODDS = 0.91, 1.65  # log odds of another answer if the first one is wrong
_OTHER_TRANSFORM = -0.33  # of one that was found under another transform than the first


def compute_terms(candidate: Explained, test: int) -> Terms:
    """Compute the terms of the model for a candidate's answer to one test.

    Args:
        candidate: a candidate that answers the test.
        test: index of the test.
    """
    evidence = candidate.evidence
    agreement = 0.0 if evidence is None else evidence.agreement[test]
    return Terms(
        base=1.0,
        cost=candidate.cost,
        unsupported=1 - candidate.support,
        layering=float(candidate.family == "layering"),
        rule=float(candidate.family in ("cells", "lines")),
        units=float(candidate.family == "units"),
        lines=float(candidate.family == "lines"),
        several=float(len(candidate.families) > 1),
        agreement=agreement,
        confirmed=0.0 if evidence is None else min(agreement, evidence.predicted / evidence.pairs),
    )


def estimate_log_odds(candidate: Explained, test: int) -> float:
    """Return the log odds that a candidate's answer to one test is right; arguments as for `compute_terms`."""
    weights = _WITHOUT_EVIDENCE if candidate.evidence is None else _WITH_EVIDENCE
    return sum(weight * term for weight, term in zip(weights, compute_terms(candidate, test), strict=True))


def assign_confidence(rivals: Sequence[Rival], count: int, *, by_odds: bool) -> list[tuple[Rival, float]]:
    """Choose the answers to one test, and state the probability that each is right.

    Args:
        rivals: different answers to the test.
        count: answers to choose, at most.
        by_odds: whether the likeliest is chosen first, and then those likeliest if the earlier ones are wrong; else the
            order is kept.

    Returns:
        The chosen answers with their confidences, which add up to less than 1.
    """
    if not rivals:
        return []
    first = max(rivals, key=lambda rival: rival.log_odds) if by_odds else rivals[0]
    others = [rival for rival in rivals if rival is not first]
    if by_odds:
        others.sort(key=lambda rival: -_estimate_second(rival, first))
    confidence = _to_probability(first.log_odds)
    chosen, remaining = [(first, confidence)], 1 - confidence
    for rival in others[: count - 1]:
        confidence = remaining * _to_probability(_estimate_second(rival, first))
        chosen.append((rival, confidence))
        remaining -= confidence
    return chosen


def _estimate_second(rival: Rival, first: Rival) -> float:
    """Return the log odds that an answer is right if the first one is wrong."""
    is_other = rival.transform != first.transform
    return _SECOND_BASE + _SECOND_PER_LOG_ODDS * rival.log_odds + _OTHER_TRANSFORM * is_other


def _to_probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
