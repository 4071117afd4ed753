"""The first lines of a report: did the loss fall, and is the guide ahead of its baselines."""

import itertools
from collections.abc import Mapping

from neural_guide.reporting.curves import History, series
from neural_guide.reporting.sheet import number
from neural_guide.reporting.tables import NOT_JUDGED, Margin, margins, splits


def verdict(metrics: Mapping[str, float], history: History) -> list[str]:
    """Lines that answer, in plain words, what a reader asks first; none for what was not measured."""
    lines = [_loss_line(history), *(_baseline_line(metrics, split) for split in splits(metrics))]
    return [line for line in lines if line]


def _loss_line(history: History) -> str:
    losses = [value for _, value in series(history, "val/loss")]
    sentences = []
    if len(losses) == 1:
        sentences.append(f"Validation loss {number(losses[0], 4)}, measured once.")
    elif losses:
        rises = sum(later > earlier for earlier, later in itertools.pairwise(losses))
        how = "without a rise" if rises == 0 else f"with {rises} rise{'s' * (rises > 1)}"
        moved = "fell" if losses[-1] < losses[0] else "did not fall"
        sentences.append(
            f"**Validation loss {moved}: {number(losses[0], 4)} to {number(losses[-1], 4)}** "
            f"over {len(losses)} measurements, {how}."
        )
    steps = series(history, "train/loss")
    if len(steps) > 1:
        first, last = number(steps[0][1], 4), number(steps[-1][1], 4)
        sentences.append(f"Training loss {first} at the first logged step, {last} at the last.")
    return " ".join(sentences)


def _baseline_line(metrics: Mapping[str, float], split: str) -> str:
    judged = [margin for margin in margins(metrics, split) if margin.metric.key not in NOT_JUDGED]
    if not judged:
        return ""
    behind = [margin for margin in judged if margin.ahead <= 0]
    if not behind:
        sentence = f"**On {split} every metric ({len(judged)} of {len(judged)}) clears its baselines.**"
    else:
        names = "; ".join(f"{margin.metric.label} {_against(margin)}" for margin in behind)
        ahead = len(judged) - len(behind)
        sentence = f"**On {split} {ahead} of {len(judged)} metrics clear their baselines.** Not clear: {names}."
    leading = judged[0]
    if leading.ahead <= 0:
        return sentence
    return f"{sentence} By {leading.metric.label}: {_against(leading)}, {leading.ahead:+.3f}."


def _against(margin: Margin) -> str:
    return f"{number(margin.guide)} against {number(margin.baseline_value)} ({margin.baseline})"
