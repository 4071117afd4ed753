"""Drawings of grids as text: two grids side by side, a dot is background."""

import numpy as np

from neural_guide.arc.grid import Grid

Tokens = list[list[str]]


def split_drawing(text: str) -> tuple[Tokens, Tokens]:
    """Split a drawing into the tokens of both sides, row by row; a side may have fewer rows than the other."""
    lines = [line.split("|") for line in text.splitlines() if line.strip()]
    left, right = ([tokens for line in lines if (tokens := line[side].split())] for side in (0, 1))
    return left, right


def build_grid(tokens: Tokens) -> Grid:
    """Build a grid from tokens."""
    return np.array([[0 if token == "." else int(token) for token in row] for row in tokens], dtype=np.uint8)
