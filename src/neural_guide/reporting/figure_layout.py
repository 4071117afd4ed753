"""Figures laid out in inches from the top left corner, and their conversion to pixels.

A cell has the same size in every figure. pyplot is not used: threads and callers share its global state.
"""

import textwrap
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 120
INK = "#222222"
RULE = "#e4e4e4"  # lines of a plot's grid
LETTER = 0.0085  # inches of an average letter's width, per point of type size
LINE = 0.0185  # inches from line to line, per point of type size


class FigureLayout:
    """A white figure of a given size; positions are inches from its top left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)

    def add_axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Add axes whose plot area has this position and size, in inches."""
        bottom = self.height - top - height
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    @cached_property
    def surface(self) -> Axes:
        """Axes over the whole figure, in inches from the top left, for many artists: new axes are slow to create."""
        surface = self.add_axes(0, 0, self.width, self.height)
        surface.set(xlim=(0, self.width), ylim=(self.height, 0), autoscale_on=False)
        surface.set_axis_off()
        return surface

    def add_text(
        self, left: float, top: float, text: str, size: float = 9, *, bold: bool = False, centred: bool = False
    ) -> None:
        """Add text with its top left corner, or the middle of its top, here; mathtext is off: names may hold "$"."""
        self.figure.text(
            left / self.width,
            1 - top / self.height,
            text,
            fontsize=size,
            fontweight="bold" if bold else "normal",
            color=INK,
            ha="center" if centred else "left",
            va="top",
            parse_math=False,
        )


def wrap_text(text: str, width: float, size: float = 9) -> list[str]:
    """Wrap text into lines that fit a width in inches at a type size in points."""
    return textwrap.wrap(text, max(12, int(width / (LETTER * size)))) or [""]


def shorten(name: str, limit: int = 30) -> str:
    """Shorten a name to at most `limit` characters by cutting its middle: long names differ at both ends."""
    if len(name) <= limit:
        return name
    tail = (limit - 1) // 2
    return f"{name[: limit - 1 - tail]}…{name[-tail:]}"


def render_pixels(figure: Figure) -> npt.NDArray[np.uint8]:
    """Render a figure as uint8 [height, width, 3], e.g. for TensorBoard (dataformats="HWC")."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return np.asarray(pixels, dtype=np.uint8)[..., :3].copy()


def save_png(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG; create the folder if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")
    return path
