"""One drawn pair per primitive, one module per family: the grids before and after, side by side; a dot is background.

A new primitive needs its function in dsl/primitives.py or dsl/wide and its pair here, nothing else.
"""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from neural_guide.arc.grid import Grid

PAIRS: dict[str, str] = {}
for _module in iter_modules(__path__):
    for _name, _text in import_module(f"{__name__}.{_module.name}").PAIRS.items():
        assert _name not in PAIRS, f"{_name} has two pairs"
        PAIRS[_name] = _text


def parse_pair(text: str) -> tuple[Grid, Grid]:
    """Parse the drawing of a pair to the grids before and after."""
    lines = [line.split("|") for line in text.strip("\n").splitlines() if line.strip()]
    return tuple(_parse_grid([line[side].split() for line in lines]) for side in (0, 1))


def _parse_grid(rows: list[list[str]]) -> Grid:
    return np.array([[0 if cell == "." else int(cell) for cell in row] for row in rows if row], dtype=np.uint8)
