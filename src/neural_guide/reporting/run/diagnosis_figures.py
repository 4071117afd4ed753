"""Figures of the diagnosis: reliability, accuracy by number of pairs, confusions."""

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

MAX_CONFUSED = 20  # primitives on each axis
SHADES = LinearSegmentedColormap.from_list("shades", ["#9ecae1", "#0072B2", "#D55E00"])  # visible on white and on black
CELL = 0.17  # inches of a side
NAMES = 1.4  # inches left of the cells


def draw_diagnosis(
    metrics: Mapping[str, float], predictions: SplitPredictions | None, vocabulary: Vocabulary
) -> dict[str, Figure]:
    """Draw every figure that has data, by name, in reading order."""
    if predictions is None:
        return {}
    figures = {
        "reliability": draw_reliability(predictions),
        "pairs": draw_accuracy_by_pairs(metrics, predictions.split),
        "confusions": draw_confusions(predictions, vocabulary),
    }
    return {name: figure for name, figure in figures.items() if figure}


def draw_reliability(predictions: SplitPredictions) -> Figure:
    """Probability against frequency; the area of a dot is proportional to its number of predictions."""
    layout, axes = start_plot("share that is true")
    bins = bin_by_probability(predictions)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":", label="perfectly calibrated")
    draw_points(axes, [(entry.probability, entry.frequency) for entry in bins], 0, "guide")
    largest = max(entry.size for entry in bins)
    axes.scatter(
        [entry.probability for entry in bins],
        [entry.frequency for entry in bins],
        s=[12 + 160 * entry.size / largest for entry in bins],
        color=COLOURS[0],
        alpha=0.5,
        linewidths=0,
    )
    axes.set_xlim(-0.04, 1.04)
    axes.set_ylim(-0.04, 1.04)
    finish_plot(axes, f"{predictions.split}: is a probability what it says?", "predicted probability")
    return layout.figure


def draw_accuracy_by_pairs(metrics: Mapping[str, float], split: str) -> Figure | None:
    """Micro-F1 and exact set against the number of pairs shown; None: fewer than two numbers were measured."""
    pattern = re.compile(re.escape(split) + r"/pairs_(\d+)/([^/]+)")
    values = [(match[2], int(match[1]), value) for key, value in metrics.items() if (match := pattern.fullmatch(key))]
    numbers = sorted({pairs for _, pairs, _ in values})
    if len(numbers) < 2:
        return None
    layout, axes = start_plot("higher is better")
    labels = {metric.key: metric.label for metric in METRICS}
    for position, name in enumerate(sorted({name for name, _, _ in values}, key=list(labels).index)):
        points = sorted((pairs, value) for key, pairs, value in values if key == name)
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


def draw_confusions(predictions: SplitPredictions, vocabulary: Vocabulary) -> Figure | None:
    """Tasks with a missed and a falsely predicted primitive, as a heat map; None: no such task."""
    counts = count_confusions(predictions)
    if not counts.any():
        return None
    rows, columns = _select_largest(counts.sum(axis=1)), _select_largest(counts.sum(axis=0))
    cells = np.ma.masked_equal(counts[np.ix_(rows, columns)], 0)
    layout = FigureLayout(NAMES + CELL * len(columns) + 0.5, 1.9 + CELL * len(rows))
    axes = layout.add_axes(NAMES, 0.35, CELL * len(columns), CELL * len(rows))
    image = axes.pcolormesh(cells, cmap=SHADES, vmin=0)
    axes.invert_yaxis()
    names = [[shorten(vocabulary.names[index], 20) for index in indices] for indices in (rows, columns)]
    axes.set_yticks(np.arange(len(rows)) + 0.5, names[0], parse_math=False)
    axes.set_xticks(np.arange(len(columns)) + 0.5, names[1], rotation=90, parse_math=False)
    axes.spines[:].set_color(RULE)
    axes.tick_params(labelsize=7, colors=INK, length=0)
    axes.set_ylabel("missed", fontsize=8, color=INK)
    axes.set_xlabel("falsely predicted", fontsize=8, color=INK)
    axes.set_title(f"{predictions.split}: tasks with both", fontsize=10, loc="left", color=INK)
    legend = layout.add_axes(NAMES + CELL * len(columns) + 0.1, 0.35, 0.1, min(1.2, CELL * len(rows)))
    bar = layout.figure.colorbar(image, cax=legend)
    bar.ax.tick_params(labelsize=7, colors=INK, length=2)
    return layout.figure


def _select_largest(totals: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Indices of the largest totals above 0, in the order of the vocabulary."""
    largest = np.argsort(-totals, kind="stable")[:MAX_CONFUSED]
    indices: npt.NDArray[np.int64] = np.sort(largest[totals[largest] > 0])
    return indices
