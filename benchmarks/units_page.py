"""Write the tables of docs/units.md and its picture sheets, from docstrings and the drawn examples of the tests.

The script keeps the text above the marker, which is written by hand.

    python benchmarks/units_page.py
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from dsl_page import draw_sheet
from neural_guide.search.unit_rules import colour_features, features, own_features, position_features, relations, units
from neural_guide.search.unit_rules.actions import copies, growth, marking, motion
from neural_guide.search.unit_rules.catalogue import VERBS
from neural_guide.search.unit_rules.comparisons import COMPARISONS
from neural_guide.search.unit_rules.picking import TAKING
from neural_guide.search.unit_rules.relations import TEMPLATES
from neural_guide.search.unit_rules.template_features import (
    ASPECTS,
    MARKER_FEATURES,
    MARKER_RELATIONS,
    TEMPLATE_FEATURES,
)

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "units.md"
MARKER = "<!-- from here on written by benchmarks/units_page.py -->"
FEATURES = {
    "Features of a unit by itself": own_features,
    "Features among the other units": relations,
    "Features of the place": position_features,
    "Colours, features and arguments": colour_features,
}
ACTIONS = {"In place": marking, "Motion": motion, "Growth": growth, "Copies and mirror images": copies}

sys.path.insert(0, str(ROOT / "tests" / "search"))
from unit_rules.drawing import build_grid, split_drawing  # noqa: E402
from unit_rules.drawn_actions import COPIES, GROWTH, IN_PLACE, MOTION  # noqa: E402

DRAWN = {"In place": IN_PLACE, "Motion": MOTION, "Growth": GROWTH, "Copies and mirror images": COPIES}


def tabulate(head: str, functions: Mapping[str, Callable[..., Any]]) -> str:
    """Tabulate functions by name with the first line of their docstrings."""
    rows = [f"| {name} | {(function.__doc__ or '').splitlines()[0]} |" for name, function in functions.items()]
    return "\n".join([f"| {head} | |", "|---|---|", *rows])


def list_module_functions(
    module: ModuleType, functions: Mapping[str, Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """List those of some functions that a module defines."""
    return {name: function for name, function in functions.items() if function.__module__ == module.__name__}


def main() -> None:
    parts = [PAGE.read_text().split(MARKER)[0] + MARKER, "## Kinds", tabulate("unit", units.SEGMENTATIONS)]
    for title, module in FEATURES.items():
        parts += [f"## {title}", tabulate("feature", list_module_functions(module, features.FUNCTIONS))]
    comparisons = tabulate("comparison", COMPARISONS)
    parts += ["## Comparisons with the other units", comparisons]
    for number, (title, module) in enumerate(ACTIONS.items(), start=1):
        picture = ROOT / "docs" / "pictures" / f"units_{number}.png"
        grids = {drawn.id: [build_grid(side) for side in split_drawing(drawn.drawing)] for drawn in DRAWN[title]}
        sheet = draw_sheet({name: (before, after) for name, (before, after) in grids.items()})
        sheet.figure.savefig(picture, dpi=70)
        parts += [
            f"## {title}",
            f"![{title}: a grid before and after its first or marked unit acts](pictures/{picture.name})",
            tabulate("action", list_module_functions(module, VERBS)),
        ]
    families = {f"{relation} COLOUR": MARKER_FEATURES[f"{relation} 1"] for relation in MARKER_RELATIONS}
    families |= {f"is {aspect} of TEMPLATE": TEMPLATE_FEATURES[f"is {aspect} of largest"] for aspect in ASPECTS}
    parts += ["## Likeness to a named unit, and relations to a colour", tabulate("feature", families)]
    parts += [f"A template is one of: {', '.join(TEMPLATES)}."]
    parts += ["## Taking a unit as the output", tabulate("action", TAKING)]
    PAGE.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
