"""What is seen of the panel of every cell."""

from collections.abc import Iterator

import numpy as np

from neural_guide.arc.grid import COLOURS, Grid
from neural_guide.dsl.objects import rank_values
from neural_guide.dsl.panels import find_panels
from neural_guide.search.cell_rules.feature import MOST, Found


def panel_views(grid: Grid) -> Iterator[Found]:
    """Of the panel of every cell; 0 on the walls between."""
    panels = find_panels(grid)
    if panels is None:
        return
    contents = [int(np.count_nonzero(part)) for part in panels.parts]
    facts = {
        "row of panels": [1 + place // panels.columns for place in range(len(contents))],
        "column of panels": [1 + place % panels.columns for place in range(len(contents))],
        "rank of panel": rank_values([-content for content in contents]),
        "rank of panel from least": rank_values(contents),
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
            seen[name][here] = min(values[place], MOST)
    for name, cells in seen.items():
        yield name, cells, name.startswith("commonest")


def _commonest(part: Grid) -> int:
    counts = np.bincount(part.ravel(), minlength=COLOURS)
    counts[0] = 0
    return int(counts.argmax())
