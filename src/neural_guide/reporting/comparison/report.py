"""A comparison of runs: `comparison.md` with its figures, and `comparison.html` that needs no other file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from neural_guide.reporting.comparison.table import (
    Column,
    ComparedRun,
    label_runs,
    list_columns,
    read_value,
    tabulate_comparison,
)
from neural_guide.reporting.curves import (
    COLOURS,
    WIDTH,
    draw_points,
    find_series,
    finish_plot,
    read_history,
    start_plot,
)
from neural_guide.reporting.figure_layout import INK, FigureLayout, shorten
from neural_guide.reporting.rendering import ReportFigure, save_figure, write_rendered
from neural_guide.reporting.report_table import ReportTable, format_number

BAR = 0.26  # inches from run to run
NAMES = 1.5  # inches for the names of runs
MAX_CURVES = len(COLOURS)  # more have no colours of their own


@dataclass(frozen=True)
class ComparisonContext:
    """Everything that the templates `comparison.md` and `comparison.html` show.

    Attributes:
        table: settings that differ, and metrics, a row for each run.
        notes: further remarks, a line each.
        figures: validation loss over training, then a figure for each metric.
    """

    table: ReportTable
    notes: Sequence[str]
    figures: Sequence[ReportFigure]


def write_comparison(folder: Path, runs: Mapping[str, ComparedRun], notes: Sequence[str] = ()) -> Path:
    """Write `comparison.md`, `figures/compared_*.png` and `comparison.html`.

    Args:
        folder: an existing folder.
        runs: one or more, by name.
        notes: further remarks, a line each.

    Returns:
        The path of `comparison.html`.
    """
    figures = [
        ReportFigure(f"compared_{position}", caption, figure)
        for position, (caption, figure) in enumerate(draw_comparison(runs).items())
    ]
    context = ComparisonContext(tabulate_comparison(runs), notes, figures)
    for figure in figures:
        save_figure(figure, folder)
    write_rendered(folder / "comparison.md", "comparison.md", context)
    return write_rendered(folder / "comparison.html", "comparison.html", context)


def draw_comparison(runs: Mapping[str, ComparedRun]) -> dict[str, Figure]:
    """Draw the loss over training, and a figure for each metric, by caption."""
    labels = label_runs(runs)
    figures = {
        column.metric.label: _draw_bars(column, [(labels[name], read_value(run, column)) for name, run in runs.items()])
        for column in list_columns(runs)
    }
    return {"validation loss over training": _draw_losses(runs, labels), **figures}


def _draw_bars(column: Column, values: list[tuple[str, float | None]]) -> Figure:
    """A bar for each run, its value beside it."""
    layout = FigureLayout(WIDTH, 0.75 + BAR * len(values))
    axes = layout.add_axes(NAMES, 0.35, WIDTH - NAMES - 0.75, BAR * len(values))
    positions = range(len(values))
    axes.barh(positions, [value or 0 for _, value in values], color=COLOURS[0], height=0.7)
    axes.set_yticks(positions, [shorten(name, 24) for name, _ in values], parse_math=False)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xlim(0, max((value or 0 for _, value in values), default=0) * 1.02 or 1)
    for position, (_, value) in enumerate(values):
        axes.annotate(
            format_number(value, column.digits),
            (value or 0, position),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    arrow = "↑" if column.metric.higher_is_better else "↓"
    axes.set_title(f"{column.metric.label} {arrow}", fontsize=10, loc="left", color=INK)
    return layout.figure


def _draw_losses(runs: Mapping[str, ComparedRun], labels: Mapping[str, str]) -> Figure:
    layout, axes = start_plot("validation loss")
    for position, (name, run) in enumerate(list(runs.items())[:MAX_CURVES]):
        points = find_series(read_history(run["history"]), "val/loss")
        if points:
            draw_points(axes, [(epoch, loss) for epoch, (_, loss) in enumerate(points, 1)], position, labels[name])
    restriction = f" (the first {MAX_CURVES} runs)" if len(runs) > MAX_CURVES else ""
    finish_plot(axes, f"Validation loss{restriction}", "epoch")
    return layout.figure
