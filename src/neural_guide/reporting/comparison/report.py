"""A comparison of runs as files: comparison.md with its figures, and comparison.html that needs nothing else."""

from collections.abc import Mapping, Sequence
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
from neural_guide.reporting.figure_layout import INK, FigureLayout, save_png, shorten
from neural_guide.reporting.inline import inline_svg
from neural_guide.reporting.report_table import escape_markdown, format_number
from neural_guide.reporting.templates import Picture, render
from neural_guide.runtime.atomic_files import replace_file

BAR = 0.26  # inches from run to run
NAMES = 1.5  # inches for the names of runs
MOST_CURVES = len(COLOURS)  # more cannot be told apart


def write_comparison(folder: Path, runs: Mapping[str, ComparedRun], told: Sequence[str] = ()) -> Path:
    """Write `comparison.md`, `figures/compared_*.png` and `comparison.html`.

    Args:
        folder: that there is.
        runs: one or more, by name.
        told: what else there is to say, a line each.

    Returns:
        The path of `comparison.html`.
    """
    table, drawn = tabulate_comparison(runs), draw_comparison(runs)
    images = [
        f"![{escape_markdown(words)}](figures/{save_png(figure, folder / 'figures' / f'compared_{place}.png').name})"
        for place, (words, figure) in enumerate(drawn.items())
    ]
    lines = ["\n".join(f"- {escape_markdown(each)}" for each in told)] if told else []
    with replace_file(folder / "comparison.md") as temporary:
        temporary.write_text("\n\n".join([table.markdown().strip(), *lines, *images]) + "\n", encoding="utf-8")
    pictures = [Picture(words, inline_svg(figure, f"c{place}")) for place, (words, figure) in enumerate(drawn.items())]
    page = folder / "comparison.html"
    with replace_file(page) as temporary:
        temporary.write_text(render("comparison.html", table=table, told=told, pictures=pictures), encoding="utf-8")
    return page


def draw_comparison(runs: Mapping[str, ComparedRun]) -> dict[str, Figure]:
    """A picture for each metric, and one of the loss over training, by what it shows."""
    words = label_runs(runs)
    figures = {
        column.metric.label: _bars(column, [(words[name], read_value(run, column)) for name, run in runs.items()])
        for column in list_columns(runs)
    }
    return {"validation loss over training": _losses(runs, words), **figures}


def _bars(column: Column, found: list[tuple[str, float | None]]) -> Figure:
    """A bar for each run, its value beside it."""
    layout = FigureLayout(WIDTH, 0.75 + BAR * len(found))
    axes = layout.add_axes(NAMES, 0.35, WIDTH - NAMES - 0.75, BAR * len(found))
    places = range(len(found))
    axes.barh(places, [value or 0 for _, value in found], color=COLOURS[0], height=0.7)
    axes.set_yticks(places, [shorten(name, 24) for name, _ in found], parse_math=False)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(0, max((value or 0 for _, value in found), default=0) * 1.02 or 1)
    for place, (_, value) in enumerate(found):
        told = format_number(value, column.digits)
        axes.annotate(told, (value or 0, place), (4, 0), textcoords="offset points", va="center", fontsize=8, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    arrow = "↑" if column.metric.higher_is_better else "↓"
    axes.set_title(f"{column.metric.label} {arrow}", fontsize=10, loc="left", color=INK)
    return layout.figure


def _losses(runs: Mapping[str, ComparedRun], words: Mapping[str, str]) -> Figure:
    layout, axes = start_plot("validation loss")
    for place, (name, run) in enumerate(list(runs.items())[:MOST_CURVES]):
        points = find_series(read_history(run["history"]), "val/loss")
        if points:
            draw_points(axes, [(epoch, loss) for epoch, (_, loss) in enumerate(points, 1)], place, words[name])
    left = f" (the first {MOST_CURVES} runs)" if len(runs) > MOST_CURVES else ""
    finish_plot(axes, f"Validation loss{left}", "epoch")
    return layout.figure
