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
DASHES: tuple[Literal["-", "--", "-.", ":"], ...] = ("-", "--", "-.", ":")  # distinguishable in black and white
COLUMNS = 3  # panels in a row
PANEL = (2.7, 1.9)  # inches of a panel's plot area
LEFT, TOP = 0.75, 0.75  # inches to the first panel
STEP = (3.05, 2.55)  # inches from panel to panel
LABELS = {"nodes": "nodes (primitive calls)", "seconds": "seconds (the prior's own time included)"}


def draw_solved(comparisons: Sequence[EffortComparison], measure: Measure) -> Figure:
    """Draw the share of solved tasks against one measure, on one logarithmic axis in all panels.

    Args:
        comparisons: one for each panel, one or more.
        measure: `nodes` or `seconds`.
    """
    columns, rows = min(COLUMNS, len(comparisons)), -(-len(comparisons) // COLUMNS)
    layout = FigureLayout(LEFT + STEP[0] * columns, TOP + STEP[1] * rows - 0.1)
    low, high = _compute_limits(comparisons, measure)
    for position, comparison in enumerate(comparisons):
        row, column = divmod(position, columns)
        axes = layout.add_axes(LEFT + STEP[0] * column, TOP + STEP[1] * row, *PANEL)
        _style_panel(axes, f"{comparison.group}, {comparison.task_count:,} tasks", low, high)
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("share solved", fontsize=8, color=INK)
        if position + columns >= len(comparisons):  # the lowest panel of its column
            axes.set_xlabel(LABELS[measure], fontsize=8, color=INK)
        for prior, effort in comparison.efforts.items():
            axes.add_line(_build_line(prior, *compute_solved_curve(effort, measure, low, high)))
    _add_legend(layout, list_priors(comparisons))
    return layout.figure


def compute_solved_curve(effort: Effort, measure: Measure, start: float, end: float) -> tuple[Floats, Floats]:
    """Compute the share of solved tasks against the effort, as a step function.

    Args:
        effort: efforts of one prior.
        measure: `nodes` or `seconds`.
        start: lower end of the axis, above 0; smaller efforts are drawn there.
        end: upper end of the axis.

    Returns:
        float64 [point] efforts, ascending, and float64 [point] shares of all tasks. If a task is not
        solved, the line ends at the largest effort spent: the share beyond it is unknown.
    """
    solved = np.sort(effort.get_lower_bounds(measure)[effort.solved])
    last = end if effort.solved.all() else max(start, effort.get_lower_bounds(measure).max())
    efforts = np.concatenate([[start], np.maximum(solved, start), [last]])
    counts = np.concatenate([np.arange(solved.size + 1), [solved.size]])
    return efforts, counts / len(effort)


def choose_colour(prior: str) -> str:
    """The colour of a prior, the same in every picture."""
    return COLOURS[_rank_prior(prior) % len(COLOURS)]


def _rank_prior(prior: str) -> int:
    return PRIORS.index(prior) if prior in PRIORS else len(PRIORS)


def _build_line(prior: str, efforts: Sequence[float] | Floats = (), shares: Sequence[float] | Floats = ()) -> Line2D:
    return Line2D(
        efforts,
        shares,
        drawstyle="steps-post",
        color=choose_colour(prior),
        linestyle=DASHES[_rank_prior(prior) % len(DASHES)],
        linewidth=2.2 if prior == PRIORS[0] else 1.5,
    )


def _compute_limits(comparisons: Sequence[EffortComparison], measure: Measure) -> tuple[float, float]:
    """Powers of ten around all efforts above 0."""
    spent = np.concatenate(
        [effort.get_lower_bounds(measure) for comparison in comparisons for effort in comparison.efforts.values()]
    )
    positive = spent[spent > 0] if (spent > 0).any() else np.ones(1)
    low, high = np.floor(np.log10(positive.min())), np.ceil(np.log10(positive.max()))
    return float(10**low), float(10 ** max(high, low + 1))


def _style_panel(axes: Axes, title: str, low: float, high: float) -> None:
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


def _add_legend(layout: FigureLayout, priors: Sequence[str]) -> None:
    layout.figure.legend(
        [_build_line(prior) for prior in priors],
        priors,
        loc="upper left",
        bbox_to_anchor=(LEFT / layout.width, 1 - 0.2 / layout.height),
        borderaxespad=0,
        ncols=len(priors),
        fontsize=9,
        frameon=False,
        handlelength=3,
    )
