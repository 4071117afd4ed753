"""Panels (`dsl.panels`) compared, combined, chosen or shown as one cell each."""

from collections import Counter
from collections.abc import Callable, Hashable

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.cells import MARK, count_by_colour
from neural_guide.dsl.objects import find_unique_index
from neural_guide.dsl.panels import Panels, find_panels


def overlay_panels(grid: Grid) -> Grid | None:
    """All panels on top of each other, the first one above. None where they differ in size."""
    panels = _alike(grid)
    if panels is None:
        return None
    drawn = panels.parts[0]
    for part in panels.parts[1:]:
        drawn = np.where(drawn != 0, drawn, part)
    return drawn


def count_in_panels(grid: Grid) -> Grid | None:
    """In how many panels each place has content, as a colour. None where they differ in size, or above nine."""
    panels = _alike(grid)
    if panels is None or len(panels.parts) >= COLOURS:
        return None
    counts: Grid = np.array([part != 0 for part in panels.parts]).sum(axis=0, dtype=np.uint8)
    return counts


def panel_most(grid: Grid) -> Grid | None:
    """The panel with most content. None of a tie or where there are none."""
    return _chosen(grid, lambda part: int(np.count_nonzero(part)))


def panel_most_colours(grid: Grid) -> Grid | None:
    """The panel of most colours. None of a tie or where there are none."""
    return _chosen(grid, lambda part: len(set(part.tobytes())))


def panel_odd(grid: Grid) -> Grid | None:
    """The panel that differs from all others, which are alike or in pairs. None where that is not one."""
    return _odd(grid, lambda part: (part.shape, part.tobytes()))


def first_panel(grid: Grid) -> Grid | None:
    """The panel at the top left. None where there are none."""
    panels = find_panels(grid)
    return None if panels is None else panels.parts[0].copy()


def squash_panels(grid: Grid) -> Grid | None:
    """Each panel as one cell: its most common colour but background, the lowest of a tie. None without lines."""
    return _squashed(grid, _main_colour)


def number_panels(grid: Grid) -> Grid | None:
    """Each panel as one cell: the number of its cells of content, at most 9. None without lines."""
    return _squashed(grid, lambda part: min(int(np.count_nonzero(part)), COLOURS - 1))


def full_panels(grid: Grid) -> Grid | None:
    """Each panel as one cell: `MARK` where it has most content of all. None without lines, or where all have."""
    found = _fullest(grid)
    if found is None:
        return None
    panels, fullest = found
    cells = [MARK * full for full in fullest]
    return np.array(cells, dtype=np.uint8).reshape(panels.rows, panels.columns)


def join_panels(grid: Grid) -> Grid | None:
    """The grid without the lines between its panels. None without lines."""
    panels = _lined(grid)
    if panels is None:
        return None
    rows = [panels.parts[start : start + panels.columns] for start in range(0, len(panels.parts), panels.columns)]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])


def fill_panels(grid: Grid) -> Grid | None:
    """Each panel wholly in its most common colour but background, the lowest of a tie. None without lines."""
    panels = _lined(grid)
    if panels is None:
        return None
    return _painted(grid, panels, [_main_colour(part) for part in panels.parts])


def keep_panel_most(grid: Grid) -> Grid | None:
    """The panels with most content as they are, the others blank, lines kept. None without lines."""
    found = _fullest(grid)
    if found is None:
        return None
    panels, fullest = found
    kept = grid.copy()
    for part, full in zip(_views(kept, panels), fullest, strict=True):
        if not full:
            part[:] = 0
    return kept


def spread_panels(grid: Grid) -> Grid | None:
    """Every panel as the overlay of them all, lines kept. None where they differ in size, or without lines."""
    drawn, panels = overlay_panels(grid), _lined(grid)
    if drawn is None or panels is None:
        return None
    spread = grid.copy()
    for part in _views(spread, panels):
        part[:] = drawn
    return spread


def _lined(grid: Grid) -> Panels | None:
    """The panels between lines. None without lines."""
    panels = find_panels(grid)
    return panels if panels is not None and panels.wall else None


def _fullest(grid: Grid) -> tuple[Panels, list[bool]] | None:
    """The panels between lines, and which have most content. None without lines, or where all have."""
    panels = _lined(grid)
    if panels is None:
        return None
    counts = [int(np.count_nonzero(part)) for part in panels.parts]
    return (panels, [count == max(counts) for count in counts]) if min(counts) < max(counts) else None


def _alike(grid: Grid) -> Panels | None:
    panels = find_panels(grid)
    return panels if panels is not None and panels.has_equal_sizes else None


def _chosen(grid: Grid, score: Callable[[Grid], int]) -> Grid | None:
    """The panel with the greatest score. None of a tie."""
    panels = find_panels(grid)
    if panels is None:
        return None
    scores = [score(part) for part in panels.parts]
    place = find_unique_index(scores, max(scores))
    return None if place is None else panels.parts[place].copy()


def _odd(grid: Grid, key: Callable[[Grid], Hashable]) -> Grid | None:
    """The panel of a key that is there once. None where several are."""
    panels = find_panels(grid)
    if panels is None or len(panels.parts) < 3:
        return None
    keys = [key(part) for part in panels.parts]
    counts = Counter(keys)
    alone = [place for place, each in enumerate(keys) if counts[each] == 1]
    return panels.parts[alone[0]].copy() if len(alone) == 1 else None


def _main_colour(part: Grid) -> int:
    counts = count_by_colour(part)
    counts[0] = 0
    most = max(counts)
    return counts.index(most) if most else 0


def _squashed(grid: Grid, value: Callable[[Grid], int]) -> Grid | None:
    panels = _lined(grid)
    if panels is None:
        return None
    cells = [value(part) for part in panels.parts]
    return np.array(cells, dtype=np.uint8).reshape(panels.rows, panels.columns)


def _views(grid: Grid, panels: Panels) -> list[Grid]:
    """The panels as parts of another grid of the same lines, writable."""
    views = []
    for number, part in enumerate(panels.parts):
        top, left = panels.tops[number // panels.columns], panels.lefts[number % panels.columns]
        views.append(grid[top : top + part.shape[0], left : left + part.shape[1]])
    return views


def _painted(grid: Grid, panels: Panels, colours: list[int]) -> Grid:
    painted = grid.copy()
    for part, colour in zip(_views(painted, panels), colours, strict=True):
        part[:] = colour
    return painted
