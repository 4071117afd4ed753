"""Grids compared with a target, many at once, compiled: what a search does at every state that it asks about.

The same in numpy takes ten times as long, since a call there costs more than the cells of a grid do.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from neural_guide.arc.grid import COLOURS
from neural_guide.dsl.cells import MARK
from neural_guide.dsl.kernels import count_cells

COMPARISONS = (
    "changed",  # it differs from the first grid, the state
    "same_height",  # as the target
    "same_width",
    "height_ratio",  # r / (1 + r) for r = grid / target
    "width_ratio",
    "equal",  # the grid is the target
    "equal_up_to_colours",  # one map of colours makes it the target
    "equal_cells",  # share of cells, 0 where the shapes differ, as all below
    "equal_content",  # share of the target's cells that are not background
    "equal_background",  # share of cells that are background in both or in neither
    "equal_unmarked",  # share of the target's cells in another colour than `MARK`
    "equal_mapped",  # share of cells under the best map of colours
    "equal_rows",  # share of rows that agree throughout
    "equal_columns",
    "histogram_distance",  # total variation between the shares of colours
    "colours_within",  # every colour of the grid is in the target
    "colours_cover",  # every colour of the target is in the grid
    "turned_equal",  # a turn or a mirror makes it the target
    "turned_cells",  # share of equal cells under the best turn or mirror
    "unmirrored_cells",  # share of equal cells with what the target is the mirror image of
    "holds_target",  # the target is a smaller part of it
)
"""What is told of each grid, in [0, 1]; the columns of `compare`."""

SCALE = 255  # stands for 1

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@njit(cache=True)
def compare_grids(cells: ByteArray, sizes: IntArray, target: ByteArray) -> ByteArray:
    """Compare grids with a target.

    Args:
        cells: uint8 [cells], those of all grids, one grid after the other, row by row.
        sizes: int64 [grid, 2], their heights and widths; 0 where there is none. The first grid is the state.
        target: uint8 [height, width].

    Returns:
        uint8 [grid, len(COMPARED)], what is told as round(255 x); 0 where there is no grid.
    """
    told = np.zeros((len(sizes), len(COMPARISONS)), np.uint8)
    row = np.zeros(len(COMPARISONS))
    wanted = count_cells(target)
    beside, below = _is_mirrored(target.T), _is_mirrored(target)
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
            _compare_cells(grid, target, wanted, row)
        _compare_colours(grid, wanted, target.size, row)
        row[18] = _score_best_turn(grid, target)
        row[17] = row[18] == 1
        row[19] = _score_unmirrored(grid, target, beside, below)
        row[20] = row[16] == 1 and _has_part(grid, target)
        for place in range(len(row)):
            told[number, place] = np.uint8(SCALE * row[place] + 0.5)
    return told


def compile_kernels() -> None:
    """Compile `compare` for the kinds of arrays that features hand to it, or load what was compiled before.

    It takes seconds the first time: best done before several processes need it at once.
    """
    compare_grids(np.frombuffer(bytes(1), np.uint8), np.ones((1, 2), np.int64), np.zeros((1, 1), np.uint8))


@njit(cache=True)
def _is_equal(grid: ByteArray, other: ByteArray) -> bool:
    return grid.shape == other.shape and _count_agreeing(grid, other) == grid.size


@njit(cache=True)
def _count_agreeing(grid: ByteArray, other: ByteArray) -> int:
    """Equal cells of two grids of one shape."""
    count = 0
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            count += grid[row, column] == other[row, column]
    return count


@njit(cache=True)
def _compare_shapes(grid: ByteArray, target: ByteArray, found: FloatArray) -> None:
    for axis in range(2):
        found[1 + axis] = grid.shape[axis] == target.shape[axis]
        found[3 + axis] = grid.shape[axis] / (grid.shape[axis] + target.shape[axis])


@njit(cache=True)
def _compare_cells(grid: ByteArray, target: ByteArray, wanted: IntArray, found: FloatArray) -> None:
    """Of two grids of one shape; one count of (colour here, colour there) answers most of it."""
    height, width = grid.shape
    joint = np.zeros((COLOURS, COLOURS), np.int64)
    rows, columns = np.ones(height, np.bool_), np.ones(width, np.bool_)
    for row in range(height):
        for column in range(width):
            here, there = grid[row, column], target[row, column]
            joint[here, there] += 1
            if here != there:
                rows[row] = columns[column] = False
    agreeing, mapped, kept = 0, 0, joint[0, 0]
    for colour in range(COLOURS):
        agreeing += joint[colour, colour]
        mapped += joint[colour].max()  # each colour becomes the one it most often has to
        if colour:
            kept += joint[colour, 1:].sum()
    found[5] = agreeing == grid.size
    found[6] = mapped == grid.size
    found[7] = agreeing / grid.size
    found[8] = (agreeing - joint[0, 0]) / max(grid.size - wanted[0], 1)
    found[9] = kept / grid.size
    found[10] = (agreeing - joint[MARK, MARK]) / max(grid.size - wanted[MARK], 1)
    found[11] = mapped / grid.size
    found[12] = rows.mean()
    found[13] = columns.mean()


@njit(cache=True)
def _compare_colours(grid: ByteArray, wanted: IntArray, wanted_size: int, found: FloatArray) -> None:
    counts = count_cells(grid)
    distance, within, cover = 0.0, True, True
    for colour in range(COLOURS):
        distance += abs(counts[colour] / grid.size - wanted[colour] / wanted_size)
        within &= counts[colour] == 0 or wanted[colour] > 0
        cover &= wanted[colour] == 0 or counts[colour] > 0
    found[14], found[15], found[16] = distance / 2, within, cover


@njit(cache=True)
def _score_best_turn(grid: ByteArray, target: ByteArray) -> float:
    """Share of equal cells under the best turn or mirror but none; 0 where no shape fits."""
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


@njit(cache=True)
def _is_mirrored(grid: ByteArray) -> bool:
    """Whether the lower half mirrors the upper one, an even number of rows in all."""
    height = grid.shape[0]
    return height % 2 == 0 and _count_agreeing(grid, grid[::-1]) == grid.size


@njit(cache=True)
def _score_unmirrored(grid: ByteArray, target: ByteArray, beside: bool, below: bool) -> float:
    """Share of equal cells with the half or quarter that the target repeats as a mirror image; 0 without one."""
    height, width = grid.shape
    best = 0
    if (
        (beside and height == target.shape[0] and 2 * width == target.shape[1])
        or (below and 2 * height == target.shape[0] and width == target.shape[1])
        or (beside and below and 2 * height == target.shape[0] and 2 * width == target.shape[1])
    ):
        best = _count_agreeing(grid, target)  # its upper left corner
    return best / grid.size


@njit(cache=True)
def _has_part(grid: ByteArray, part: ByteArray) -> bool:
    """Whether a smaller grid stands somewhere in a grid."""
    if grid.shape == part.shape:
        return False
    height, width = part.shape
    for top in range(grid.shape[0] - height + 1):
        for left in range(grid.shape[1] - width + 1):
            if _has_part_at(grid, part, top, left):
                return True
    return False


@njit(cache=True)
def _has_part_at(grid: ByteArray, part: ByteArray, top: int, left: int) -> bool:
    for row in range(part.shape[0]):
        for column in range(part.shape[1]):
            if grid[top + row, left + column] != part[row, column]:
                return False
    return True
