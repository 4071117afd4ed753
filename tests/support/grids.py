"""Grids drawn as rows of digits."""

import numpy as np

from neural_guide.arc.grid import Grid


def draw(*rows: str) -> Grid:
    """Return a grid whose cells are the digits of its rows, e.g. `draw("010", "111")`."""
    return np.array([[int(cell) for cell in row] for row in rows], dtype=np.uint8)
