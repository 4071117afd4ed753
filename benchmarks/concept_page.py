"""Write the tables of docs/concepts.md and its picture sheets: a pair of the first task of each concept.

The script keeps the text above the marker, which is written by hand.

    python benchmarks/concept_page.py
"""

from collections import defaultdict
from importlib import import_module
from pathlib import Path

from dsl_page import draw_sheet
from neural_guide.arc.grid import Grid
from neural_guide.data.generation.concepts.catalogue import CONCEPTS, name_family
from neural_guide.data.generation.concepts.tasks import draw_task

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "concepts.md"
MARKER = "<!-- from here on written by benchmarks/concept_page.py -->"


def draw_first_pair(name: str) -> tuple[Grid, Grid]:
    """Draw the first pair of the first task of a concept."""
    pair = draw_task(name, 0).task.pairs[0]
    return pair.input, pair.output


def main() -> None:
    families: dict[str, list[str]] = defaultdict(list)
    for name, concept in CONCEPTS.items():
        families[name_family(concept)].append(name)
    parts = [PAGE.read_text().split(MARKER)[0] + MARKER]
    for family, names in families.items():
        picture = ROOT / "docs" / "pictures" / f"concepts_{family}.png"
        draw_sheet({name: draw_first_pair(name) for name in names}).figure.savefig(picture, dpi=70)
        summary = (import_module(CONCEPTS[names[0]].__module__).__doc__ or "").splitlines()[0]
        rows = [f"| `{name}` | {(CONCEPTS[name].__doc__ or '').splitlines()[0]} |" for name in names]
        title = f"## {family}\n\n{summary}\n\n![{family}: a pair of each concept](pictures/{picture.name})"
        parts.append("\n".join([title, "", "| concept | rule |", "|---|---|", *rows]))
    PAGE.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
