"""The success criteria of a training run, judged from its metrics and log."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

from neural_guide.reporting.curves import History, find_series
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.results import RunResults
from neural_guide.runtime.durations import format_duration, parse_duration

CONVERGED_SHARE = 0.95  # of the total fall of the validation loss
CONVERGED_EPOCHS = 6  # of the field report: the share is reached within them, and before the last epoch
MAX_RELOAD_DIFFERENCE = 1e-6  # of a probability, after saving and loading the guide
TRAINING_SECONDS = 3600.0  # default limits, of the field report
TOTAL_SECONDS = 4 * 3600.0
LIMITS = ("trainer.max_time", "deadline", "budget.dollars")  # settings that limit training
PLANNED_QUANTITIES = (
    ("training time", "planned_train_seconds", "train_seconds", 0.20),
    ("time in all", "planned_total_seconds", "total_seconds", 0.20),
    ("memory at the peak", "planned_memory_gib", "peak_rss_gib", 0.15),
)
"""Planned quantities: label, planned metric, measured metric, and the accepted relative error."""


class Criterion(NamedTuple):
    """A success criterion of a run.

    Attributes:
        name: a few words.
        met: None: it could not be judged.
        measured: the deciding figures.
        rule: the condition.
    """

    name: str
    met: bool | None
    measured: str
    rule: str

    @property
    def sign(self) -> str:
        """A tick, a cross, or a question mark."""
        return {True: "✓", False: "✗", None: "?"}[self.met]


def judge_criteria(results: RunResults, history: History) -> list[Criterion]:
    """Judge every criterion that concerns a run; an evaluation, which trains nothing, has none.

    Args:
        results: results of the run.
        history: its log.
    """
    if "train_seconds" not in results.metrics and not results.stop_message:
        return []
    metrics = results.metrics
    deadline = _parse_setting(results, "deadline") or TOTAL_SECONDS
    training_limit = _parse_setting(results, "trainer.max_time") or TRAINING_SECONDS
    criteria = [
        *_judge_cloud(metrics),
        _judge_completion(results, history),
        _judge_convergence(history),
        _judge_decrease(history),
        _judge_reload(metrics),
        _judge_limit("training time", metrics.get("train_seconds"), min(training_limit, deadline)),
        _judge_limit("total time", metrics.get("total_seconds"), deadline),
        _judge_cost(metrics),
    ]
    return [criterion for criterion in criteria if criterion]


def tabulate_plan(metrics: Mapping[str, float]) -> ReportTable:
    """Tabulate the plan beside the measurements; no rows if nothing was planned."""
    rows = []
    for label, planned, fact, tolerance in PLANNED_QUANTITIES:
        if planned not in metrics or not metrics.get(fact):
            continue
        error = metrics[planned] / metrics[fact] - 1
        mark = f"{error:+.0%} ✓" if abs(error) <= tolerance else f"{error:+.0%} ✗ (aim: within {tolerance:.0%})"
        values = (metrics[planned], metrics[fact])
        words = [format_duration(value) if fact.endswith("seconds") else f"{value:.2f} GiB" for value in values]
        rows.append([Cell(label), *map(Cell, words), Cell(mark)])
    return ReportTable("Plan and fact", ["", "planned", "measured", "plan off by"], rows)


def _judge_cloud(metrics: Mapping[str, float]) -> list[Criterion]:
    """Met if `cloud` launched the machine, which requires the quota; else no criteria."""
    if "cloud_launched" not in metrics:
        return []
    return [
        Criterion("spot quota approved", True, "the machine could be launched", "the quota covers its processors"),
        Criterion("instance launched", True, "this run trained on it", "a rented machine ran this"),
    ]


def _judge_cost(metrics: Mapping[str, float]) -> Criterion | None:
    """Cost from the total time and the price of an hour; None: the price is unknown."""
    if "dollars_an_hour" not in metrics or "total_seconds" not in metrics:
        return None
    rate, budget = metrics["dollars_an_hour"], metrics.get("budget_dollars")
    cost = metrics["total_seconds"] / 3600 * rate
    rule = "no budget was set" if budget is None else f"at most ${budget:.2f}"
    return Criterion("cost", None if budget is None else cost <= budget, f"${cost:.2f} at ${rate:.2f} an hour", rule)


def _judge_completion(results: RunResults, history: History) -> Criterion:
    metrics = results.metrics
    name, rule = "training completed", "it ends by itself, without an error, after its last epoch or by early stopping"
    if results.stop_message:
        return Criterion(name, False, results.stop_message, rule)
    max_epochs = results.settings.get("trainer.max_epochs")
    epochs = format_number(metrics.get("epochs"), 0) + (f" of {max_epochs}" if max_epochs else "")
    resumed = metrics.get("resumed", 0)
    measured = f"{epochs} epochs" + (f", {format_number(metrics['steps'], 0)} steps" if "steps" in metrics else "")
    measured += f", resumed {format_number(resumed, 0)} time{'s' * (resumed != 1)}" if resumed else ""
    if not _is_cut_short(results, history):
        return Criterion(name, True, measured, rule)
    if _has_levelled_off(results, history):
        return Criterion(name, True, f"{measured}, ended by early stopping", rule)
    limits = [setting for setting in LIMITS if results.settings.get(setting, "none") != "none"]
    reason = f"cut by {' or '.join(limits)}" if limits else "ended early"
    return Criterion(name, False, f"{reason}: {measured}", rule)


def _is_cut_short(results: RunResults, history: History) -> bool:
    """True if training ended before its last step. The metric `epochs` counts an incomplete epoch too."""
    epochs, max_steps = results.settings.get("trainer.max_epochs"), results.settings.get("trainer.max_steps")
    if not isinstance(epochs, int) or "epochs" not in results.metrics:
        return False
    steps = results.metrics.get("steps", 0.0)
    if isinstance(max_steps, int) and steps >= max_steps:
        return False
    ends = [step for step, _ in find_series(history, "val/loss")]
    return results.metrics["epochs"] < epochs or bool(ends and steps < (ends[0] + 1) * epochs)


def _has_levelled_off(results: RunResults, history: History) -> bool:
    """True if the validation loss has not fallen for as many epochs as early stopping waits."""
    patience = results.settings.get("trainer.early_stopping")
    losses = [loss for _, loss in find_series(history, "val/loss")]
    return bool(isinstance(patience, int) and losses and len(losses) - 1 - losses.index(min(losses)) >= patience)


def _judge_convergence(history: History) -> Criterion | None:
    losses = [value for _, value in find_series(history, "val/loss")]
    if not losses:
        return None
    name = f"converged within {CONVERGED_EPOCHS} epochs"
    rule = f"{CONVERGED_SHARE:.0%} of the fall of the validation loss is reached by then, and before the last epoch"
    fall = losses[0] - min(losses)
    if len(losses) < 3 or fall <= 0:
        return Criterion(name, None if fall > 0 else False, f"{len(losses)} epochs", rule)
    reached = next(epoch for epoch, loss in enumerate(losses, 1) if losses[0] - loss >= CONVERGED_SHARE * fall)
    measured = f"reached after epoch {reached} of {len(losses)}"
    return Criterion(name, reached <= CONVERGED_EPOCHS and reached < len(losses), measured, rule)


def _judge_decrease(history: History) -> Criterion | None:
    counts = {}
    for name, words in (("val/loss", "validation"), ("train/epoch_loss", "training")):
        losses = [value for _, value in find_series(history, name)]
        if len(losses) > 1:
            counts[words] = sum(later > earlier for earlier, later in itertools.pairwise(losses))
    if not counts:
        return None
    measured = ", ".join(f"{count} rise{'s' * (count != 1)} in {words}" for words, count in counts.items())
    return Criterion(
        "loss decreased consistently", not any(counts.values()), measured, "no epoch ends above the one before"
    )


def _judge_reload(metrics: Mapping[str, float]) -> Criterion | None:
    if "reload_difference" not in metrics:
        return None
    difference = metrics["reload_difference"]
    measured = f"largest difference {difference:.1g}" + (
        f", {format_number(metrics['guide_mib'], 1)} MiB" if "guide_mib" in metrics else ""
    )
    rule = f"read again it gives the same probabilities within {MAX_RELOAD_DIFFERENCE:g}"
    return Criterion("model saved, and reloads", difference <= MAX_RELOAD_DIFFERENCE, measured, rule)


def _judge_limit(name: str, seconds: float | None, limit: float) -> Criterion | None:
    if seconds is None:
        return None
    return Criterion(name, seconds <= limit, format_duration(seconds), f"at most {format_duration(limit)}")


def _parse_setting(results: RunResults, setting: str) -> float | None:
    """The seconds of a setting that is a duration; None: not set."""
    duration = results.settings.get(setting)
    return parse_duration(str(duration)) if duration else None
