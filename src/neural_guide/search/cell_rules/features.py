"""What is seen of every cell of a grid."""

from collections.abc import Iterator

from neural_guide.arc.grid import Grid
from neural_guide.search.cell_rules.colour_features import colour_views
from neural_guide.search.cell_rules.content_features import content_views
from neural_guide.search.cell_rules.feature import Found, View
from neural_guide.search.cell_rules.line_features import line_views
from neural_guide.search.cell_rules.neighbour_features import mixed_views, near_views
from neural_guide.search.cell_rules.object_features import object_views
from neural_guide.search.cell_rules.panel_features import panel_views
from neural_guide.search.cell_rules.position_features import place_views

_NEAR = 2.0  # nats of a view of the cells around
_FAR = 3.0  # and of one of the whole grid
_PLACED = 4.0  # and of one that is little but the place of a cell


def views_of(grid: Grid) -> dict[str, View]:
    """The views of a grid by name; content, objects and panels are seen where there are any."""
    found = {name: View(cells, _NEAR, is_colour) for name, cells, is_colour in near_views(grid)}
    found |= {name: View(cells, _PLACED, is_colour) for name, cells, is_colour in place_views(grid)}
    found |= {name: View(cells, _FAR, is_colour) for name, cells, is_colour in _far(grid, found)}
    return found


def _far(grid: Grid, near: dict[str, View]) -> Iterator[Found]:
    yield from line_views(grid)
    yield from colour_views(grid)
    yield from panel_views(grid)
    yield from object_views(grid)
    yield from mixed_views(grid, {name: view.cells for name, view in near.items()})
    yield from content_views(grid)
