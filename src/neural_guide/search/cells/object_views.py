"""What is seen of the object, the box and the panel of every cell."""

from collections.abc import Iterator

import numpy as np

from neural_guide.dsl.objects import Objects, joined, plain, ranks, tight
from neural_guide.dsl.panels import panels_of
from neural_guide.grid import COLOURS, Grid

_MOST = 31  # of what is counted


def object_views(grid: Grid) -> Iterator[tuple[str, Grid]]:
    """Name and values, of objects of each kind and of the parts of the background; 0 outside of them."""
    background = (grid == 0).view(np.uint8)
    kinds = {"object": joined(grid), "plain object": plain(grid), "tight object": tight(grid), "gap": tight(background)}
    for kind, objects in kinds.items():
        if len(objects):
            for name, values in _facts(objects):
                yield f"{name} of {kind}", objects.paint([min(value, _MOST) for value in values])
            yield f"place in box of {kind}", _places_in_boxes(objects)


def panel_views(grid: Grid) -> Iterator[tuple[str, Grid, bool]]:
    """Name, values and whether they are colours, of the panel of every cell; 0 on the walls between."""
    panels = panels_of(grid)
    if panels is None:
        return
    contents = [int(np.count_nonzero(part)) for part in panels.parts]
    facts = {
        "row of panels": [1 + place // panels.columns for place in range(len(contents))],
        "column of panels": [1 + place % panels.columns for place in range(len(contents))],
        "rank of panel": ranks([-content for content in contents]),
        "rank of panel from least": ranks(contents),
        "content of panel": [1 + content for content in contents],
        "commonest colour of panel": [_commonest(part) for part in panels.parts],
    }
    seen = {name: np.zeros_like(grid) for name in (*facts, "row in panel", "column in panel")}
    for place, part in enumerate(panels.parts):
        top, left = panels.tops[place // panels.columns], panels.lefts[place % panels.columns]
        here = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        rows, columns = np.indices(part.shape)
        seen["row in panel"][here], seen["column in panel"][here] = 1 + rows, 1 + columns
        for name, values in facts.items():
            seen[name][here] = min(values[place], _MOST)
    for name, cells in seen.items():
        yield name, cells, name.startswith("commonest")


def _facts(objects: Objects) -> Iterator[tuple[str, list[int]]]:
    """One number an object, 1 or more."""
    boxes = objects.boxes
    areas = [box.area for box in boxes]
    yield "area", areas
    yield "rank", ranks([-area for area in areas])
    yield "rank from smallest", ranks(areas)
    yield "whether largest", [1 + (area == max(areas)) for area in areas]
    yield "whether smallest", [1 + (area == min(areas)) for area in areas]
    yield "width", [box.width for box in boxes]
    yield "height", [box.height for box in boxes]
    yield "longer side", [1 + (box.width > box.height) + 2 * (box.width < box.height) for box in boxes]
    yield "holes", [1 + holes for holes in objects.holes]
    yield "whether at border", [1 + at_border for at_border in objects.at_border]
    yield "whether solid", [1 + (box.area == box.width * box.height) for box in boxes]
    yield "colours", objects.colours
    yield "copies", [objects.shapes.count(shape) for shape in objects.shapes]
    yield "symmetry", [_symmetry(mask) for mask in objects.masks]
    yield "place from left", ranks([box.left for box in boxes])
    yield "place from top", ranks([box.top for box in boxes])


def _places_in_boxes(objects: Objects) -> Grid:
    """1 inside the box of an object, one more on each of its sides; smaller boxes lie on larger ones."""
    seen: Grid = np.zeros(objects.labels.shape, dtype=np.uint8)
    for box in sorted(objects.boxes, key=lambda box: -box.width * box.height):
        place = np.ones((box.height, box.width), dtype=np.uint8)
        place[0] += 1
        place[-1] += 1
        place[:, 0] += 1
        place[:, -1] += 1
        seen[box.top : box.top + box.height, box.left : box.left + box.width] = place
    return seen


def _symmetry(mask: Grid) -> int:
    """1, and 1 more where left is right, and 2 more where top is bottom."""
    return 1 + np.array_equal(mask, mask[:, ::-1]) + 2 * np.array_equal(mask, mask[::-1])


def _commonest(part: Grid) -> int:
    counts = np.bincount(part.ravel(), minlength=COLOURS)
    counts[0] = 0
    return int(counts.argmax())
