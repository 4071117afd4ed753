"""Hypothesis strategies for grids, shared by the tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neural_guide.arc.grid import COLOURS, MAX_SIDE


def grids(max_side: int = 10, colours: int = COLOURS):
    """Strategy for grids of up to `max_side` a side, colours below `colours`; few colours make lines and objects."""
    sides = st.integers(1, max_side)
    few = st.integers(1, colours)
    return st.tuples(sides, sides, few).flatmap(
        lambda drawn: arrays(np.uint8, drawn[:2], elements=st.integers(0, drawn[2] - 1))
    )


def large_grids():
    """Strategy for grids up to the limit of 30 a side, with large parts of one colour."""
    sides = st.integers(1, MAX_SIDE)
    return st.tuples(sides, sides).flatmap(
        lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 9), fill=st.integers(0, 9))
    )
