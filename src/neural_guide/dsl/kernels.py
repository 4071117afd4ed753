"""What some primitives do cell by cell, compiled: calls of numpy take longer than the cells of a grid do.

Grids are handed over as arrays of the caller's own, in the order of C, see `own`: each kind of array is compiled for by
itself. Plain versions of all of it are in tests/dsl/test_kernels.py.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from neural_guide.arc.grid import COLOURS, Grid

IntArray = npt.NDArray[np.int64]
_compile = njit(cache=True, error_model="numpy")


def copy_contiguous(grid: Grid) -> Grid:
    """A copy that can be written to, in the order of C."""
    return np.array(grid, order="C")


@_compile
def count_cells(cells: Grid) -> npt.NDArray[np.int64]:
    """How many cells each colour has, int64 [colour]."""
    found = np.zeros(COLOURS, np.int64)
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            found[cells[row, column]] += 1
    return found


@_compile
def bridge_equals(cells: Grid, mark: int) -> None:
    """Background between two equal neighbours of a row becomes `mark`, with 0 their colour; in place."""
    for row in range(cells.shape[0]):
        last, since = 0, 0
        for column in range(cells.shape[1]):
            colour = cells[row, column]
            if colour == 0:
                continue
            if colour == last:
                cells[row, since + 1 : column] = mark if mark else colour
            last, since = colour, column


@_compile
def carry_content(cells: Grid, both_ways: bool) -> None:
    """Background of a row takes the last content before it; both ways: and else the first one behind; in place."""
    for row in range(cells.shape[0]):
        last, first = 0, -1
        for column in range(cells.shape[1]):
            if cells[row, column]:
                last = cells[row, column]
                first = column if first < 0 else first
            else:
                cells[row, column] = last
        if both_ways and first > 0:
            cells[row, :first] = cells[row, first]


@_compile
def find_line_starts(cells: Grid) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """The rows, and the columns, that differ from the one before; the first does: bool [row], bool [column]."""
    height, width = cells.shape
    rows, columns = np.zeros(height, np.bool_), np.zeros(width, np.bool_)
    rows[0] = columns[0] = True
    for row in range(height):
        for column in range(width):
            here = cells[row, column]
            rows[row] |= row > 0 and cells[row - 1, column] != here
            columns[column] |= column > 0 and cells[row, column - 1] != here
    return rows, columns


@_compile
def find_enclosed_background(cells: Grid) -> npt.NDArray[np.bool_]:
    """Background that no path of sides joins to the border, bool, shape of the grid."""
    height, width = cells.shape
    inside = np.zeros((height, width), np.bool_)
    ways, count = np.empty(height * width, np.int64), 0  # cells outside whose neighbours are still to be looked at
    for row in range(height):
        for column in range(width):
            if cells[row, column] == 0:
                if 0 < row < height - 1 and 0 < column < width - 1:
                    inside[row, column] = True
                else:
                    ways[count] = row * width + column
                    count += 1
    while count:
        count -= 1
        row, column = ways[count] // width, ways[count] % width
        for turn in range(4):
            below, beside = row + (turn == 0) - (turn == 1), column + (turn == 2) - (turn == 3)
            if 0 <= below < height and 0 <= beside < width and inside[below, beside]:
                inside[below, beside] = False
                ways[count] = below * width + beside
                count += 1
    return inside


@_compile
def find_adjacent_background(cells: Grid) -> npt.NDArray[np.bool_]:
    """Background with content at a side or corner, bool, shape of the grid."""
    height, width = cells.shape
    found = np.zeros((height, width), np.bool_)
    for row in range(height):
        for column in range(width):
            if cells[row, column] == 0:
                for below in range(max(0, row - 1), min(height, row + 2)):
                    for beside in range(max(0, column - 1), min(width, column + 2)):
                        found[row, column] |= cells[below, beside] != 0
    return found


@_compile
def hollow_out(cells: Grid) -> Grid:
    """The grid without its content that has content on all sides and at all corners; the border has none outside."""
    made = cells.copy()
    for row in range(1, cells.shape[0] - 1):
        for column in range(1, cells.shape[1] - 1):
            inside = True
            for below in range(row - 1, row + 2):
                for beside in range(column - 1, column + 2):
                    inside &= cells[below, beside] != 0
            if inside:
                made[row, column] = 0
    return made


@_compile
def drop_objects(cells: Grid, labels: npt.NDArray[np.int32], boxes: IntArray, order: IntArray) -> Grid:
    """The grid with every object fallen as far as others and the border let it, in an order, until none moves.

    Args:
        cells: the grid.
        labels: of its objects, from 1.
        boxes: int64 [object, 5], see `dsl.objects.Box`.
        order: of the objects, by place in `boxes`.
    """
    fallen, tops, moving = cells.copy(), boxes[:, 1].copy(), True
    while moving:
        moving = False
        for number in order:
            left, top, width, height, _ = boxes[number]
            place = labels[top : top + height, left : left + width]
            for row in range(height):
                for column in range(width):
                    if place[row, column] == number + 1:
                        fallen[tops[number] + row, left + column] = 0
            room = len(cells) - height - tops[number]
            for row in range(height):
                for column in range(width):
                    if place[row, column] == number + 1:
                        below = tops[number] + row + 1
                        step = 0
                        while step < room and fallen[below + step, left + column] == 0:
                            step += 1
                        room = step
            tops[number] += room
            moving |= room > 0
            for row in range(height):
                for column in range(width):
                    if place[row, column] == number + 1:
                        fallen[tops[number] + row, left + column] = cells[top + row, left + column]
    return fallen


@_compile
def complete_template(
    seen: Grid, loose: Grid, made: Grid, colour: int, cells: IntArray, rest: IntArray, colours: Grid, outside: int
) -> None:
    """Paint the rest of a template around its key wherever that fits; in `made`, and `loose` loses the key.

    Args:
        seen: what is there, with a margin of `outside`.
        loose: its cells that are of no template.
        made: what is painted on.
        colour: of the key.
        cells: int64 [2, cell], those of the key in the template.
        rest: int64 [2, cell], the others.
        colours: [cell], of the others.
        outside: stands for what is beyond the border.
    """
    for row in range(loose.shape[0]):
        for column in range(loose.shape[1]):
            if loose[row, column] != colour:
                continue
            top, left = row - cells[0, 0], column - cells[1, 0]
            is_key = True
            for cell in range(cells.shape[1]):
                is_key &= loose[top + cells[0, cell], left + cells[1, cell]] == colour
            fits, blank = is_key, False
            for cell in range(rest.shape[1]):
                if not fits:
                    break
                there = seen[top + rest[0, cell], left + rest[1, cell]]
                blank |= there == 0
                fits = there == 0 or there == outside or there == colours[cell]
            if fits and blank:
                for cell in range(cells.shape[1]):
                    loose[top + cells[0, cell], left + cells[1, cell]] = 0
                for cell in range(rest.shape[1]):
                    made[top + rest[0, cell], left + rest[1, cell]] = colours[cell]


@_compile
def find_largest_rectangle(blank: npt.NDArray[np.bool_]) -> tuple[int, int, int, int, int]:
    """How many rectangles of most cells a mask has, and the one found last: (count, top, bottom, left, right).

    Row by row, over the columns of blank cells that end there (a histogram): a rectangle ends where one is shorter.
    """
    height, width = blank.shape
    best, count, found = 0, 0, (0, 0, 0, 0)
    depths = np.zeros(width + 1, np.int64)
    lefts, deep = (
        np.zeros(width + 1, np.int64),
        np.zeros(width + 1, np.int64),
    )  # what may go on to the right, ever deeper
    for row in range(height):
        open_at = 0
        for column in range(width + 1):
            if column < width:
                depths[column] = depths[column] + 1 if blank[row, column] else 0
            depth, left = depths[column], column
            while open_at and deep[open_at - 1] > depth:
                open_at -= 1
                left, tall = lefts[open_at], deep[open_at]
                area = tall * (column - left)
                if area >= best:
                    count = count + 1 if area == best else 1
                    best, found = area, (row + 1 - tall, row + 1, left, column)
            if depth and (open_at == 0 or deep[open_at - 1] < depth):
                lefts[open_at], deep[open_at] = left, depth
                open_at += 1
    return count, found[0], found[1], found[2], found[3]


@_compile
def find_best_turn(cells: Grid, left: int, top: int, width: int, height: int, room: int) -> tuple[int, int, int, int]:
    """The square around a box that agrees best with its three turns: (cells of content that agree, row, column, side).

    Args:
        cells: the grid.
        left: of the box, as the three after it.
        top: the same.
        width: the same.
        height: the same.
        room: cells by which the square may be larger than the box.
    """
    longest = max(width, height)
    best = (0, 0, 0, 0)
    for side in range(longest, min(cells.shape[0], cells.shape[1], longest + room) + 1):
        for row in range(max(0, top + height - side), min(top, cells.shape[0] - side) + 1):
            for column in range(max(0, left + width - side), min(left, cells.shape[1] - side) + 1):
                agreeing = _count_agreeing_turned(cells[row : row + side, column : column + side])
                if agreeing > best[0]:
                    best = (agreeing, row, column, side)
    return best


@_compile
def _count_agreeing_turned(part: Grid) -> int:
    """Cells of content of a square that agree with its three turns; 0 where any contradict each other."""
    last, agreeing = len(part) - 1, 0
    for row in range(len(part)):
        for column in range(len(part)):
            here = part[row, column]
            if here:
                for image in (part[last - row, last - column], part[column, last - row], part[last - column, row]):
                    if image and image != here:
                        return 0
                    agreeing += image == here
    return agreeing


@_compile
def find_best_axis(cells: Grid, first: int, last: int) -> int:
    """Where the grid agrees best with its mirror image, left and right: column c lies opposite to the answer less c.

    Args:
        cells: the grid.
        first: its first column of content.
        last: and its last.

    Returns:
        The lowest axis of those where most cells agree and none contradict each other; -1 where none agree anywhere.
    """
    height, width = cells.shape
    best, axis = 0, -1
    for total in range(max(2 * first, last), min(2 * last, width - 1 + first) + 1):
        agreeing = 0
        for column in range(max(0, total - width + 1), min(width - 1, total) + 1):
            for row in range(height):
                here, opposite = cells[row, column], cells[row, total - column]
                if here and opposite:
                    if here != opposite:
                        agreeing = -height * width
                    agreeing += 1
        if agreeing > best:
            best, axis = agreeing, total
    return axis


@_compile
def find_periods(cells: Grid, content_alone: bool) -> npt.NDArray[np.bool_]:
    """By how many rows, from 1, a grid can be moved so that it agrees with itself; where asked, its content alone."""
    height, width = cells.shape
    found = np.ones(height, np.bool_)
    for step in range(1, height + 1):
        for row in range(height - step):
            for column in range(width):
                here, there = cells[row, column], cells[row + step, column]
                if here != there and not (content_alone and (here == 0 or there == 0)):
                    found[step - 1] = False
    return found


def compile_kernels() -> None:
    """Compile all of it, or load what was compiled before: seconds the first time, and best before time is measured."""
    cells, none = np.array([[1, 0], [0, 1]], np.uint8), np.zeros((2, 1), np.int64)
    count_cells(cells)
    bridge_equals(copy_contiguous(cells), 0)
    carry_content(copy_contiguous(cells), both_ways=True)
    find_line_starts(cells)
    find_enclosed_background(cells)
    find_adjacent_background(cells)
    hollow_out(cells)
    drop_objects(cells, np.ones((2, 2), np.int32), np.array([[0, 0, 2, 2, 2]]), np.array([0]))
    complete_template(cells, copy_contiguous(cells), copy_contiguous(cells), 2, none, none, cells[0].copy(), 3)
    find_largest_rectangle(cells == 0)
    find_best_turn(cells, 0, 0, 2, 2, 0)
    find_best_axis(cells, 0, 1)
    find_periods(cells, content_alone=True)
