"""Figures of a dataset: labels, their co-occurrence, lengths and quality, grids beside ARC's."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from neural_guide.data.audit.results import AuditResults
from neural_guide.reporting.curves import COLOURS
from neural_guide.reporting.figure_layout import INK, LETTER, FigureLayout, shorten, wrap_text
from neural_guide.reporting.inspection.tables import REQUESTED

BARS = 40  # most frequent labels that are drawn
MAP_LABELS = 24  # labels of the co-occurrence map
ANNOTATED_LABELS = 18  # largest map whose cells show their figures
LENGTHS = 12  # program lengths that are drawn; longer programs count with the last
BAR = 0.22  # inches from bar to bar
PANEL = (2.45, 1.7)  # inches of a histogram
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.3g}%")


def draw_labels(results: AuditResults) -> Figure:
    """Share of tasks that use each label, the most frequent first."""
    labels = results.labels[:BARS]
    tasks = max(results.tasks["count"], 1)
    layout = FigureLayout(7.0, 0.95 + BAR * len(labels))
    axes = layout.add_axes(2.3, 0.4, 3.6, BAR * len(labels))
    positions = range(len(labels))
    shares = [label.tasks / tasks for label in labels]
    axes.barh(positions, shares, color=COLOURS[0], height=0.74)
    axes.set_yticks(positions, [shorten(label.name, 30) for label in labels], fontsize=8, parse_math=False)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, max(shares) * 1.02)
    for position, label in zip(positions, labels, strict=True):
        axes.annotate(
            f"{label.tasks:,}", (shares[position], position), xytext=(3, 0), textcoords="offset points", **_SMALL
        )
    _style_axes(
        axes, f"Labels: {_describe_extent(len(labels), len(results.labels))}", "share of tasks (figures: tasks)"
    )
    axes.xaxis.set_major_formatter(PERCENT)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(visible=False, axis="y")
    return layout.figure


def draw_cooccurrence(results: AuditResults) -> Figure | None:
    """Share of the tasks with one label that also have another; None: fewer than two labels."""
    names = results.together["names"][:MAP_LABELS]
    if len(names) < 2:
        return None
    counts = np.array(results.together["tasks"], dtype=float)[: len(names), : len(names)]
    shares = counts / np.diag(counts)[:, None]
    np.fill_diagonal(shares, np.nan)
    words = [shorten(name, 24) for name in names]
    side, room = max(2.4, 0.3 * len(names)), 0.3 + 9 * LETTER * max(map(len, words))
    top = 0.35 + room
    layout = FigureLayout(room + side + 1.2, top + side + 0.25)
    axes = layout.add_axes(room, top, side, side)
    largest = max(float(np.nanmax(shares)), 0.01)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=largest)
    axes.set_xticks(range(len(names)), words, rotation=90, fontsize=8, parse_math=False)
    axes.set_yticks(range(len(names)), words, fontsize=8, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=INK)
    axes.spines[:].set_visible(False)
    if len(names) <= ANNOTATED_LABELS:
        _annotate_cells(axes, shares, largest)
    bar = layout.figure.colorbar(image, cax=layout.add_axes(room + side + 0.15, top, 0.14, side))
    bar.ax.yaxis.set_major_formatter(PERCENT)
    bar.ax.tick_params(labelsize=8, colors=INK, length=0)
    bar.outline.set_visible(False)
    title = wrap_text("Tasks with the label of a row: share (%) that also use that of a column", layout.width - 0.3, 10)
    layout.add_text(0.15, 0.12, "\n".join(title), 10, bold=True)
    return layout.figure


def _annotate_cells(axes: Axes, shares: npt.NDArray[np.float64], largest: float) -> None:
    for row, column in zip(*np.nonzero(np.isfinite(shares)), strict=True):
        share = shares[row, column]
        colour = "white" if share > 0.6 * largest else INK
        axes.text(column, row, f"{100 * share:.0f}", fontsize=6.5, ha="center", va="center", color=colour)


def draw_lengths_and_quality(results: AuditResults) -> Figure:
    """Tasks by program length, and records left at each quality threshold."""
    layout = FigureLayout(7.0, 3.0)
    left, right = layout.add_axes(0.7, 0.45, 2.4, 1.85), layout.add_axes(3.95, 0.45, 2.85, 1.85)
    lengths = list(results.lengths.items())
    bars = [(str(length), counts["tasks"]) for length, counts in lengths[:LENGTHS]]
    if len(lengths) > LENGTHS:
        bars[-1] = (f"{bars[-1][0]}+", sum(counts["tasks"] for _, counts in lengths[LENGTHS - 1 :]))
    total = max(results.tasks["count"], 1)
    positions = range(len(bars))
    left.bar(positions, [count / total for _, count in bars], color=COLOURS[0], width=min(0.7, 0.2 * len(bars)))
    left.set_xticks(positions, [name for name, _ in bars])
    left.set_xlim(-0.7, len(bars) - 0.3)
    left.set_ylabel("share of tasks", fontsize=8, color=INK)
    _style_axes(left, "Program length", "primitives")
    left.yaxis.set_major_formatter(PERCENT)
    left.grid(visible=False, axis="x")
    right.plot(
        [row.threshold for row in results.quality], [row.share for row in results.quality], "o-", color=COLOURS[0]
    )
    right.lines[0].set_markersize(3)
    last_share = float("inf")
    for row in results.quality:
        if row.threshold in REQUESTED and abs(last_share - row.share) > 0.07:  # closer figures would overlap
            last_share = row.share
            right.annotate(f"{row.records:,}", (row.threshold, row.share), **_BESIDE)
    right.set_xlim(-0.02, 1.02)
    right.set_ylim(0, 1.08)
    right.set_ylabel("share of records", fontsize=8, color=INK)
    _style_axes(right, "Records that pass a threshold", "data.quality_threshold (figures: records)")
    right.yaxis.set_major_formatter(PERCENT)
    return layout.figure


def draw_grids(results: AuditResults) -> Figure:
    """Sides, colours, background and change: bars of the dataset, the line of ARC-1 training."""
    layout = FigureLayout(9.4, 7.75)
    wide, high = PANEL
    for row, kind in enumerate(("inputs", "outputs")):
        for column, (key, words, tenths) in enumerate(HISTOGRAMS):
            axes = layout.add_axes(0.7 + column * (wide + 0.5), 0.75 + row * (high + 0.65), wide, high)
            _histogram(axes, results.grids[kind], results.arc[kind], key, tenths=tenths)
            _style_axes(axes, f"{kind.capitalize()}: {words[0]}", words[1])
            if not column:
                axes.set_ylabel("share", fontsize=8, color=INK)
    bottom = 0.75 + 2 * (high + 0.65)
    axes = layout.add_axes(0.7, bottom, wide, high)
    _histogram(axes, results.grids, results.arc, "changed", tenths=True)
    _style_axes(axes, "Pairs of one size: change", "share of cells that change")
    axes.set_ylabel("share", fontsize=8, color=INK)
    _draw_sizes(layout.add_axes(0.7 + wide + 0.5 + 0.95, bottom, 2 * wide - 0.45, high), results)
    layout.add_text(0.7, 0.12, "Grids of the dataset (bars) beside ARC-1 training (line)", 10, bold=True)
    return layout.figure


HISTOGRAMS: Sequence[tuple[str, tuple[str, str], bool]] = (
    ("sides", ("rows and columns", "cells"), False),
    ("colours", ("colours", "different colours, background included"), False),
    ("background", ("background", "share of cells that are background"), True),
)


def _histogram(axes: Axes, data: Mapping[str, Any], arc: Mapping[str, Any], key: str, *, tenths: bool) -> None:
    """Draw shares: bars for the dataset, a line with markers for ARC."""
    ours, theirs = (np.array(side[key], dtype=float) / max(sum(side[key]), 1) for side in (data, arc))
    positions = (np.arange(len(ours)) + 0.5) / len(ours) if tenths else np.arange(len(ours))
    first = 0 if tenths else 1  # no grid has a side, or a number of colours, of 0
    axes.bar(
        positions[first:],
        ours[first:],
        width=0.86 * (positions[1] - positions[0]),
        color=COLOURS[5],
        label="this dataset",
    )
    axes.plot(positions[first:], theirs[first:], "o-", color=COLOURS[1], markersize=2.5, linewidth=1.2, label="ARC-1")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if tenths:
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PERCENT)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))


def _draw_sizes(axes: Axes, results: AuditResults) -> None:
    """Draw the shares of pairs with an output of the same size, smaller, larger, or equal to the input."""
    rows = {"one size": "same_size", "fewer cells": "smaller", "more cells": "larger", "input = output": "equal"}
    positions = np.arange(len(rows))
    for shift, side, colour, name in (
        (-0.19, results.grids, COLOURS[5], "this dataset"),
        (0.19, results.arc, COLOURS[1], "ARC-1 training"),
    ):
        shares = [side[key] for key in rows.values()]
        axes.barh(positions + shift, shares, height=0.36, color=colour, label=name)
        for position, share in zip(positions + shift, shares, strict=True):
            axes.annotate(f"{share:.1%}", (share, position), xytext=(3, 0), textcoords="offset points", **_SMALL)
    axes.set_yticks(positions, list(rows), fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1.1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(PERCENT)
    _style_axes(axes, "Output against input", "share of pairs")
    axes.grid(visible=False, axis="y")
    axes.legend(fontsize=8, frameon=False, loc="lower right")


_SMALL: dict[str, Any] = {"fontsize": 7, "va": "center", "color": INK}
_BESIDE: dict[str, Any] = {"xytext": (4, 3), "textcoords": "offset points", "fontsize": 7, "color": INK}


def _style_axes(axes: Axes, title: str, unit: str) -> None:
    axes.set_title(title, fontsize=9, loc="left", color=INK)
    axes.set_xlabel(unit, fontsize=8, color=INK)
    axes.tick_params(labelsize=8, colors=INK, length=2)
    axes.grid(visible=True, color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _describe_extent(drawn: int, total: int) -> str:
    return f"all {total}" if drawn == total else f"the {drawn} most frequent of {total:,}"
