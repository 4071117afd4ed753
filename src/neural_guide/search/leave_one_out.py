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

_MAX_FRONT = 6  # candidates whose families are fitted again


def leave_pairs_out(
    pool: CandidatePool, candidates: Sequence[Candidate], outputs: Sequence[Grid], deadline: float
) -> list[Candidate]:
    """Return candidates with their evidence, in the same order.

    Args:
        pool: pool of the candidates; finished, if one of them is a rule of cells.
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
    predicted = sum(
        refit is not None and is_equal(refit.output, output) for refit, output in zip(likeliest, outputs, strict=True)
    )
    return [
        replace(candidate, evidence=Evidence(len(outputs), predicted, _measure_agreement(candidate, likeliest)))
        for candidate in candidates
    ]


def _choose_likeliest(refits: Sequence[Refit]) -> Refit | None:
    """Return the cheapest explanation of the likeliest output: explanations with one output add up."""
    groups: dict[tuple[tuple[int, ...], bytes], list[Refit]] = {}
    for refit in refits:
        groups.setdefault((refit.output.shape, refit.output.tobytes()), []).append(refit)
    if not groups:
        return None
    likeliest = max(groups.values(), key=lambda group: np.logaddexp.reduce([-refit.cost for refit in group]))
    return min(likeliest, key=lambda refit: refit.cost)


def _measure_agreement(candidate: Candidate, refits: Sequence[Refit | None]) -> tuple[float, ...]:
    """Measure for each test the share of explanations that give the candidate's answer."""
    return tuple(
        sum(answer is not None and refit is not None and is_equal(refit.answers[test], answer) for refit in refits)
        / len(refits)
        for test, answer in enumerate(candidate.answers)
    )
