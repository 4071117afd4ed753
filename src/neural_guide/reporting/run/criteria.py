"""The success criteria of a training run, each from what was measured."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

from neural_guide.reporting.curves import History, find_series
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.results import RunResults
from neural_guide.runtime.durations import format_duration, parse_duration

CONVERGED_SHARE = 0.95  # of the whole fall of the validation loss
CONVERGED_EPOCHS = 6  # of the field report: that share is reached within them, and before the last one
SAME_WITHIN = 1e-6  # largest difference of a probability of a guide that was saved and read again
TRAINING_SECONDS = 3600.0  # limits of the field report, where no others were set
TOTAL_SECONDS = 4 * 3600.0
LIMITS = ("trainer.max_time", "deadline", "budget.dollars")  # settings that cut training
PLANNED = (
    ("training time", "planned_train_seconds", "train_seconds", 0.20),
    ("time in all", "planned_total_seconds", "total_seconds", 0.20),
    ("memory at the peak", "planned_memory_gib", "peak_rss_gib", 0.15),
)
"""What a plan says: in words, its metric, that of the fact, and how far the plan may be off."""


class Criterion(NamedTuple):
    """One thing that a run has to reach.

    Attributes:
        name: in a few words.
        met: None where it could not be told.
        measured: the figures that decide.
        rule: when it is met.
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
    """Every criterion that concerns a run; none for an evaluation, which trains nothing.

    Args:
        results: of the run.
        history: what it logged.
    """
    if "train_seconds" not in results.metrics and not results.stop_message:
        return []
    metrics = results.metrics
    deadline = _seconds(results, "deadline") or TOTAL_SECONDS
    of_training = _seconds(results, "trainer.max_time") or TRAINING_SECONDS
    found = [
        *_cloud(metrics),
        _completed(results, history),
        _converged(history),
        _decreased(history),
        _reloads(metrics),
        _within("training time", metrics.get("train_seconds"), min(of_training, deadline)),
        _within("total time", metrics.get("total_seconds"), deadline),
        _cost(metrics),
    ]
    return [each for each in found if each]


def tabulate_plan(metrics: Mapping[str, float]) -> ReportTable:
    """What was planned beside what came out; no rows where nothing was planned."""
    rows = []
    for what, planned, fact, allowed in PLANNED:
        if planned not in metrics or not metrics.get(fact):
            continue
        off = metrics[planned] / metrics[fact] - 1
        mark = f"{off:+.0%} ✓" if abs(off) <= allowed else f"{off:+.0%} ✗ (aim: within {allowed:.0%})"
        values = (metrics[planned], metrics[fact])
        words = [format_duration(each) if fact.endswith("seconds") else f"{each:.2f} GiB" for each in values]
        rows.append([Cell(what), *map(Cell, words), Cell(mark)])
    return ReportTable("Plan and fact", ["", "planned", "measured", "plan off by"], rows)


def _cloud(metrics: Mapping[str, float]) -> list[Criterion]:
    """Only where a rented machine was launched by us, which needs the quota."""
    if "cloud_launched" not in metrics:
        return []
    return [
        Criterion("spot quota approved", True, "the machine could be launched", "the quota covers its processors"),
        Criterion("instance launched", True, "this run trained on it", "a rented machine ran this"),
    ]


def _cost(metrics: Mapping[str, float]) -> Criterion | None:
    """From the seconds in all and the price of an hour, where that is known."""
    if "dollars_an_hour" not in metrics or "total_seconds" not in metrics:
        return None
    rate, budget = metrics["dollars_an_hour"], metrics.get("budget_dollars")
    cost = metrics["total_seconds"] / 3600 * rate
    rule = "no budget was set" if budget is None else f"at most ${budget:.2f}"
    return Criterion("cost", None if budget is None else cost <= budget, f"${cost:.2f} at ${rate:.2f} an hour", rule)


def _completed(results: RunResults, history: History) -> Criterion:
    metrics = results.metrics
    name, rule = "training completed", "it ends by itself, without an error, after its last epoch or by early stopping"
    if results.stop_message:
        return Criterion(name, False, results.stop_message, rule)
    asked = results.settings.get("trainer.max_epochs")
    epochs = format_number(metrics.get("epochs"), 0) + (f" of {asked}" if asked else "")
    resumed = metrics.get("resumed", 0)
    measured = f"{epochs} epochs" + (f", {format_number(metrics['steps'], 0)} steps" if "steps" in metrics else "")
    measured += f", resumed {format_number(resumed, 0)} time{'s' * (resumed != 1)}" if resumed else ""
    if not _cut_short(results, history):
        return Criterion(name, True, measured, rule)
    if _levelled(results, history):
        return Criterion(name, True, f"{measured}, ended by early stopping", rule)
    limits = [each for each in LIMITS if results.settings.get(each, "none") != "none"]
    why = f"cut by {' or '.join(limits)}" if limits else "ended early"
    return Criterion(name, False, f"{why}: {measured}", rule)


def _cut_short(results: RunResults, history: History) -> bool:
    """Whether training made fewer steps than it was to make. An epoch that is broken off counts as one."""
    epochs, most = results.settings.get("trainer.max_epochs"), results.settings.get("trainer.max_steps")
    if not isinstance(epochs, int) or "epochs" not in results.metrics:
        return False
    steps = results.metrics.get("steps", 0.0)
    if isinstance(most, int) and steps >= most:
        return False
    ends = [step for step, _ in find_series(history, "val/loss")]
    return results.metrics["epochs"] < epochs or bool(ends and steps < (ends[0] + 1) * epochs)


def _levelled(results: RunResults, history: History) -> bool:
    """Whether the validation loss stopped falling for as many epochs as early stopping waits."""
    patience = results.settings.get("trainer.early_stopping")
    losses = [loss for _, loss in find_series(history, "val/loss")]
    return bool(isinstance(patience, int) and losses and len(losses) - 1 - losses.index(min(losses)) >= patience)


def _converged(history: History) -> Criterion | None:
    losses = [value for _, value in find_series(history, "val/loss")]
    if not losses:
        return None
    name = f"converged within {CONVERGED_EPOCHS} epochs"
    rule = f"{CONVERGED_SHARE:.0%} of the fall of the validation loss is reached by then, and before the last epoch"
    fall = losses[0] - min(losses)
    if len(losses) < 3 or fall <= 0:
        return Criterion(name, None if fall > 0 else False, f"{len(losses)} epochs", rule)
    reached = next(at for at, loss in enumerate(losses, 1) if losses[0] - loss >= CONVERGED_SHARE * fall)
    measured = f"reached after epoch {reached} of {len(losses)}"
    return Criterion(name, reached <= CONVERGED_EPOCHS and reached < len(losses), measured, rule)


def _decreased(history: History) -> Criterion | None:
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


def _reloads(metrics: Mapping[str, float]) -> Criterion | None:
    if "reload_difference" not in metrics:
        return None
    difference = metrics["reload_difference"]
    measured = f"largest difference {difference:.1g}" + (
        f", {format_number(metrics['guide_mib'], 1)} MiB" if "guide_mib" in metrics else ""
    )
    rule = f"read again it gives the same probabilities within {SAME_WITHIN:g}"
    return Criterion("model saved, and reloads", difference <= SAME_WITHIN, measured, rule)


def _within(name: str, seconds: float | None, limit: float) -> Criterion | None:
    if seconds is None:
        return None
    return Criterion(name, seconds <= limit, format_duration(seconds), f"at most {format_duration(limit)}")


def _seconds(results: RunResults, setting: str) -> float | None:
    """Of a setting that is a time; None where it was not set."""
    asked = results.settings.get(setting)
    return parse_duration(str(asked)) if asked else None
