"""The first lines of a report: did the loss fall, and is the guide ahead of its baselines."""

import itertools
from collections.abc import Mapping

from neural_guide.reporting.curves import History, find_series
from neural_guide.reporting.report_table import format_number
from neural_guide.reporting.tables import NOT_JUDGED, Margin, compute_margins, list_splits


def state_verdict(metrics: Mapping[str, float], history: History) -> list[str]:
    """Lines that answer, in plain words, what a reader asks first; none for what was not measured."""
    lines = [_loss_line(history), *(_baseline_line(metrics, split) for split in list_splits(metrics))]
    return [line for line in lines if line]


def _loss_line(history: History) -> str:
    losses = [value for _, value in find_series(history, "val/loss")]
    sentences = []
    if len(losses) == 1:
        sentences.append(f"Validation loss {format_number(losses[0], 4)}, measured once.")
    elif losses:
        rises = sum(later > earlier for earlier, later in itertools.pairwise(losses))
        how = "without a rise" if rises == 0 else f"with {rises} rise{'s' * (rises > 1)}"
        moved = "fell" if losses[-1] < losses[0] else "did not fall"
        sentences.append(
            f"**Validation loss {moved}: {format_number(losses[0], 4)} to {format_number(losses[-1], 4)}** "
            f"over {len(losses)} measurements, {how}."
        )
    steps = find_series(history, "train/loss")
    if len(steps) > 1:
        first, last = format_number(steps[0][1], 4), format_number(steps[-1][1], 4)
        sentences.append(f"Training loss {first} at the first logged step, {last} at the last.")
    return " ".join(sentences)


def _baseline_line(metrics: Mapping[str, float], split: str) -> str:
    judged = [margin for margin in compute_margins(metrics, split) if margin.metric.key not in NOT_JUDGED]
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
    return f"{format_number(margin.guide)} against {format_number(margin.baseline_value)} ({margin.baseline})"
