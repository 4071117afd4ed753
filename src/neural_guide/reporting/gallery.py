"""Predictions of the guide for tasks: grids, the true program, and bars of the relevant primitives."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.drawing import (
    GAP,
    MARGIN,
    SMALL,
    TITLE,
    WORDS,
    choose_panel_side,
    draw_pairs,
    measure_pairs_height,
)
from neural_guide.reporting.figure_layout import INK, LINE, FigureLayout, shorten, wrap_text
from neural_guide.reporting.results import Prediction

MAX_PAIRS = 5  # drawn of a task; its heading gives the total
BAR = 0.2  # inches from bar to bar
MAX_BARS = 8  # true primitives and the most probable others
NAMES = 1.75  # inches for primitive names, left of the bars
BARS = 1.5  # inches for probability 0 to 1
SIGNS = 1.2  # inches for the figures and signs, right of the bars
THRESHOLD = 0.5  # least probability at which a primitive counts as predicted


class Mark(NamedTuple):
    """The mark of a bar: sign, word, and a colour that the colour-blind can distinguish."""

    sign: str
    word: str
    colour: str


HIT = Mark("✓", "hit", "#0072B2")
MISS = Mark("✗", "missed", "#D55E00")
FALSE_ALARM = Mark("△", "false alarm", "#E69F00")
REJECTED = Mark("", "rightly left out", "#B5B5B5")
PREDICTED = Mark("•", "predicted", "#56B4E9")  # the true program is unknown


class Bar(NamedTuple):
    """A primitive, its probability and its mark."""

    name: str
    probability: float
    mark: Mark


def draw_predictions(predictions: Sequence[Prediction], vocabulary: Vocabulary, threshold: float = THRESHOLD) -> Figure:
    """Draw a gallery: each task's grids, its true program, and the probabilities of the relevant primitives.

    Hits, misses, false alarms differ by sign, word and colour. At most 5 pairs and about 8 primitives a task.

    Args:
        predictions: one or more; probabilities in the order of `vocabulary`.
        vocabulary: names of the primitives.
        threshold: least probability at which a primitive counts as predicted, [0, 1].

    Raises:
        ValueError: a task has not one probability for each primitive.
    """
    drawn_pairs = [prediction.pairs[:MAX_PAIRS] for prediction in predictions]
    side = choose_panel_side([grid for pairs in drawn_pairs for pair in pairs for grid in (pair.input, pair.output)])
    left = MARGIN + NAMES + BARS + SIGNS
    width = left + max(len(pairs) for pairs in drawn_pairs) * (side + GAP) - GAP + MARGIN
    rows = [
        _Row(
            prediction.task_id,
            _format_heading(prediction, width - 2 * MARGIN),
            select_bars(prediction, vocabulary, threshold),
            pairs,
        )
        for prediction, pairs in zip(predictions, drawn_pairs, strict=True)
    ]
    layout = FigureLayout(width, sum(row.height(side) for row in rows) + MARGIN)
    top = MARGIN
    for row in rows:
        layout.add_text(MARGIN, top, shorten(row.task_id, 48), TITLE, bold=True)
        layout.add_text(MARGIN, top + LINE * TITLE, "\n".join(row.heading), WORDS)
        start = top + row.heading_height
        _draw_bars(layout.add_axes(MARGIN + NAMES, start, BARS, BAR * len(row.bars)), row.bars, threshold)
        draw_pairs(layout, left, start, side, row.pairs)
        top += row.height(side)
    return layout.figure


class _Row(NamedTuple):
    """One task of the gallery."""

    task_id: str
    heading: Sequence[str]
    bars: Sequence[Bar]
    pairs: Sequence[Pair]

    @property
    def heading_height(self) -> float:
        return LINE * (TITLE + len(self.heading) * WORDS) + 0.12

    def height(self, side: float) -> float:
        """The height in inches, the gap below included."""
        ticks = 0.25
        return self.heading_height + max(measure_pairs_height(side, self.pairs), BAR * len(self.bars) + ticks) + 0.2


def select_bars(prediction: Prediction, vocabulary: Vocabulary, threshold: float = THRESHOLD) -> list[Bar]:
    """Select the true primitives and the most probable others, the most probable first.

    Raises:
        ValueError: the task has not one probability for each primitive.
    """
    if len(prediction.probabilities) != len(vocabulary):
        raise ValueError(
            f"task {prediction.task_id} has {len(prediction.probabilities)} probabilities, "
            f"the vocabulary has {len(vocabulary)} primitives; there is one for each."
        )
    probabilities = dict(zip(vocabulary.names, map(float, prediction.probabilities), strict=True))
    truth = set(prediction.program or ())
    probabilities |= {name: 0.0 for name in truth if name not in probabilities}  # missed: not in the guide's vocabulary
    ranked = sorted(probabilities, key=lambda name: (-probabilities[name], name))
    others = [name for name in ranked if name not in truth][: max(3, MAX_BARS - len(truth))]
    selected = [name for name in ranked if name in truth or name in others]
    return [
        Bar(name, probabilities[name], _choose_mark(prediction, name, probabilities[name] >= threshold))
        for name in selected
    ]


def _choose_mark(prediction: Prediction, name: str, predicted: bool) -> Mark:
    if prediction.program is None:
        return PREDICTED if predicted else REJECTED._replace(word="")
    if name in prediction.program:
        return HIT if predicted else MISS
    return FALSE_ALARM if predicted else REJECTED._replace(word="")


def _format_heading(prediction: Prediction, width: float) -> list[str]:
    if prediction.program is None:
        words = "true program unknown"
    else:
        words = "true program: " + " → ".join(shorten(name) for name in prediction.program)
    if len(prediction.pairs) > MAX_PAIRS:
        words += f" ({MAX_PAIRS} of {len(prediction.pairs)} pairs drawn)"
    return wrap_text(words, width, WORDS)


def _draw_bars(axes: Axes, bars: Sequence[Bar], threshold: float) -> None:
    positions = range(len(bars))
    axes.barh(positions, [bar.probability for bar in bars], color=[bar.mark.colour for bar in bars], height=0.72)
    axes.axvline(threshold, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlim(0, 1)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks(positions, [shorten(bar.name, 26) for bar in bars], fontsize=SMALL + 1, parse_math=False)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"], fontsize=SMALL)
    axes.tick_params(length=0, colors=INK)
    for position, bar in zip(positions, bars, strict=True):
        words = f"{bar.probability:.2f} {bar.mark.sign} {bar.mark.word}".rstrip()
        axes.text(1.04, position, words, fontsize=SMALL + 1, va="center", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
