"""Programs: running, replaying, and the vocabulary that names their steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Pair
from neural_guide.dsl.program import replays, run
from neural_guide.dsl.vocabulary import V2, Vocabulary, is_executable
from support.strategies import grids

PROGRAMS = st.lists(st.sampled_from(V2.names), max_size=4).map(tuple)


@given(grids())
def test_the_empty_program_changes_nothing(grid):
    assert is_equal(run((), grid), grid)


@given(PROGRAMS, PROGRAMS, grids())
def test_running_two_programs_equals_running_their_concatenation(first, second, grid):
    middle = run(first, grid)
    expected = None if middle is None else run(second, middle)
    result = run(first + second, grid)
    assert (result is None) == (expected is None)
    assert result is None or is_equal(result, expected)


@given(PROGRAMS, grids())
def test_a_program_replays_only_its_own_pair(program, grid):
    result = run(program, grid)
    if result is None:
        assert not replays(program, Pair(grid, grid))
        return
    assert replays(program, Pair(grid, result))
    changed = result.copy()
    changed[0, 0] = (changed[0, 0] + 1) % 10
    assert not replays(program, Pair(grid, changed))


def test_unknown_step_is_named_behind_one_that_does_not_apply():
    blank = np.zeros((2, 2), dtype=np.uint8)
    assert run(("crop_content",), blank) is None
    with pytest.raises(KeyError, match="no_such"):
        run(("crop_content", "no_such"), blank)


def test_labels_are_in_the_order_of_the_names():
    vocabulary = Vocabulary(("outline", "vmirror", "rot90"))
    assert vocabulary.encode_labels(["rot90", "outline", "rot90"]).tolist() == [True, False, True]
    with pytest.raises(KeyError, match="hollow"):
        vocabulary.encode_labels(["hollow"])


def test_vocabularies_are_compared_by_name():
    ours, theirs = Vocabulary(("vmirror", "rot90")), Vocabulary(("rot90", "foreign"))
    assert ours.list_missing(theirs) == ("vmirror",)
    assert ours.list_missing(V2) == ()
    assert is_executable(ours)
    assert not is_executable(theirs)
