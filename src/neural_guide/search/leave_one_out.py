"""Leave-one-out evidence: fit the families of the candidates without a pair, and compare with that pair.

An explanation that only fits the pairs by chance rarely comes out of the other pairs again, and what comes out of them
rarely predicts the pair. The explored states are those of the search, so only the fits are repeated.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.search.candidate_pool import CandidatePool, Refit
from neural_guide.search.candidates import Candidate, Evidence, Family
from neural_guide.search.confidence import estimate_log_odds

_MAX_FRONT = 6  # candidates whose families are fitted again


def leave_pairs_out(
    pool: CandidatePool, candidates: Sequence[Candidate], outputs: Sequence[Grid], deadline: float
) -> list[Candidate]:
    """Return candidates with their evidence, in the same order.

    Args:
        pool: pool of the candidates.
        candidates: candidates of the pool; the families of the first ones are fitted again.
        outputs: outputs of the pairs, in the transformed task.
        deadline: time on `time.perf_counter` after which no pair is left out any more; the candidates then stay
            without evidence, as they do for a task of one pair.
    """
    if not candidates or len(outputs) < 2:
        return list(candidates)
    families: list[Family] = sorted({family for entry in candidates[:_MAX_FRONT] for family in entry.families})
    likeliest: list[Refit | None] = []
    for refits in pool.refit(families):
        if time.perf_counter() > deadline:
            return list(candidates)
        likeliest.append(_choose_likeliest(refits))
    return [replace(candidate, evidence=_compare(candidate, likeliest, outputs)) for candidate in candidates]


def has_log_odds(
    pool: CandidatePool, candidate: Candidate, outputs: Sequence[Grid], deadline: float, least: float
) -> bool:
    """Return whether the answers of a candidate all have some log odds; stops at the pair after which they cannot.

    Args:
        pool: pool of the candidate.
        candidate: candidate whose families are fitted again.
        outputs: outputs of the pairs, in the transformed task.
        deadline: time on `time.perf_counter` after which the answer is no.
        least: log odds that each answer must have.
    """
    if len(outputs) < 2:
        return False
    likeliest: list[Refit | None] = []
    for refits in pool.refit(candidate.families):
        likeliest.append(_choose_likeliest(refits))
        # At best, all pairs to come are predicted, and give the same answers.
        evidence, rest = _compare(candidate, likeliest, outputs), len(outputs) - len(likeliest)
        hopeful = evidence._replace(
            predicted=evidence.predicted + rest,
            agreement=tuple(share + rest / len(outputs) for share in evidence.agreement),
        )
        judged = replace(candidate, evidence=hopeful)
        if time.perf_counter() > deadline or any(
            estimate_log_odds(judged, test) < least for test in range(len(candidate.answers))
        ):
            return False
    return True


def _compare(candidate: Candidate, refits: Sequence[Refit | None], outputs: Sequence[Grid]) -> Evidence:
    """Compare the likeliest explanation without each of the first pairs with that pair, and with a candidate."""
    predicted = sum(
        refit is not None and is_equal(refit.output, output) for refit, output in zip(refits, outputs, strict=False)
    )
    return Evidence(len(outputs), predicted, _measure_agreement(candidate, refits, len(outputs)))


def _choose_likeliest(refits: Sequence[Refit]) -> Refit | None:
    """Return the cheapest explanation of the likeliest output: explanations with one output add up."""
    groups: dict[tuple[tuple[int, ...], bytes], list[Refit]] = {}
    for refit in refits:
        groups.setdefault((refit.output.shape, refit.output.tobytes()), []).append(refit)
    if not groups:
        return None
    likeliest = max(groups.values(), key=lambda group: np.logaddexp.reduce([-refit.cost for refit in group]))
    return min(likeliest, key=lambda refit: refit.cost)


def _measure_agreement(candidate: Candidate, refits: Sequence[Refit | None], pairs: int) -> tuple[float, ...]:
    """Measure for each test the share of the pairs whose explanation without them gives the candidate's answer."""
    return tuple(
        sum(answer is not None and refit is not None and is_equal(refit.answers[test], answer) for refit in refits)
        / pairs
        for test, answer in enumerate(candidate.answers)
    )
