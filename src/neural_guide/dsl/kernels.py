"""Numba kernels of primitives: on small grids, the overhead of a numpy call exceeds the work per cell.

Callers pass C-contiguous writable arrays, see `copy_contiguous`: numba compiles each array layout separately.
Reference versions in plain numpy are in tests/dsl/test_kernels.py.
"""

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.runtime.cache_folders import compile_cached

IntArray = npt.NDArray[np.int64]
_compile = compile_cached(error_model="numpy")


def copy_contiguous(grid: Grid) -> Grid:
    """Return a writable C-contiguous copy."""
    return np.array(grid, order="C")


@_compile
def count_cells(cells: Grid) -> npt.NDArray[np.int64]:
    """Count the cells of each colour, int64 [colour]."""
    counts = np.zeros(COLOURS, np.int64)
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            counts[cells[row, column]] += 1
    return counts


@_compile
def bridge_equals(cells: Grid, mark: int) -> None:
    """Fill the background between equal consecutive content cells of a row with `mark`, 0: their colour; in place."""
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
    """Fill the background of each row with the last content to its left, in place.

    Args:
        cells: the grid.
        both_ways: fill background left of the first content of a row with that content too.
    """
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
    """Find the rows and columns that differ from the one before; the first counts: bool [row], bool [column]."""
    height, width = cells.shape
    rows, columns = np.zeros(height, np.bool_), np.zeros(width, np.bool_)
    rows[0] = columns[0] = True
    for row in range(height):
        for column in range(width):
            cell = cells[row, column]
            rows[row] |= row > 0 and cells[row - 1, column] != cell
            columns[column] |= column > 0 and cells[row, column - 1] != cell
    return rows, columns


@_compile
def find_enclosed_background(cells: Grid) -> npt.NDArray[np.bool_]:
    """Find the background that is not side-connected to the border: bool, shape of the grid."""
    height, width = cells.shape
    inside = np.zeros((height, width), np.bool_)
    stack, count = np.empty(height * width, np.int64), 0  # outside cells whose neighbours are not visited yet
    for row in range(height):
        for column in range(width):
            if cells[row, column] == 0:
                if 0 < row < height - 1 and 0 < column < width - 1:
                    inside[row, column] = True
                else:
                    stack[count] = row * width + column
                    count += 1
    while count:
        count -= 1
        row, column = stack[count] // width, stack[count] % width
        for direction in range(4):
            below, beside = row + (direction == 0) - (direction == 1), column + (direction == 2) - (direction == 3)
            if 0 <= below < height and 0 <= beside < width and inside[below, beside]:
                inside[below, beside] = False
                stack[count] = below * width + beside
                count += 1
    return inside


@_compile
def find_adjacent_background(cells: Grid) -> npt.NDArray[np.bool_]:
    """Find the background with content at a side or corner: bool, shape of the grid."""
    height, width = cells.shape
    adjacent = np.zeros((height, width), np.bool_)
    for row in range(height):
        for column in range(width):
            if cells[row, column] == 0:
                for below in range(max(0, row - 1), min(height, row + 2)):
                    for beside in range(max(0, column - 1), min(width, column + 2)):
                        adjacent[row, column] |= cells[below, beside] != 0
    return adjacent


@_compile
def hollow_out(cells: Grid) -> Grid:
    """Remove the content whose eight neighbours are all content; cells at the border stay."""
    hollow = cells.copy()
    for row in range(1, cells.shape[0] - 1):
        for column in range(1, cells.shape[1] - 1):
            inside = True
            for below in range(row - 1, row + 2):
                for beside in range(column - 1, column + 2):
                    inside &= cells[below, beside] != 0
            if inside:
                hollow[row, column] = 0
    return hollow


@_compile
def drop_objects(cells: Grid, labels: npt.NDArray[np.int32], boxes: IntArray, order: IntArray) -> Grid:
    """Drop every object as far as other objects and the border allow, in the given order, until none moves.

    Args:
        cells: the grid.
        labels: int32, shape of the grid: 0 for background, objects from 1.
        boxes: int64 [object, 5], see `dsl.objects.Box`.
        order: int64 [object], indices into `boxes`.

    Returns:
        A new grid.
    """
    fallen, tops, moving = cells.copy(), boxes[:, 1].copy(), True
    while moving:
        moving = False
        for number in order:
            left, top, width, height, _ = boxes[number]
            mask = labels[top : top + height, left : left + width]
            for row in range(height):
                for column in range(width):
                    if mask[row, column] == number + 1:
                        fallen[tops[number] + row, left + column] = 0
            room = len(cells) - height - tops[number]
            for row in range(height):
                for column in range(width):
                    if mask[row, column] == number + 1:
                        below = tops[number] + row + 1
                        step = 0
                        while step < room and fallen[below + step, left + column] == 0:
                            step += 1
                        room = step
            tops[number] += room
            moving |= room > 0
            for row in range(height):
                for column in range(width):
                    if mask[row, column] == number + 1:
                        fallen[tops[number] + row, left + column] = cells[top + row, left + column]
    return fallen


@_compile
def complete_template(
    padded: Grid, loose: Grid, canvas: Grid, colour: int, cells: IntArray, rest: IntArray, colours: Grid, outside: int
) -> None:
    """Paint the rest of a template around its key wherever it fits; changes `canvas` and `loose`.

    Args:
        padded: the grid with a margin of `outside`.
        loose: its cells outside every template; the keys of completed templates are cleared.
        canvas: the grid to paint on.
        colour: colour of the key.
        cells: int64 [2, cell], rows and columns of the key in the template.
        rest: int64 [2, cell], rows and columns of its other cells.
        colours: uint8 [cell], colours of the other cells.
        outside: value of the cells beyond the border.
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
                value = padded[top + rest[0, cell], left + rest[1, cell]]
                blank |= value == 0
                fits = value == 0 or value == outside or value == colours[cell]
            if fits and blank:
                for cell in range(cells.shape[1]):
                    loose[top + cells[0, cell], left + cells[1, cell]] = 0
                for cell in range(rest.shape[1]):
                    canvas[top + rest[0, cell], left + rest[1, cell]] = colours[cell]


@_compile
def match_template(
    grid: Grid, labels: npt.NDArray[np.int32], sizes: IntArray, cells: IntArray, colours: Grid
) -> tuple[int, int, int]:
    """Find the place where a template covers whole objects, and background, in the most whole colours and cells.

    Args:
        grid: the grid.
        labels: int32 [row, column], object of each cell; 0: no cell of an object to cover.
        sizes: int64 [object], cells of each object, for object 0 too.
        cells: int64 [2, cell], rows and columns of the template's cells.
        colours: uint8 [cell], their colours.

    Returns:
        Score, and row and column of the template's corner; zeros if it fits nowhere. Cells of the template may lie
        outside the grid, at least one lies on background, and all cells of at least one of its colours cover objects.
        The score is 1000 for each such colour, and 1 for each covered cell; the first of equal places.
    """
    height, width = grid.shape
    rows, columns = 0, 0
    for cell in range(cells.shape[1]):
        rows, columns = max(rows, cells[0, cell] + 1), max(columns, cells[1, cell] + 1)
    touched = np.zeros(len(sizes), np.int64)  # number of the last place that touched an object
    totals, covered_colours = np.zeros(COLOURS, np.int64), np.zeros(COLOURS, np.int64)
    for cell in range(len(colours)):
        totals[colours[cell]] += 1
    place, best, best_top, best_left = 0, 0, 0, 0
    for top in range(1 - rows, height):
        for left in range(1 - columns, width):
            place += 1
            covered, wanted, blank, fits = 0, 0, 0, True
            covered_colours[:] = 0
            for cell in range(cells.shape[1]):
                row, column = top + cells[0, cell], left + cells[1, cell]
                if row < 0 or column < 0 or row >= height or column >= width:
                    continue
                value = grid[row, column]
                if value == 0:
                    blank += 1
                    continue
                label = labels[row, column]
                if value != colours[cell] or label == 0:
                    fits = False
                    break
                covered += 1
                covered_colours[value] += 1
                if touched[label] != place:
                    touched[label] = place
                    wanted += sizes[label]
            if fits and blank and covered == wanted and covered > 1:
                whole = 0
                for colour in range(COLOURS):
                    whole += totals[colour] > 0 and covered_colours[colour] == totals[colour]
                score = 1000 * whole + covered
                if whole and score > best:
                    best, best_top, best_left = score, top, left
    return best, best_top, best_left


@_compile
def find_largest_rectangle(blank: npt.NDArray[np.bool_]) -> tuple[int, int, int, int, int]:
    """Find the largest rectangle of a mask: (number of rectangles of that size, top, bottom, left, right).

    Of several largest rectangles, the last one is returned. The algorithm is the largest rectangle of a histogram, run
    on each row over the heights of the blank columns that end there, with a stack of open rectangles.
    """
    height, width = blank.shape
    best, count, box = 0, 0, (0, 0, 0, 0)
    depths = np.zeros(width + 1, np.int64)
    # Stack of open rectangles, which may extend to the right: left column and depth, depths ascending.
    lefts, open_depths = np.zeros(width + 1, np.int64), np.zeros(width + 1, np.int64)
    for row in range(height):
        open_count = 0
        for column in range(width + 1):
            if column < width:
                depths[column] = depths[column] + 1 if blank[row, column] else 0
            depth, left = depths[column], column
            while open_count and open_depths[open_count - 1] > depth:
                open_count -= 1
                left, rise = lefts[open_count], open_depths[open_count]
                area = rise * (column - left)
                if area >= best:
                    count = count + 1 if area == best else 1
                    best, box = area, (row + 1 - rise, row + 1, left, column)
            if depth and (open_count == 0 or open_depths[open_count - 1] < depth):
                lefts[open_count], open_depths[open_count] = left, depth
                open_count += 1
    return count, box[0], box[1], box[2], box[3]


@_compile
def find_best_turn(cells: Grid, left: int, top: int, width: int, height: int, room: int) -> tuple[int, int, int, int]:
    """Find the square around a box that agrees best with its rotations by 90, 180 and 270 degrees.

    Args:
        cells: the grid.
        left: first column of the box.
        top: first row of the box.
        width: columns of the box.
        height: rows of the box.
        room: cells by which the square may be larger than the longer side of the box.

    Returns:
        (agreeing content cells, row, column, side) of the square; all 0 if none agrees without contradiction.
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
    """Count the content cells of a square that agree with its rotations; 0 if any cells contradict."""
    last, agreeing = len(part) - 1, 0
    for row in range(len(part)):
        for column in range(len(part)):
            cell = part[row, column]
            if cell:
                for image in (part[last - row, last - column], part[column, last - row], part[last - column, row]):
                    if image and image != cell:
                        return 0
                    agreeing += image == cell
    return agreeing


@_compile
def find_best_axis(cells: Grid, lowest: int, highest: int) -> int:
    """Find the vertical axis where the grid agrees best with its mirror image.

    An axis is the sum of two opposite columns: column c mirrors to `axis - c`.

    Args:
        cells: the grid.
        lowest: the lowest axis to try.
        highest: the highest one.

    Returns:
        The lowest of the axes where most cells agree and none contradict; -1 if none agree anywhere.
    """
    height, width = cells.shape
    best, axis = 0, -1
    for total in range(lowest, highest + 1):
        agreeing = 0
        for column in range(max(0, total - width + 1), min(width - 1, total) + 1):
            for row in range(height):
                cell, opposite = cells[row, column], cells[row, total - column]
                if cell and opposite:
                    if cell != opposite:
                        agreeing = -height * width
                    agreeing += 1
        if agreeing > best:
            best, axis = agreeing, total
    return axis


@_compile
def find_periods(cells: Grid, content_alone: bool) -> npt.NDArray[np.bool_]:
    """Find the shifts by rows under which a grid agrees with itself: bool [row], index 0 for a shift of one row.

    Args:
        cells: the grid.
        content_alone: compare only where both cells are content.
    """
    height, width = cells.shape
    agrees = np.ones(height, np.bool_)
    for shift in range(1, height + 1):
        for row in range(height - shift):
            for column in range(width):
                cell, moved = cells[row, column], cells[row + shift, column]
                if cell != moved and not (content_alone and (cell == 0 or moved == 0)):
                    agrees[shift - 1] = False
    return agrees


@_compile
def find_lattice(cells: Grid, most: int) -> tuple[int, int, int]:
    """Find the smallest lattice under which all content agrees and every place of its tile has content.

    Rows and columns of the tile repeat to the right; each tile lies some columns to the right of the one above it.

    Args:
        cells: the grid.
        most: cells of the largest tile.

    Returns:
        Rows and columns of the tile, and the columns by which tiles are shifted; zeros if there is no such lattice. Of
        lattices of one size the one of fewest rows, then of the smallest shift.
    """
    height, width = cells.shape
    tile = np.zeros(most, np.uint8)
    for size in range(2, most + 1):
        for rows in range(1, min(size, height) + 1):
            columns = size // rows
            if rows * columns != size or columns > width:
                continue
            for shift in range(columns if rows < height else 1):
                tile[:size] = 0
                known = 0
                for cell in range(height * width):
                    row, column = cell // width, cell % width
                    colour = cells[row, column]
                    if colour == 0:
                        continue
                    place = (row % rows) * columns + (column - shift * (row // rows)) % columns
                    if tile[place] == 0:
                        tile[place] = colour
                        known += 1
                    elif tile[place] != colour:
                        known = -1
                        break
                if known == size:
                    return rows, columns, shift
    return 0, 0, 0


def compile_kernels() -> None:
    """Compile every kernel or load it from numba's cache. Takes seconds the first time: call before measuring time."""
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
    match_template(cells, np.ones((2, 2), np.int32), np.array([0, 1]), none, cells[0].copy())
    find_largest_rectangle(cells == 0)
    find_best_turn(cells, 0, 0, 2, 2, 0)
    find_best_axis(cells, 0, 1)
    find_periods(cells, content_alone=True)
    find_lattice(cells, 2)
