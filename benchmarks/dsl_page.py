"""Write the tables of docs/dsl.md and its picture sheets, from the docstrings and test pairs of the primitives.

The script keeps the text above the marker, which is written by hand.

    python benchmarks/dsl_page.py
"""

import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path

from neural_guide.arc.grid import Grid
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.reporting.drawing import draw_grid
from neural_guide.reporting.figure_layout import FigureLayout, shorten

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "dsl.md"
MARKER = "<!-- from here on written by benchmarks/dsl_page.py -->"
ACROSS = 6  # pairs side by side in a sheet
SIDE, GAP, NAME = 0.8, 0.12, 0.26  # inches: side of a grid, gap between grids, height of the line with the name

sys.path.insert(0, str(ROOT / "tests" / "dsl"))
from pairs import PAIRS, parse_pair  # noqa: E402


def group_by_module() -> dict[str, list[str]]:
    """Group the names of the primitives by the module that defines them."""
    families: dict[str, list[str]] = defaultdict(list)
    for name, function in PRIMITIVES.items():
        families[function.__module__].append(name)
    return dict(sorted(families.items()))


def draw_sheet(pairs: dict[str, tuple[Grid, Grid]]) -> FigureLayout:
    """Draw pairs, input beside output, under their names."""
    width, height = 2 * SIDE + 3 * GAP, SIDE + NAME + GAP
    layout = FigureLayout(ACROSS * width, -(-len(pairs) // ACROSS) * height)
    for index, (name, (before, after)) in enumerate(pairs.items()):
        left, top = index % ACROSS * width + GAP, index // ACROSS * height
        span = max(*before.shape, *after.shape, 5)
        layout.add_text(left, top + 0.06, shorten(name, 24), 8)
        draw_grid(layout, left, top + NAME, SIDE, before, span=span)
        draw_grid(layout, left + SIDE + GAP, top + NAME, SIDE, after, span=span)
    return layout


def main() -> None:
    parts = [PAGE.read_text().split(MARKER)[0] + MARKER]
    for module, names in group_by_module().items():
        family = module.rsplit(".", 1)[1]
        picture = ROOT / "docs" / "pictures" / f"dsl_{family}.png"
        draw_sheet({name: parse_pair(PAIRS[name]) for name in names}).figure.savefig(picture, dpi=70)
        summary = (import_module(module).__doc__ or "").splitlines()[0]
        rows = [f"| `{name}` | {(PRIMITIVES[name].__doc__ or '').splitlines()[0]} |" for name in names]
        title = f"## {family}\n\n{summary}\n\n![{family}: a pair of each primitive](pictures/{picture.name})"
        parts.append("\n".join([title, "", "| primitive | result |", "|---|---|", *rows]))
    PAGE.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
