"""The success criteria of a training run, each from what was measured."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from neural_guide.reporting.curves import History, series
from neural_guide.reporting.results import RunResults
from neural_guide.reporting.sheet import number

CONVERGED_SHARE = 0.95  # of the whole fall of the validation loss, reached before the last epoch
SAME_WITHIN = 1e-6  # largest difference of a probability of a guide that was saved and read again
TRAINING_SECONDS = 3600.0  # limits of the field report, where no other deadline was set
TOTAL_SECONDS = 4 * 3600.0
MOST_FILE = 1 << 20  # bytes of criteria.json; ours takes a few hundred


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


def criteria(results: RunResults, history: History, folder: Path) -> list[Criterion]:
    """Every criterion that concerns a run; none for an evaluation, which trains nothing.

    Args:
        results: of the run.
        history: what it logged.
        folder: its folder, where `criteria.json` may say what the machine, the plan and the price came to.
    """
    if "train_seconds" not in results.metrics and not results.stopped:
        return []
    found = [
        _completed(results),
        _converged(history),
        _decreased(history),
        _reloads(results.metrics),
        _within("training time", results.metrics.get("train_seconds"), _deadline(results) or TRAINING_SECONDS),
        _within("total time", results.metrics.get("total_seconds"), TOTAL_SECONDS),
    ]
    return [each for each in found if each] + _others(folder / "criteria.json")


def _completed(results: RunResults) -> Criterion:
    metrics = results.metrics
    asked = results.settings.get("trainer.max_epochs")
    epochs = number(metrics.get("epochs"), 0) + (f" of {asked}" if asked else "")
    resumed = metrics.get("resumed", 0)
    measured = f"{epochs} epochs" + (f", {number(metrics['steps'], 0)} steps" if "steps" in metrics else "")
    measured += f", resumed {number(resumed, 0)} time{'s' * (resumed != 1)}" if resumed else ""
    if results.stopped:
        return Criterion("training completed", False, results.stopped, "it ends by itself, without an error")
    return Criterion("training completed", True, measured, "it ends by itself, without an error")


def _converged(history: History) -> Criterion | None:
    losses = [value for _, value in series(history, "val/loss")]
    if not losses:
        return None
    rule = f"{CONVERGED_SHARE:.0%} of the fall of the validation loss is reached before the last epoch"
    fall = losses[0] - min(losses)
    if len(losses) < 3 or fall <= 0:
        return Criterion("converged", None if fall > 0 else False, f"{len(losses)} epochs", rule)
    reached = next(at for at, loss in enumerate(losses, 1) if losses[0] - loss >= CONVERGED_SHARE * fall)
    measured = f"reached after epoch {reached} of {len(losses)}"
    return Criterion("converged within its epochs", reached < len(losses), measured, rule)


def _decreased(history: History) -> Criterion | None:
    counts = {}
    for name, words in (("val/loss", "validation"), ("train/epoch_loss", "training")):
        losses = [value for _, value in series(history, name)]
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
        f", {number(metrics['guide_mib'], 1)} MiB" if "guide_mib" in metrics else ""
    )
    rule = f"read again it gives the same probabilities within {SAME_WITHIN:g}"
    return Criterion("model saved, and reloads", difference <= SAME_WITHIN, measured, rule)


def _within(name: str, seconds: float | None, limit: float) -> Criterion | None:
    if seconds is None:
        return None
    return Criterion(name, seconds <= limit, duration(seconds), f"at most {duration(limit)}")


def duration(seconds: float) -> str:
    """A time as people say it: `42 s`, `3 min 20 s`, `1 h 5 min`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {whole % 60} s" if minutes else f"{seconds:.3g} s"


def _deadline(results: RunResults) -> float | None:
    """Seconds of `trainer.max_time`, DD:HH:MM:SS; None where none was set."""
    parts = str(results.settings.get("trainer.max_time")).split(":")
    if len(parts) != 4:
        return None
    return sum(int(part) * unit for part, unit in zip(parts, (86_400, 3_600, 60, 1), strict=True))


def _others(path: Path) -> list[Criterion]:
    """Criteria that others measured, as `[{"name": ..., "met": true, "measured": ..., "rule": ...}, ...]`."""
    if not path.is_file() or path.stat().st_size > MOST_FILE:
        return []
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return [Criterion(str(each["name"]), each["met"], str(each["measured"]), str(each["rule"])) for each in read]
    except (ValueError, KeyError, TypeError):
        return []
