"""Compiled comparison of many grids with a target, which a search makes at every state it queries the guide about.

In plain numpy it takes ten times as long: on small grids, the overhead of a call exceeds the work per cell.
"""

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS
from neural_guide.dsl.cells import MARK
from neural_guide.runtime.cache_folders import compile_cached

COMPARISONS = (
    "changed",  # the grid differs from the first grid, the state
    "same_height",  # equal to that of the target
    "same_width",
    "height_ratio",  # r / (1 + r) for r = grid / target
    "width_ratio",
    "equal",  # the grid is the target
    "equal_up_to_colours",  # a single colour map turns it into the target
    "equal_cells",  # share of equal cells; 0 for other shapes, as in the rows below up to equal_columns
    "equal_content",  # share of equal cells among the target's content
    "equal_background",  # share of cells that are background in both or neither
    "equal_unmarked",  # share of equal cells among the target's cells that are not `MARK`
    "equal_mapped",  # share of equal cells under the best colour map
    "equal_rows",  # share of rows that are equal throughout
    "equal_columns",
    "histogram_distance",  # total variation distance between the colour shares
    "colours_within",  # every colour of the grid is in the target
    "colours_cover",  # every colour of the target is in the grid
    "turned_equal",  # a rotation or reflection turns it into the target
    "turned_cells",  # share of equal cells under the best rotation or reflection
    "unmirrored_cells",  # share of equal cells with the half or quarter that the target mirrors
    "holds_target",  # the target is a smaller part of the grid
)
"""Comparisons of each grid with the target, in [0, 1]; the columns of `compare_grids`."""

SCALE = 255  # the byte that encodes 1

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@compile_cached()
def compare_grids(cells: ByteArray, sizes: IntArray, target: ByteArray) -> ByteArray:
    """Compare grids with a target.

    Args:
        cells: uint8 [cell], cells of all grids, one grid after the other, row by row.
        sizes: int64 [grid, 2], heights and widths; 0 for a missing grid. The first grid is the state.
        target: uint8 [height, width].

    Returns:
        uint8 [grid, len(COMPARISONS)], each comparison as round(255 x); 0 for a missing grid.
    """
    values = np.zeros((len(sizes), len(COMPARISONS)), np.uint8)
    row = np.zeros(len(COMPARISONS))
    target_counts = _count_colours(target)
    mirrored_across, mirrored_down = _is_mirrored(target.T), _is_mirrored(target)
    state = cells[: sizes[0, 0] * sizes[0, 1]].reshape(sizes[0, 0], sizes[0, 1])
    start = 0
    for number in range(len(sizes)):
        height, width = sizes[number]
        if not height:
            continue
        grid = cells[start : start + height * width].reshape(height, width)
        start += height * width
        row[:] = 0
        row[0] = not _is_equal(grid, state)
        _compare_shapes(grid, target, row)
        if grid.shape == target.shape:
            _compare_cells(grid, target, target_counts, row)
        _compare_colours(grid, target_counts, target.size, row)
        row[18] = _score_best_turn(grid, target)
        row[17] = row[18] == 1
        row[19] = _score_unmirrored(grid, target, mirrored_across, mirrored_down)
        row[20] = row[16] == 1 and _has_part(grid, target)
        for column in range(len(row)):
            values[number, column] = np.uint8(SCALE * row[column] + 0.5)
    return values


def compile_kernels() -> None:
    """Compile `compare_grids` for the array layouts of executed features, or load it from numba's cache.

    Takes seconds the first time: call it before several processes need the kernel at once.
    """
    compare_grids(np.frombuffer(bytes(1), np.uint8), np.ones((1, 2), np.int64), np.zeros((1, 1), np.uint8))


@compile_cached()
def _is_equal(grid: ByteArray, other: ByteArray) -> bool:
    """Return true if two grids have the same shape and cells."""
    return grid.shape == other.shape and _count_agreeing(grid, other) == grid.size


@compile_cached()
def _count_agreeing(grid: ByteArray, other: ByteArray) -> int:
    """Count the equal cells of two grids of one shape."""
    count = 0
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            count += grid[row, column] == other[row, column]
    return count


@compile_cached()
def _compare_shapes(grid: ByteArray, target: ByteArray, values: FloatArray) -> None:
    """Fill in the comparisons of sizes."""
    for axis in range(2):
        values[1 + axis] = grid.shape[axis] == target.shape[axis]
        values[3 + axis] = grid.shape[axis] / (grid.shape[axis] + target.shape[axis])


@compile_cached()
def _compare_cells(grid: ByteArray, target: ByteArray, target_counts: IntArray, values: FloatArray) -> None:
    """Compare two grids of one shape; most values follow from the joint histogram of their colours."""
    height, width = grid.shape
    joint = np.zeros((COLOURS, COLOURS), np.int64)
    rows, columns = np.ones(height, np.bool_), np.ones(width, np.bool_)
    for row in range(height):
        for column in range(width):
            own, other = grid[row, column], target[row, column]
            joint[own, other] += 1
            if own != other:
                rows[row] = columns[column] = False
    agreeing, mapped, kept = 0, 0, joint[0, 0]
    for colour in range(COLOURS):
        agreeing += joint[colour, colour]
        mapped += joint[colour].max()  # each colour maps to its most frequent partner
        if colour:
            kept += joint[colour, 1:].sum()
    values[5] = agreeing == grid.size
    values[6] = mapped == grid.size
    values[7] = agreeing / grid.size
    values[8] = (agreeing - joint[0, 0]) / max(grid.size - target_counts[0], 1)
    values[9] = kept / grid.size
    values[10] = (agreeing - joint[MARK, MARK]) / max(grid.size - target_counts[MARK], 1)
    values[11] = mapped / grid.size
    values[12] = rows.mean()
    values[13] = columns.mean()


@compile_cached()
def _compare_colours(grid: ByteArray, target_counts: IntArray, target_size: int, values: FloatArray) -> None:
    """Fill in the comparisons of colour histograms."""
    counts = _count_colours(grid)
    distance, within, cover = 0.0, True, True
    for colour in range(COLOURS):
        distance += abs(counts[colour] / grid.size - target_counts[colour] / target_size)
        within &= counts[colour] == 0 or target_counts[colour] > 0
        cover &= target_counts[colour] == 0 or counts[colour] > 0
    values[14], values[15], values[16] = distance / 2, within, cover


@compile_cached()
def _score_best_turn(grid: ByteArray, target: ByteArray) -> float:
    """Return the share of equal cells under the best rotation or reflection except the identity; 0 if none fits."""
    best = 0
    if grid.shape == target.shape:
        for turned in (grid[:, ::-1], grid[::-1], grid[::-1, ::-1]):
            best = max(best, _count_agreeing(turned, target))
    if grid.shape == target.T.shape:
        across = grid.T
        best = max(best, _count_agreeing(across, target))
        for turned in (across[:, ::-1], across[::-1], across[::-1, ::-1]):
            best = max(best, _count_agreeing(turned, target))
    return best / grid.size


@compile_cached()
def _count_colours(grid: ByteArray) -> IntArray:
    """Count the cells of each colour, int64 [colour]; that of dsl.kernels is of another file, see `compile_cached`."""
    counts = np.zeros(COLOURS, np.int64)
    for row in grid:
        for colour in row:
            counts[colour] += 1
    return counts


@compile_cached()
def _is_mirrored(grid: ByteArray) -> bool:
    """Return true if the number of rows is even and the lower half mirrors the upper one."""
    height = grid.shape[0]
    return height % 2 == 0 and _count_agreeing(grid, grid[::-1]) == grid.size


@compile_cached()
def _score_unmirrored(grid: ByteArray, target: ByteArray, mirrored_across: bool, mirrored_down: bool) -> float:
    """Return the share of equal cells with the half or quarter that the target mirrors; 0 without one."""
    height, width = grid.shape
    best = 0
    if (
        (mirrored_across and height == target.shape[0] and 2 * width == target.shape[1])
        or (mirrored_down and 2 * height == target.shape[0] and width == target.shape[1])
        or (mirrored_across and mirrored_down and 2 * height == target.shape[0] and 2 * width == target.shape[1])
    ):
        best = _count_agreeing(grid, target)  # the upper left corner of the target
    return best / grid.size


@compile_cached()
def _has_part(grid: ByteArray, part: ByteArray) -> bool:
    """Return true if the grid contains a smaller grid."""
    if grid.shape == part.shape:
        return False
    height, width = part.shape
    for top in range(grid.shape[0] - height + 1):
        for left in range(grid.shape[1] - width + 1):
            if _has_part_at(grid, part, top, left):
                return True
    return False


@compile_cached()
def _has_part_at(grid: ByteArray, part: ByteArray, top: int, left: int) -> bool:
    """Return true if the part lies in the grid with its upper left corner at (top, left)."""
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            if grid[top + row, left + column] != part[row, column]:
                return False
    return True
