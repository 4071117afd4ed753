"""Pictures of what all answers of a split say together."""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.curves import COLOURS, draw_points, finish_plot, start_plot
from neural_guide.reporting.figure_layout import INK, RULE, FigureLayout, shorten
from neural_guide.reporting.results import SplitPredictions
from neural_guide.reporting.run.diagnosis import bin_by_probability, count_confusions
from neural_guide.reporting.tables import METRICS

MOST_CONFUSED = 20  # primitives a side
SHADES = LinearSegmentedColormap.from_list("shades", ["#9ecae1", "#0072B2", "#D55E00"])  # seen on white and on black
CELL = 0.17  # inches of a side
NAMES = 1.4  # inches left of the cells


def draw_diagnosis(
    metrics: Mapping[str, float], judged: SplitPredictions | None, vocabulary: Vocabulary
) -> dict[str, Figure]:
    """A picture for all that can be shown, by name, in reading order."""
    if judged is None:
        return {}
    figures = {
        "reliability": draw_reliability(judged),
        "pairs": draw_pairs_shown(metrics, judged.split),
        "confusions": draw_confusions(judged, vocabulary),
    }
    return {name: figure for name, figure in figures.items() if figure}


def draw_reliability(judged: SplitPredictions) -> Figure:
    """Probability against frequency; the area of a dot says how many answers it stands for."""
    layout, axes = start_plot("share that is true")
    found = bin_by_probability(judged)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":", label="perfectly calibrated")
    draw_points(axes, [(each.probability, each.frequency) for each in found], 0, "guide")
    most = max(each.answers for each in found)
    axes.scatter(
        [each.probability for each in found],
        [each.frequency for each in found],
        s=[12 + 160 * each.answers / most for each in found],
        color=COLOURS[0],
        alpha=0.5,
        linewidths=0,
    )
    axes.set_xlim(-0.04, 1.04)
    axes.set_ylim(-0.04, 1.04)
    finish_plot(axes, f"{judged.split}: is a probability what it says?", "predicted probability")
    return layout.figure


def draw_pairs_shown(metrics: Mapping[str, float], split: str) -> Figure | None:
    """Micro-F1 and exact set against the number of pairs shown; None where fewer than two numbers were tried."""
    pattern = re.compile(re.escape(split) + r"/pairs_(\d+)/([^/]+)")
    found = [(match[2], int(match[1]), value) for key, value in metrics.items() if (match := pattern.fullmatch(key))]
    numbers = sorted({pairs for _, pairs, _ in found})
    if len(numbers) < 2:
        return None
    layout, axes = start_plot("higher is better")
    labels = {metric.key: metric.label for metric in METRICS}
    for position, name in enumerate(sorted({name for name, _, _ in found}, key=list(labels).index)):
        points = sorted((pairs, value) for key, pairs, value in found if key == name)
        draw_points(axes, points, position, labels[name])
        for pairs, value in points:
            axes.annotate(
                f"{value:.2f}",
                (pairs, value),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=7,
                color=INK,
            )
    axes.set_xticks(numbers)
    axes.set_ylim(0, 1.08)
    finish_plot(axes, f"{split}: what each further pair tells", "pairs shown of the same tasks")
    return layout.figure


def draw_confusions(judged: SplitPredictions, vocabulary: Vocabulary) -> Figure | None:
    """Which primitive is missed where which other is falsely predicted; None where that never happens."""
    counts = count_confusions(judged)
    if not counts.any():
        return None
    rows, columns = _largest(counts.sum(axis=1)), _largest(counts.sum(axis=0))
    shown = np.ma.masked_equal(counts[np.ix_(rows, columns)], 0)
    layout = FigureLayout(NAMES + CELL * len(columns) + 0.5, 1.9 + CELL * len(rows))
    axes = layout.add_axes(NAMES, 0.35, CELL * len(columns), CELL * len(rows))
    image = axes.pcolormesh(shown, cmap=SHADES, vmin=0)
    axes.invert_yaxis()
    names = [[shorten(vocabulary.names[place], 20) for place in places] for places in (rows, columns)]
    axes.set_yticks(np.arange(len(rows)) + 0.5, names[0], parse_math=False)
    axes.set_xticks(np.arange(len(columns)) + 0.5, names[1], rotation=90, parse_math=False)
    axes.spines[:].set_color(RULE)
    axes.tick_params(labelsize=7, colors=INK, length=0)
    axes.set_ylabel("missed", fontsize=8, color=INK)
    axes.set_xlabel("falsely predicted", fontsize=8, color=INK)
    axes.set_title(f"{judged.split}: tasks with both", fontsize=10, loc="left", color=INK)
    legend = layout.add_axes(NAMES + CELL * len(columns) + 0.1, 0.35, 0.1, min(1.2, CELL * len(rows)))
    bar = layout.figure.colorbar(image, cax=legend)
    bar.ax.tick_params(labelsize=7, colors=INK, length=2)
    return layout.figure


def _largest(totals: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where the largest totals above 0 stand, in the order of the vocabulary."""
    largest = np.argsort(-totals, kind="stable")[:MOST_CONFUSED]
    places: npt.NDArray[np.int64] = np.sort(largest[totals[largest] > 0])
    return places
