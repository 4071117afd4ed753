"""Answers to single test outputs: which candidates' predictions are submitted, and how likely each is right.

A competition counts single outputs. Candidates that disagree at one test may agree at another, and a candidate of a
search for one test answers that test alone, so answers are chosen for each test on its own.
"""

from collections.abc import Sequence
from typing import NamedTuple

from neural_guide.arc.grid import Grid, is_equal
from neural_guide.search.candidates import Candidate
from neural_guide.search.confidence import Rival, assign_confidence, estimate_log_odds


class Answer(NamedTuple):
    """An answer to one test.

    Attributes:
        candidate: index of the candidate that gives it.
        confidence: stated probability that it is right, (0, 1).
    """

    candidate: int
    confidence: float


Answers = tuple[tuple[Answer, ...], ...]
"""For each test its answers, all different, the first attempt first."""


def choose_answers(candidates: Sequence[Candidate], tests: int, count: int, *, by_odds: bool) -> Answers:
    """Choose the answers to every test.

    Args:
        candidates: candidates of a task; without `by_odds` the first attempt first.
        tests: number of tests.
        count: answers per test, at most.
        by_odds: whether the likeliest answer comes first, and the one likeliest if that is wrong second.
    """
    return tuple(_choose_for_test(candidates, test, count, by_odds=by_odds) for test in range(tests))


def _choose_for_test(candidates: Sequence[Candidate], test: int, count: int, *, by_odds: bool) -> tuple[Answer, ...]:
    rivals: list[Rival] = []
    grids: list[Grid] = []
    for index, candidate in enumerate(candidates):
        grid = candidate.answers[test]
        if grid is None:
            continue
        known = next((place for place, other in enumerate(grids) if is_equal(grid, other)), None)
        rival = Rival(index, candidate.transform, estimate_log_odds(candidate, test))
        if known is None:
            grids.append(grid)
            rivals.append(rival)
        elif by_odds and rival.log_odds > rivals[known].log_odds:
            rivals[known] = rival
    return tuple(
        Answer(rival.candidate, confidence) for rival, confidence in assign_confidence(rivals, count, by_odds=by_odds)
    )
