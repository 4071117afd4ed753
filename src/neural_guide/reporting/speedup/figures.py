"""Share of tasks solved against the effort, one panel for each group of tasks, one line for each prior."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from neural_guide.harness.effort import SHARES, Effort, EffortComparison, Measure
from neural_guide.reporting.curves import COLOURS
from neural_guide.reporting.figure_layout import INK, FigureLayout
from neural_guide.reporting.speedup.tables import list_priors

Floats = npt.NDArray[np.float64]

PRIORS = ("guide", "frequency", "uniform", "oracle")  # in the order of their colours
DASHES: tuple[Literal["-", "--", "-.", ":"], ...] = ("-", "--", "-.", ":")  # told apart in black and white too
COLUMNS = 3  # panels beside each other
PANEL = (2.7, 1.9)  # inches of a panel's plot area
LEFT, TOP = 0.75, 0.75  # inches to the first panel
STEP = (3.05, 2.55)  # inches from panel to panel
LABELS = {"nodes": "nodes (primitive calls)", "seconds": "seconds (the prior's own time included)"}


def draw_solved(comparisons: Sequence[EffortComparison], measure: Measure) -> Figure:
    """The picture for one measure; its axis is logarithmic and the same in all panels.

    Args:
        comparisons: one a panel, one or more.
        measure: `nodes` or `seconds`.
    """
    columns, rows = min(COLUMNS, len(comparisons)), -(-len(comparisons) // COLUMNS)
    layout = FigureLayout(LEFT + STEP[0] * columns, TOP + STEP[1] * rows - 0.1)
    low, high = _limits(comparisons, measure)
    for place, comparison in enumerate(comparisons):
        row, column = divmod(place, columns)
        axes = layout.add_axes(LEFT + STEP[0] * column, TOP + STEP[1] * row, *PANEL)
        _frame(axes, f"{comparison.group}, {comparison.task_count:,} tasks", low, high)
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("share solved", fontsize=8, color=INK)
        if place + columns >= len(comparisons):  # nothing below it
            axes.set_xlabel(LABELS[measure], fontsize=8, color=INK)
        for prior, effort in comparison.efforts.items():
            axes.add_line(_line(prior, *compute_solved_curve(effort, measure, low, high)))
    _legend(layout, list_priors(comparisons))
    return layout.figure


def compute_solved_curve(effort: Effort, measure: Measure, start: float, end: float) -> tuple[Floats, Floats]:
    """Where the share of solved tasks rises, and to what, for a line of steps.

    Args:
        effort: of one prior.
        measure: `nodes` or `seconds`.
        start: where the axis begins, above 0; efforts below are shown there.
        end: where it ends.

    Returns:
        float64 [point] efforts, ascending, and float64 [point] shares of all tasks. Where a task is not solved
        the line ends at the most that was spent on one: beyond it nothing is known.
    """
    solved = np.sort(effort.get_lower_bounds(measure)[effort.solved])
    last = end if effort.solved.all() else max(start, effort.get_lower_bounds(measure).max())
    efforts = np.concatenate([[start], np.maximum(solved, start), [last]])
    counts = np.concatenate([np.arange(solved.size + 1), [solved.size]])
    return efforts, counts / len(effort)


def choose_colour(prior: str) -> str:
    """The colour of a prior, the same in every picture."""
    return COLOURS[_place(prior) % len(COLOURS)]


def _place(prior: str) -> int:
    return PRIORS.index(prior) if prior in PRIORS else len(PRIORS)


def _line(prior: str, efforts: Sequence[float] | Floats = (), shares: Sequence[float] | Floats = ()) -> Line2D:
    return Line2D(
        efforts,
        shares,
        drawstyle="steps-post",
        color=choose_colour(prior),
        linestyle=DASHES[_place(prior) % len(DASHES)],
        linewidth=2.2 if prior == PRIORS[0] else 1.5,
    )


def _limits(comparisons: Sequence[EffortComparison], measure: Measure) -> tuple[float, float]:
    """Whole powers of ten around all efforts that are above 0."""
    spent = np.concatenate([effort.get_lower_bounds(measure) for one in comparisons for effort in one.efforts.values()])
    shown = spent[spent > 0] if (spent > 0).any() else np.ones(1)
    low, high = np.floor(np.log10(shown.min())), np.ceil(np.log10(shown.max()))
    return float(10**low), float(10 ** max(high, low + 1))


def _frame(axes: Axes, title: str, low: float, high: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.02)
    axes.set_title(title, fontsize=9, loc="left", color=INK)
    axes.set_yticks([0, *SHARES, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.xaxis.set_major_locator(LogLocator(numticks=7))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(labelsize=8, colors=INK)
    axes.tick_params(axis="x", which="minor", length=0)
    axes.grid(visible=True, color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(layout: FigureLayout, priors: Sequence[str]) -> None:
    layout.figure.legend(
        [_line(prior) for prior in priors],
        priors,
        loc="upper left",
        bbox_to_anchor=(LEFT / layout.width, 1 - 0.2 / layout.height),
        borderaxespad=0,
        ncols=len(priors),
        fontsize=9,
        frameon=False,
        handlelength=3,
    )
