"""Figures of grids, tasks and solutions, in the colours of the official ARC viewer."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from neural_guide.arc.grid import MAX_SIDE, Grid
from neural_guide.arc.task import Pair
from neural_guide.reporting.figure_layout import INK, LINE, FigureLayout, shorten, wrap_text
from neural_guide.search.unit_rules.units import NO_UNIT, Outline

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
MAX_STEP = 90  # letters of a step in words
OUTLINE, OUTLINE_EDGE = "#ffffff", INK  # a white line with dark edges: visible on every colour and on the page


def draw_grid(
    layout: FigureLayout,
    left: float,
    top: float,
    side: float,
    grid: Grid,
    caption: str = "",
    span: float = 0,
    outline: Outline | None = None,
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
        outline: units that get a thick line around them; None for none.
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
    if outline is not None:
        _draw_outline(layout, left, top, cell, outline)
    layout.add_text((left + right) / 2, bottom + 3 / 72, caption, SMALL, centred=True)


def _draw_outline(layout: FigureLayout, left: float, top: float, cell: float, outline: Outline) -> None:
    """Draw a line between cells of different units, and around units at the edge of the grid."""
    padded = np.pad(outline, 1, constant_values=NO_UNIT)
    across = np.argwhere(padded[:-1, 1:-1] != padded[1:, 1:-1])  # row and column of the cell below the line
    down = np.argwhere(padded[1:-1, :-1] != padded[1:-1, 1:])  # row and column of the cell to the right of the line
    ends = np.concatenate([np.add(across, (0, 1)), np.add(down, (1, 0))])
    lines = np.stack([np.concatenate([across, down]), ends], axis=1)[..., ::-1] * cell + (left, top)
    width = min(2.0, max(1.0, 0.2 * cell * 72))
    for colour, points in ((OUTLINE_EDGE, 2 * width), (OUTLINE, width)):
        segments = LineCollection(list(lines), colors=colour, linewidths=points, capstyle="projecting")
        layout.surface.add_collection(segments, autolim=False)


def choose_panel_side(grids: Sequence[Grid]) -> float:
    """The side of a panel in inches: larger for large grids, so that a cell stays visible."""
    return 1.0 + 0.8 * float(max(max(grid.shape) for grid in grids)) / MAX_SIDE


def draw_row(
    layout: FigureLayout,
    left: float,
    top: float,
    side: float,
    grids: Sequence[Grid],
    span: float,
    outlines: Sequence[Outline | None] = (),
) -> None:
    """Draw grids from left to right on one scale, `span` cells to a side, each captioned with its size.

    `outlines` has the units to outline on each grid; empty for none.
    """
    for position, (grid, outline) in enumerate(zip(grids, outlines or [None] * len(grids), strict=True)):
        start = left + position * (side + GAP)
        rows, columns = grid.shape
        draw_grid(layout, start, top, side, grid, f"{rows} x {columns}", _span(grid, span), outline)


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


def draw_solution(
    states: Sequence[Sequence[Grid]],
    program: Sequence[str],
    title: str = "",
    outlines: Sequence[Sequence[Outline | None]] = (),
) -> Figure:
    """Draw the grids along a program: a row for each pair, a column for each state.

    Names of steps are shortened; with outlines, whose steps are sentences, they are wrapped over the column instead.

    Args:
        states: `states[pair][step]`, the pair's input at step 0; a row may be shorter.
        program: primitive of each step.
        title: text above the grids; by default the program.
        outlines: `outlines[pair][step]`, the units to outline on that grid; empty for none.
    """
    side = choose_panel_side([grid for row in states for grid in row])
    has_outlines = any(outline is not None for row in outlines for outline in row)
    steps = [["input"], *(_word_step(name, side if has_outlines else None) for name in program)]
    inner = max(len(steps) * (side + GAP) - GAP, 3.5)
    heading = wrap_text(title or " → ".join(program) or "the empty program", inner, TITLE)
    names = MARGIN + len(heading) * LINE * TITLE + 0.1
    start = names + LINE * WORDS + (max(map(len, steps)) - 1) * LINE * (SMALL + 1) + 0.05
    spans = [max(max(grid.shape) for grid in row) for row in states]
    heights = [measure_row_height(side, row, span) for row, span in zip(states, spans, strict=True)]
    layout = FigureLayout(inner + 2 * MARGIN, start + sum(heights) + MARGIN)
    layout.add_text(MARGIN, MARGIN, "\n".join(heading), TITLE, bold=True)
    for position, step in enumerate(steps):
        layout.add_text(MARGIN + position * (side + GAP), names, "\n".join(step), SMALL + 1)
    for position, (row, span) in enumerate(zip(states, spans, strict=True)):
        top = start + sum(heights[:position])
        draw_row(layout, MARGIN, top, side, row, span, outlines[position] if outlines else ())
    return layout.figure


def _word_step(name: str, width: float | None) -> list[str]:
    """The lines above the grid that a step makes: wrapped to a width in inches, or for None a short one."""
    return [f"→ {shorten(name, 16)}"] if width is None else wrap_text(f"→ {shorten(name, MAX_STEP)}", width, SMALL + 1)
