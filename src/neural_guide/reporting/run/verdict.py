"""The first lines of a report: the fall of the loss, and the guide beside its baselines."""

import itertools
from collections.abc import Mapping

from neural_guide.reporting.curves import History, find_series
from neural_guide.reporting.report_table import format_number
from neural_guide.reporting.tables import NOT_JUDGED, Margin, compute_margins, list_splits


def state_verdict(metrics: Mapping[str, float], history: History) -> list[str]:
    """Summarize loss and baselines in a line each; what was not measured has no line."""
    lines = [_describe_loss(history), *(_describe_baselines(metrics, split) for split in list_splits(metrics))]
    return [line for line in lines if line]


def _describe_loss(history: History) -> str:
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


def _describe_baselines(metrics: Mapping[str, float], split: str) -> str:
    margins = [margin for margin in compute_margins(metrics, split) if margin.metric.key not in NOT_JUDGED]
    if not margins:
        return ""
    behind = [margin for margin in margins if margin.lead <= 0]
    if not behind:
        sentence = f"**On {split} every metric ({len(margins)} of {len(margins)}) clears its baselines.**"
    else:
        names = "; ".join(f"{margin.metric.label} {_compare(margin)}" for margin in behind)
        ahead = len(margins) - len(behind)
        sentence = f"**On {split} {ahead} of {len(margins)} metrics clear their baselines.** Not clear: {names}."
    leading = margins[0]
    if leading.lead <= 0:
        return sentence
    return f"{sentence} By {leading.metric.label}: {_compare(leading)}, {leading.lead:+.3f}."


def _compare(margin: Margin) -> str:
    return f"{format_number(margin.guide)} against {format_number(margin.baseline_value)} ({margin.baseline})"
