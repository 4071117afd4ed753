"""Primitives that keep or remove some objects, in place. Objects are `dsl.objects.find_objects` unless stated."""

from neural_guide.arc.grid import Grid
from neural_guide.dsl.cells import find_commonest_colour, find_rarest_colour
from neural_guide.dsl.objects import find_objects, find_side_connected_objects, find_single_colour_objects


def keep_largest(grid: Grid) -> Grid | None:
    """Only the objects with most cells. None if these are all."""
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    return objects.keep([area == max(areas) for area in areas])


def drop_largest(grid: Grid) -> Grid | None:
    """The grid without the objects with most cells. None if these are all."""
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    return objects.keep([area < max(areas) for area in areas])


def keep_smallest(grid: Grid) -> Grid | None:
    """Only the objects with fewest cells. None if these are all."""
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    return objects.keep([area == min(areas) for area in areas])


def drop_smallest(grid: Grid) -> Grid | None:
    """The grid without the objects with fewest cells. None if these are all."""
    objects = find_objects(grid)
    areas = [box.area for box in objects.boxes]
    return objects.keep([area > min(areas) for area in areas])


def drop_border(grid: Grid) -> Grid | None:
    """The grid without the objects at the border. None if these are all or none."""
    objects = find_objects(grid)
    return objects.keep([not touching for touching in objects.touches_border])


def drop_dots(grid: Grid) -> Grid | None:
    """The grid without the objects of one colour (corners join) of one cell. None if these are all or none."""
    objects = find_single_colour_objects(grid)
    return objects.keep([box.area > 1 for box in objects.boxes])


def keep_solid(grid: Grid) -> Grid | None:
    """Only the objects of one colour (sides join) that fill their box. None if these are all or none."""
    objects = find_side_connected_objects(grid)
    return objects.keep([box.area == box.width * box.height for box in objects.boxes])


def keep_rarest(grid: Grid) -> Grid | None:
    """Only the cells of the rarest colour except background. None for a tie or one colour."""
    return _select_colour(grid, find_rarest_colour(grid), keep=True)


def drop_rarest(grid: Grid) -> Grid | None:
    """The grid without the cells of the rarest colour except background. None for a tie or one colour."""
    return _select_colour(grid, find_rarest_colour(grid), keep=False)


def drop_commonest(grid: Grid) -> Grid | None:
    """The grid without the cells of the most common colour except background. None for a tie or one colour."""
    return _select_colour(grid, find_commonest_colour(grid), keep=False)


def keep_marked(grid: Grid) -> Grid | None:
    """Only the objects with a cell of the grid's rarest colour. None if these are all, or for a tie."""
    colour, objects = find_rarest_colour(grid), find_objects(grid)
    return None if colour is None else objects.keep([colour in crop for crop in objects.crops])


def _select_colour(grid: Grid, colour: int | None, *, keep: bool) -> Grid | None:
    """Keep or remove the cells of a colour; None for colour None, an empty result or no change."""
    if colour is None:
        return None
    kept: Grid = grid * ((grid == colour) if keep else (grid != colour))
    return kept if kept.any() and kept.tobytes() != grid.tobytes() else None
