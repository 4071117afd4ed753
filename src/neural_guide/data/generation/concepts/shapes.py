"""Shapes of objects: masks of ones that touch every side of their box."""

from collections.abc import Callable

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.data.generation.procedural_grids import draw_blob, draw_rectangle, draw_ring

ShapeSampler = Callable[[int, np.random.Generator], Grid]
"""Function that draws a mask with sides of at most `limit`, 3 or more."""

LETTERS = ("111 010 010", "101 111 101", "100 100 111", "111 101 101", "110 011", "010 111 010", "101 010 101", "11 10")
"""Drawn shapes: T, H, L, an arch, Z, plus, cross, corner."""


def parse_shape(rows: str) -> Grid:
    """Parse rows of ones and zeros, e.g. `110 011`, to a mask."""
    return np.array([[int(cell) for cell in row] for row in rows.split()], dtype=np.uint8)


def draw_letter(limit: int, rng: np.random.Generator) -> Grid:  # noqa: ARG001  # all letters fit every limit
    """Draw one of a few well-known shapes, turned or mirrored, sides of 3 cells at most."""
    shape = parse_shape(LETTERS[int(rng.integers(len(LETTERS)))])
    return np.ascontiguousarray(np.rot90(shape, int(rng.integers(4))))


def draw_solid_block(limit: int, rng: np.random.Generator) -> Grid:
    """Draw a filled rectangle, sides 2 to `limit`."""
    height, width = (int(side) for side in rng.integers(2, limit + 1, size=2))
    return np.ones((height, width), dtype=np.uint8)


def draw_closed_ring(limit: int, rng: np.random.Generator) -> Grid:
    """Draw a hollow rectangle without a gap, sides 3 to `limit`."""
    height, width = (int(side) for side in rng.integers(3, limit + 1, size=2))
    return make_ring(height, width)


def make_ring(height: int, width: int) -> Grid:
    """Make a hollow rectangle of ones, one cell thick."""
    ring = np.ones((height, width), dtype=np.uint8)
    ring[1:-1, 1:-1] = 0
    return ring


SHAPES: tuple[ShapeSampler, ...] = (draw_rectangle, draw_ring, draw_blob, draw_letter)
"""Shapes of ordinary objects; the order is part of the random stream."""
