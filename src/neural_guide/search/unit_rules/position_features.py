"""Features of a unit's place in its grid: borders, halves, and sides of lines that cross the grid.

Every public function is a feature, `name(scene) -> numbers`, one number a unit, 0 or more.
"""

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import is_uniform
from neural_guide.search.unit_rules.units import Scene


def top(scene: Scene) -> list[int]:
    """First row."""
    return [unit.top for unit in scene.units]


def left(scene: Scene) -> list[int]:
    """First column."""
    return [unit.left for unit in scene.units]


def rows_below(scene: Scene) -> list[int]:
    """Count the rows below."""
    return [scene.grid.shape[0] - unit.bottom for unit in scene.units]


def columns_beside(scene: Scene) -> list[int]:
    """Count the columns to the right."""
    return [scene.grid.shape[1] - unit.right for unit in scene.units]


def distance_to_centre(scene: Scene) -> list[int]:
    """Measure the way from the centre of the grid in half cells: the larger of the row and column distances."""
    rows, columns = scene.grid.shape
    return [max(abs(unit.top + unit.bottom - rows), abs(unit.left + unit.right - columns)) for unit in scene.units]


def distance_to_border(scene: Scene) -> list[int]:
    """Measure the distance to the nearest border, in cells."""
    rows, columns = scene.grid.shape
    return [min(unit.top, unit.left, rows - unit.bottom, columns - unit.right) for unit in scene.units]


def touches_border(scene: Scene) -> list[int]:
    """1 if the unit has a cell at the border of the grid, else 0."""
    return [int(distance == 0) for distance in distance_to_border(scene)]


def half_below(scene: Scene) -> list[int]:
    """1 if the unit lies in the upper half of the grid, 2 in the lower one, 0 across the middle."""
    return [_find_half(unit.top, unit.bottom, scene.grid.shape[0]) for unit in scene.units]


def half_beside(scene: Scene) -> list[int]:
    """1 if the unit lies in the left half of the grid, 2 in the right one, 0 across the middle."""
    return [_find_half(unit.left, unit.right, scene.grid.shape[1]) for unit in scene.units]


def side_of_row(scene: Scene) -> list[int]:
    """1 if the unit lies above a row of one colour that crosses the grid, 2 below it, 3 between such rows, else 0."""
    rows = _find_lines(scene.grid)
    return [_find_side(unit.top, unit.bottom, rows) for unit in scene.units]


def side_of_column(scene: Scene) -> list[int]:
    """1 if the unit lies left of a column of one colour that crosses the grid, 2 right of it, 3 between, else 0."""
    columns = _find_lines(scene.grid.T)
    return [_find_side(unit.left, unit.right, columns) for unit in scene.units]


def _find_half(start: int, end: int, length: int) -> int:
    return 1 * (2 * end <= length) + 2 * (2 * start >= length)


def _find_lines(grid: Grid) -> list[int]:
    return [row for row, cells in enumerate(grid) if is_uniform(cells)]


def _find_side(start: int, end: int, lines: list[int]) -> int:
    before = any(end <= line for line in lines)
    after = any(start > line for line in lines)
    return 1 * before + 2 * after
