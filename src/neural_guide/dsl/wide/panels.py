"""Primitives that compare, combine, choose or reduce panels (`dsl.panels`)."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import MARK, count_by_colour
from neural_guide.dsl.panels import Panels, find_panels


def overlay_panels(grid: Grid) -> Grid | None:
    """All panels on top of each other, the first one above. None if their sizes differ."""
    panels = _find_equal_panels(grid)
    if panels is None:
        return None
    drawn = panels.parts[0]
    for part in panels.parts[1:]:
        drawn = np.where(drawn != 0, drawn, part)
    return drawn


def panel_odd(grid: Grid) -> Grid | None:
    """The only panel that equals no other one. None for fewer than three panels or without exactly one such panel."""
    panels = find_panels(grid)
    if panels is None or len(panels.parts) < 3:
        return None
    keys = [(part.shape, part.tobytes()) for part in panels.parts]
    counts = Counter(keys)
    unique = [index for index, key in enumerate(keys) if counts[key] == 1]
    return panels.parts[unique[0]].copy() if len(unique) == 1 else None


def first_panel(grid: Grid) -> Grid | None:
    """The panel at the top left. None without panels."""
    panels = find_panels(grid)
    return None if panels is None else panels.parts[0].copy()


def squash_panels(grid: Grid) -> Grid | None:
    """Each panel as one cell: its most common colour except background, the lowest for a tie. None without lines."""
    return _squash(grid, _find_main_colour)


def full_panels(grid: Grid) -> Grid | None:
    """Each panel as one cell: `MARK` for the panels with most content. None without lines or if all tie."""
    lined = _find_fullest(grid)
    if lined is None:
        return None
    panels, is_fullest = lined
    cells = [MARK * full for full in is_fullest]
    return np.array(cells, dtype=np.uint8).reshape(panels.rows, panels.columns)


def fill_panels(grid: Grid) -> Grid | None:
    """Each panel filled with its most common colour except background, the lowest for a tie. None without lines."""
    panels = _find_lined_panels(grid)
    if panels is None:
        return None
    return _paint_panels(grid, panels, [_find_main_colour(part) for part in panels.parts])


def spread_panels(grid: Grid) -> Grid | None:
    """Every panel replaced by the overlay of all panels, lines kept. None if their sizes differ, or without lines."""
    drawn, panels = overlay_panels(grid), _find_lined_panels(grid)
    if drawn is None or panels is None:
        return None
    spread = grid.copy()
    for part in _view_panels(spread, panels):
        part[:] = drawn
    return spread


def _find_lined_panels(grid: Grid) -> Panels | None:
    """Find the panels between lines; None without lines."""
    panels = find_panels(grid)
    return panels if panels is not None and panels.wall else None


def _find_fullest(grid: Grid) -> tuple[Panels, list[bool]] | None:
    """Find the panels between lines and flag those with most content; None without lines or if all tie."""
    panels = _find_lined_panels(grid)
    if panels is None:
        return None
    counts = [int(np.count_nonzero(part)) for part in panels.parts]
    return (panels, [count == max(counts) for count in counts]) if min(counts) < max(counts) else None


def _find_equal_panels(grid: Grid) -> Panels | None:
    """Find the panels if they all have one size; None otherwise."""
    panels = find_panels(grid)
    return panels if panels is not None and panels.has_equal_sizes else None


def _find_main_colour(part: Grid) -> int:
    """Find the most common colour except background, the lowest for a tie; 0 without content."""
    counts = count_by_colour(part)
    counts[0] = 0
    most = max(counts)
    return counts.index(most) if most else 0


def _squash(grid: Grid, value: Callable[[Grid], int]) -> Grid | None:
    """Reduce each panel between lines to one cell with the value computed from it; None without lines."""
    panels = _find_lined_panels(grid)
    if panels is None:
        return None
    cells = [value(part) for part in panels.parts]
    return np.array(cells, dtype=np.uint8).reshape(panels.rows, panels.columns)


def _view_panels(grid: Grid, panels: Panels) -> list[Grid]:
    """List the panels as writable views of another grid with the same lines."""
    views = []
    for number, part in enumerate(panels.parts):
        top, left = panels.tops[number // panels.columns], panels.lefts[number % panels.columns]
        views.append(grid[top : top + part.shape[0], left : left + part.shape[1]])
    return views


def _paint_panels(grid: Grid, panels: Panels, colours: list[int]) -> Grid:
    """Paint each panel of a copy of the grid in one colour."""
    painted = grid.copy()
    for part, colour in zip(_view_panels(painted, panels), colours, strict=True):
        part[:] = colour
    return painted
