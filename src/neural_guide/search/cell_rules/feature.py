"""What a view of the cells of a grid is."""

from typing import NamedTuple

from neural_guide.arc.grid import Grid

VALUES = 32  # of a view: 0 to 31
MOST = VALUES - 1


class View(NamedTuple):
    """One thing seen of every cell.

    Attributes:
        cells: uint8 of the grid's shape, below `VALUES`.
        cost: in nats, of asking it.
        is_colour: whether its values are colours, which a rule may copy; what is none of the ten is not copied.
    """

    cells: Grid
    cost: float
    is_colour: bool = False


Found = tuple[str, Grid, bool]
"""Name and values of a view, and whether they are colours."""
