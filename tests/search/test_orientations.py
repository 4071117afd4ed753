"""Orientations: a grid turned by what it shows looks the same however it lay before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.search.application import apply_candidate
from neural_guide.search.orientations import ORIENTATIONS, Symmetry
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import solve
from neural_guide.search.task_transforms import ORIENTATION_NAMES, list_transforms
from support.grids import draw
from support.strategies import grids

SYMMETRIES = st.builds(Symmetry, st.booleans(), st.booleans(), st.booleans())


@given(grids(7), SYMMETRIES)
def test_a_symmetry_is_undone(grid, symmetry):
    assert is_equal(symmetry.invert(symmetry.apply(grid)), grid)


@pytest.mark.parametrize(
    ("name", "grid", "turns"),
    [
        ("by lines", draw("111", "000", "222", "000"), 2),
        ("by sides", draw("10", "02", "00"), 2),
        ("by border", draw("0000", "0100", "2220"), 8),
        ("by corner", draw("120", "300", "000"), 4),
    ],
)
def test_a_grid_is_turned_back(name, grid, turns):
    """Transposed for lines and sides, mirrored for corners, and all ways for the border, whose content is symmetric."""
    others = [(True, False, False)] if turns == 2 else [(False, True, False), (False, False, True), (False, True, True)]
    others += [(True, False, False), (True, True, False), (True, False, True)] if turns == 8 else []
    for other in others:
        turned = Symmetry(*other).apply(grid)
        back = ORIENTATIONS[name](turned).apply(turned)
        if turns == 8:
            assert back[-1].any()
            assert np.count_nonzero(back[-1]) == np.count_nonzero(grid[-1])
        else:
            assert is_equal(back, grid), other
    assert ORIENTATIONS[name](grid) == Symmetry()


def test_a_task_is_turned_only_if_its_grids_lie_differently():
    lying, upright = draw("111", "000", "222"), draw("102", "102", "102")
    alike = Task("t", (Pair(lying, lying),), (lying,))
    assert not [transform for transform in list_transforms(alike) if transform.name in ORIENTATION_NAMES]
    mixed = Task("t", (Pair(lying, lying[:1]), Pair(upright, upright[:, :1])), (upright,))
    turned = {transform.name: transform.task for transform in list_transforms(mixed)}["turned by lines"]
    assert is_equal(turned.pairs[1].input, lying)
    assert [pair.output.shape for pair in turned.pairs] == [(1, 3), (1, 3)]


@pytest.mark.parametrize("task_id", ["4be741c5", "5168d44c"])
def test_a_real_task_with_stripes_both_ways_is_solved(task_id):
    arc = next(arc for arc in load_tasks("arc1-training") if arc.task.task_id == task_id)
    outcome = solve(arc.task, WIDE, Prior.uniform(len(WIDE)), SearchBudget(nodes=3000))
    right = [candidate for candidate in outcome.candidates if arc.is_answered_by(candidate.answers)]
    assert right
    assert right[0].transform in ORIENTATION_NAMES
    outputs = apply_candidate(right[0], arc.task, [pair.input for pair in arc.task.pairs])
    assert all(is_equal(output, pair.output) for output, pair in zip(outputs, arc.task.pairs, strict=True))
