"""Figures and grids as inline SVG: a page is one file and follows the reader's colour scheme."""

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
    """Convert a figure to SVG with text as text and the colours of the page.

    Args:
        figure: drawn in `INK`, `RULE` and `COLOURS`; its background becomes transparent.
        name: prefix of the ids in the SVG, unique on the page.
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    svg = text[text.index("<svg") :].replace(INK, "currentColor").replace(RULE, "var(--rule)")
    svg = svg.replace(COLOURS[0].lower(), "var(--accent)")
    head, tail = svg.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    ids = set(re.findall(r'id="([^"]+)"', tail))
    tail = re.sub(r'(id="|url\(#|href="#)([^")]+)', lambda match: f"{match[1]}{_prefix_id(match[2], name, ids)}", tail)
    return Markup(f"{head}>{tail}")  # matplotlib escapes the text in it


def inline_grid(grid: Grid) -> Markup:
    """Convert a grid to SVG: an image with a pixel for each cell, thin lines between the cells, one unit a cell."""
    rows, columns = grid.shape
    is_encoded, encoded = cv2.imencode(".png", PALETTE[grid][..., ::-1])
    assert is_encoded, "a valid grid is a valid image"
    cells = base64.b64encode(encoded.tobytes()).decode()
    lines = "".join(f"M0 {row}H{columns}" for row in range(rows + 1))
    lines += "".join(f"M{column} 0V{rows}" for column in range(columns + 1))
    return Markup(
        f'<svg class="grid" viewBox="-.05 -.05 {columns + 0.1} {rows + 0.1}" style="--columns:{columns};--rows:{rows}" '
        f'role="img" aria-label="grid of {rows} x {columns}"><image width="{columns}" height="{rows}" '
        f'href="data:image/png;base64,{cells}"/><path d="{lines}"/></svg>'
    )


def _prefix_id(text: str, name: str, ids: set[str]) -> str:
    return f"{name}-{text}" if text in ids else text
