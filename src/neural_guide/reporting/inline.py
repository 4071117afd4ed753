"""Pictures as text inside a page, so that one file shows everything and takes the reader's colours."""

import base64
import io
import re

import cv2
import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from neural_guide.arc.grid import Grid
from neural_guide.reporting.curves import COLOURS
from neural_guide.reporting.drawing import PALETTE
from neural_guide.reporting.figure_layout import INK, RULE


def inline_svg(figure: Figure, name: str) -> Markup:
    """A figure as SVG whose letters are text and whose ink is the page's own.

    Args:
        figure: drawn in `INK`, `RULE` and `COLOURS`; its white ground is left out.
        name: tells its parts from those of other figures on the page.
    """
    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    svg = text[text.index("<svg") :].replace(INK, "currentColor").replace(RULE, "var(--rule)")
    svg = svg.replace(COLOURS[0].lower(), "var(--accent)")
    head, tail = svg.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    ids = set(re.findall(r'id="([^"]+)"', tail))
    tail = re.sub(r'(id="|url\(#|href="#)([^")]+)', lambda found: f"{found[1]}{_own(found[2], name, ids)}", tail)
    return Markup(f"{head}>{tail}")  # matplotlib has escaped the names in it


def inline_grid(grid: Grid) -> Markup:
    """A grid as SVG, one unit a cell: its cells as a picture of one pixel each, thin lines between them."""
    rows, columns = grid.shape
    written, encoded = cv2.imencode(".png", PALETTE[grid][..., ::-1])
    assert written, "a valid grid is a valid picture"
    cells = base64.b64encode(encoded.tobytes()).decode()
    lines = "".join(f"M0 {row}H{columns}" for row in range(rows + 1))
    lines += "".join(f"M{column} 0V{rows}" for column in range(columns + 1))
    return Markup(
        f'<svg class="grid" viewBox="-.05 -.05 {columns + 0.1} {rows + 0.1}" style="--columns:{columns};--rows:{rows}" '
        f'role="img" aria-label="grid of {rows} x {columns}"><image width="{columns}" height="{rows}" '
        f'href="data:image/png;base64,{cells}"/><path d="{lines}"/></svg>'
    )


def _own(part: str, name: str, ids: set[str]) -> str:
    return f"{name}-{part}" if part in ids else part
