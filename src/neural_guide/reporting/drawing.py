"""Figures of grids, tasks and solutions, in the colours of the official ARC viewer."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from neural_guide.arc.grid import MAX_SIDE, Grid
from neural_guide.arc.task import Pair
from neural_guide.reporting.figure_layout import LINE, FigureLayout, shorten, wrap_text

PALETTE: npt.NDArray[np.uint8] = np.array(
    [
        [0x00, 0x00, 0x00],  # 0 black
        [0x00, 0x74, 0xD9],  # 1 blue
        [0xFF, 0x41, 0x36],  # 2 red
        [0x2E, 0xCC, 0x40],  # 3 green
        [0xFF, 0xDC, 0x00],  # 4 yellow
        [0xAA, 0xAA, 0xAA],  # 5 grey
        [0xF0, 0x12, 0xBE],  # 6 magenta
        [0xFF, 0x85, 0x1B],  # 7 orange
        [0x7F, 0xDB, 0xFF],  # 8 sky
        [0x87, 0x0C, 0x25],  # 9 maroon
    ],
    dtype=np.uint8,
)
"""uint8 [colour, red green blue]: the ten colours of the official ARC viewer."""

BORDER = "#6b6b6b"  # between cells: visible on black and on every colour
MARGIN = 0.15  # inches around a figure
GAP = 0.16  # inches between panels
CAPTION = 0.26  # inches under a grid, for its size
TITLE = 11  # points
WORDS = 9  # points
SMALL = 7  # points


def draw_grid(
    layout: FigureLayout, left: float, top: float, side: float, grid: Grid, caption: str = "", span: float = 0
) -> None:
    """Draw a grid with thin borders between its cells, its caption below it.

    Args:
        layout: the figure that is drawn on.
        left: left edge in inches of the square that contains the grid, which is centred at its top.
        top: top edge in inches.
        side: side of the square in inches.
        grid: any valid grid.
        caption: a short text, e.g. `3 x 12`.
        span: number of cells on a side of the square, so that grids side by side share a scale; the grid's
            longer side if that is larger.
    """
    rows, columns = grid.shape
    cell = side / max(span, rows, columns)
    left += (side - columns * cell) / 2
    right, bottom = left + columns * cell, top + rows * cell
    surface = layout.surface
    image = AxesImage(surface, interpolation="nearest", extent=(left, right, bottom, top), origin="upper")
    image.set_data(PALETTE[grid])
    surface.add_image(image)
    across = [[(left, top + row * cell), (right, top + row * cell)] for row in range(rows + 1)]
    down = [[(left + column * cell, top), (left + column * cell, bottom)] for column in range(columns + 1)]
    width = 0.8 if max(span, rows, columns) <= 12 else 0.4
    surface.add_collection(LineCollection(across + down, colors=BORDER, linewidths=width), autolim=False)
    layout.add_text((left + right) / 2, bottom + 3 / 72, caption, SMALL, centred=True)


def choose_panel_side(grids: Sequence[Grid]) -> float:
    """The side of a panel in inches: larger for large grids, so that a cell stays visible."""
    return 1.0 + 0.8 * float(max(max(grid.shape) for grid in grids)) / MAX_SIDE


def draw_row(layout: FigureLayout, left: float, top: float, side: float, grids: Sequence[Grid], span: float) -> None:
    """Draw grids from left to right on one scale, `span` cells to a side, each captioned with its size."""
    for position, grid in enumerate(grids):
        rows, columns = grid.shape
        draw_grid(layout, left + position * (side + GAP), top, side, grid, f"{rows} x {columns}", _span(grid, span))


def measure_row_height(side: float, grids: Sequence[Grid], span: float) -> float:
    """The height in inches that `draw_row` needs, captions included: flat grids need less than their panel."""
    return CAPTION + side * float(max(grid.shape[0] / _span(grid, span) for grid in grids))


def draw_pairs(layout: FigureLayout, left: float, top: float, side: float, pairs: Sequence[Pair]) -> None:
    """Draw pairs side by side, each input above its output."""
    inputs, outputs, span = _split_pairs(pairs)
    draw_row(layout, left, top, side, inputs, span)
    draw_row(layout, left, top + measure_row_height(side, inputs, span), side, outputs, span)


def measure_pairs_height(side: float, pairs: Sequence[Pair]) -> float:
    """The height in inches that `draw_pairs` needs."""
    inputs, outputs, span = _split_pairs(pairs)
    return measure_row_height(side, inputs, span) + measure_row_height(side, outputs, span)


def _split_pairs(pairs: Sequence[Pair]) -> tuple[list[Grid], list[Grid], float]:
    inputs, outputs = [pair.input for pair in pairs], [pair.output for pair in pairs]
    return inputs, outputs, max(max(grid.shape) for grid in inputs + outputs)


def _span(grid: Grid, span: float) -> float:
    """The scale of a grid beside larger ones: at most 2.5 times its own side, so that it stays visible."""
    return float(max(max(grid.shape), 0.4 * span))


def draw_task(pairs: Sequence[Pair], title: str, lines_of_text: Sequence[str] = ()) -> Figure:
    """Draw a task: its pairs side by side, each input above its output.

    Args:
        pairs: pairs of the task, at least one.
        title: text above the grids.
        lines_of_text: text below them; long lines are wrapped.
    """
    side = choose_panel_side([grid for pair in pairs for grid in (pair.input, pair.output)])
    inner = max(len(pairs) * (side + GAP) - GAP, 3.5)
    heading = wrap_text(title, inner, TITLE)
    words = [part for line in lines_of_text for part in wrap_text(line, inner, WORDS)]
    start = MARGIN + len(heading) * LINE * TITLE + 0.1
    below = start + measure_pairs_height(side, pairs) + 0.05
    layout = FigureLayout(inner + 2 * MARGIN, below + len(words) * LINE * WORDS + MARGIN)
    layout.add_text(MARGIN, MARGIN, "\n".join(heading), TITLE, bold=True)
    draw_pairs(layout, MARGIN, start, side, pairs)
    layout.add_text(MARGIN, below, "\n".join(words), WORDS)
    return layout.figure


def draw_solution(states: Sequence[Sequence[Grid]], program: Sequence[str], title: str = "") -> Figure:
    """Draw the grids along a program: a row for each pair, a column for each state.

    Args:
        states: `states[pair][step]`, the pair's input at step 0; a row may be shorter.
        program: primitive of each step.
        title: text above the grids; by default the program.
    """
    side = choose_panel_side([grid for row in states for grid in row])
    steps = ["input", *(f"→ {shorten(name, 16)}" for name in program)]
    inner = max(len(steps) * (side + GAP) - GAP, 3.5)
    heading = wrap_text(title or " → ".join(program) or "the empty program", inner, TITLE)
    names = MARGIN + len(heading) * LINE * TITLE + 0.1
    start = names + LINE * WORDS + 0.05
    spans = [max(max(grid.shape) for grid in row) for row in states]
    heights = [measure_row_height(side, row, span) for row, span in zip(states, spans, strict=True)]
    layout = FigureLayout(inner + 2 * MARGIN, start + sum(heights) + MARGIN)
    layout.add_text(MARGIN, MARGIN, "\n".join(heading), TITLE, bold=True)
    for position, step in enumerate(steps):
        layout.add_text(MARGIN + position * (side + GAP), names, step, SMALL + 1)
    for position, (row, span) in enumerate(zip(states, spans, strict=True)):
        draw_row(layout, MARGIN, start + sum(heights[:position]), side, row, span)
    return layout.figure
