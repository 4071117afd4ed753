"""Drawings completed by their symmetry, and patterns continued by their period."""

from itertools import product

import cv2
import numpy as np

from neural_guide.grid import Grid

MAX_SPOILT = 0.5  # share of a grid's cells that a pattern may have lost


def overlay_mirrored(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, left and right. Never None."""
    return np.where(grid != 0, grid, grid[:, ::-1])


def overlay_flipped(grid: Grid) -> Grid | None:
    """The grid over its own mirror image, top and bottom. Never None."""
    return np.where(grid != 0, grid, grid[::-1])


def overlay_turned(grid: Grid) -> Grid | None:
    """A square grid over its own turns by a quarter, a half and three. None of no square."""
    if grid.shape[0] != grid.shape[1]:
        return None
    drawn = grid
    for quarters in (1, 2, 3):
        drawn = np.where(drawn != 0, drawn, np.rot90(grid, quarters))
    return drawn.copy()


def complete_mirrored(grid: Grid) -> Grid | None:
    """Content mirrored, left and right, at the axis where most of it agrees with itself and none contradicts."""
    return _completed(grid)


def complete_flipped(grid: Grid) -> Grid | None:
    """Content mirrored, top and bottom, at the axis where most of it agrees with itself and none contradicts."""
    completed = _completed(grid.T.copy())
    return None if completed is None else completed.T.copy()


def complete_turned(grid: Grid) -> Grid | None:
    """Content turned by a quarter, a half and three, around the point where most agrees and none contradicts."""
    best, turned = 0, None
    height, width = grid.shape
    there = grid != 0
    left, top, wide, high = cv2.boundingRect(np.ascontiguousarray(grid))
    side = max(wide, high)
    for size in range(side, min(height, width, side + 3) + 1):
        for row, column in product(
            range(max(0, top + high - size), min(top, height - size) + 1),
            range(max(0, left + wide - size), min(left, width - size) + 1),
        ):
            part = grid[row : row + size, column : column + size]
            images = [np.rot90(part, quarters) for quarters in (1, 2, 3)]
            if any(((part != image) & (part != 0) & (image != 0)).any() for image in images):
                continue
            agreeing = sum(int(((part == image) & (part != 0)).sum()) for image in images)
            if agreeing > best:
                best, turned = agreeing, (row, column, size, np.maximum.reduce([part, *images]))
    if turned is None or not there.any():
        return None
    row, column, size, drawn = turned
    completed = grid.copy()
    completed[row : row + size, column : column + size] = drawn
    return completed


def complete_tiling(grid: Grid) -> Grid | None:
    """Background filled by the smallest period, down and across, that no content contradicts. None where none is."""
    found = _period(grid, 0)
    return None if found is None or not (grid == 0).any() else found[1]


def smallest_tile(grid: Grid) -> Grid | None:
    """The smallest part at the top left that, repeated down and across, makes the grid. None where that is all."""
    height, width = grid.shape
    down = next(step for step in range(1, height + 1) if (grid[step:] == grid[: height - step]).all())
    across = next(step for step in range(1, width + 1) if (grid[:, step:] == grid[:, : width - step]).all())
    return grid[:down, :across].copy() if (down, across) != (height, width) else None


def _completed(grid: Grid) -> Grid | None:
    """The grid and its mirror image, left and right, at its best axis; None where no axis agrees anywhere."""
    columns = np.flatnonzero(grid.any(axis=0))
    if not columns.size:
        return None
    first, last = int(columns[0]), int(columns[-1])
    width = grid.shape[1]
    best, drawn = 0, None
    for total in range(max(2 * first, last), min(2 * last, width - 1 + first) + 1):
        # Column c lies opposite to total - c; both are inside from low to high.
        low, high = max(0, total - width + 1), min(width - 1, total)
        part = grid[:, low : high + 1]
        image = part[:, ::-1]
        both = (part != 0) & (image != 0)
        if (both & (part != image)).any():
            continue
        agreeing = int(both.sum())
        if agreeing > best:
            best, drawn = agreeing, (low, high, np.maximum(part, image))
    if drawn is None:
        return None
    low, high, image = drawn
    completed = grid.copy()
    completed[:, low : high + 1] = image
    return completed


def _period(grid: Grid, lost: int) -> tuple[Grid, Grid] | None:
    """The smallest tile that, repeated, agrees with all cells but those of the colour `lost`, and the grid of it.

    None where a tile is larger than half the grid both ways, or has a cell that is lost everywhere.
    """
    height, width = grid.shape
    known = np.where(grid == lost, 0, grid + 1).astype(np.uint8)
    steps = sorted(product(range(1, height + 1), range(1, width + 1)), key=lambda step: (step[0] * step[1], step))
    for down, across in steps:
        if (2 * down > height and 2 * across > width) or down * across > grid.size // 2:
            continue
        padded = np.zeros((-(-height // down) * down, -(-width // across) * across), dtype=np.uint8)
        padded[:height, :width] = known
        folded = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
        tile = folded.max(axis=(0, 2))
        if tile.min() == 0 or not ((folded == 0) | (folded == tile[None, :, None, :])).all():
            continue
        whole = np.tile(tile - 1, (folded.shape[0], folded.shape[2]))[:height, :width]
        return (tile - 1).astype(np.uint8), np.ascontiguousarray(whole)
    return None


def _continued(grid: Grid) -> Grid | None:
    rows = np.flatnonzero(grid.any(axis=1))
    height = grid.shape[0]
    if not rows.size or rows[-1] == height - 1:
        return None
    end = int(rows[-1]) + 1
    first = int(rows[0])
    part = grid[first:end]
    for period in range(1, len(part)):
        if (part[period:] == part[:-period]).all():
            break
    else:
        return None
    filled = grid.copy()
    for row in range(end, height):
        filled[row] = filled[row - period]
    return filled
