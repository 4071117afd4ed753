"""The success criteria of the field report, each ticked from what was measured; and the plan beside the facts."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from neural_guide.durations import spoken
from neural_guide.reporting.curves import History, series
from neural_guide.reporting.sheet import Cell, Sheet

EPOCHS_TO_CONVERGE = 6
CONVERGED = 1.1  # validation loss of then, over the lowest of the run
TRAINING_SECONDS, PROJECT_SECONDS = 3600.0, 4 * 3600.0
TIME_OFF, MEMORY_OFF = 0.20, 0.15  # how far a plan may be from the fact


class Criterion(NamedTuple):
    """What was asked, whether it is met, and what was measured."""

    asked: str
    met: bool
    measured: str


def criteria(metrics: Mapping[str, float], history: History, folder: Path) -> list[Criterion]:
    """Those that something was measured for, in the order of the field report.

    Args:
        metrics: of the run.
        history: its log.
        folder: of the run.
    """
    if "train_seconds" not in metrics:  # an evaluation, or a run that was stopped
        return []
    return [*_cloud(metrics), _completed(metrics), *_losses(history), _saved(folder), *_times(metrics)]


def criteria_sheet(found: list[Criterion]) -> Sheet:
    """A row each."""
    rows = [[Cell(each.asked), Cell("✓" if each.met else "✗"), Cell(each.measured)] for each in found]
    return Sheet("Success criteria", ["criterion", "met", "measured"], rows)


def plan_sheet(metrics: Mapping[str, float]) -> Sheet:
    """What was planned beside what came out; no rows where nothing was planned."""
    asked = (
        ("training time", "planned_train_seconds", "train_seconds", TIME_OFF, spoken),
        ("time in all", "planned_total_seconds", "total_seconds", TIME_OFF, spoken),
        ("memory at the peak", "planned_memory_gib", "peak_rss_gib", MEMORY_OFF, lambda gib: f"{gib:.2f} GiB"),
    )
    rows = []
    for what, planned, fact, allowed, worded in asked:
        if planned not in metrics or fact not in metrics:
            continue
        off = metrics[planned] / metrics[fact] - 1
        mark = f"{off:+.0%} " + ("✓" if abs(off) <= allowed else f"✗ (aim: within {allowed:.0%})")
        rows.append([Cell(what), Cell(worded(metrics[planned])), Cell(worded(metrics[fact])), Cell(mark)])
    return Sheet("Plan and fact", ["", "planned", "measured", "plan off by"], rows)


def criteria_section(metrics: Mapping[str, float], history: History, folder: Path) -> list[str]:
    """Blocks of Markdown for the report; none where nothing was trained."""
    found, planned = criteria(metrics, history, folder), plan_sheet(metrics)
    blocks = ["## Success criteria", criteria_sheet(found).markdown()] if found else []
    return blocks + (["### Plan and fact", planned.markdown()] if planned.rows else [])


def _cloud(metrics: Mapping[str, float]) -> list[Criterion]:
    """Only where a rented machine was launched by us, which needs the quota."""
    if "cloud_launched" not in metrics:
        return []
    return [
        Criterion("spot quota approved", True, "the machine could be launched"),
        Criterion("instance launched", True, "this run trained on it"),
    ]


def _completed(metrics: Mapping[str, float]) -> Criterion:
    resumed = int(metrics.get("resumed", 0))
    stops = f", stopped and gone on with {resumed} times" if resumed else ""
    return Criterion("training completes without errors", True, f"{metrics.get('steps', 0):,.0f} steps{stops}")


def _losses(history: History) -> list[Criterion]:
    found = []
    losses = [value for _, value in series(history, "train/epoch_loss")]
    if len(losses) > 1:
        rises = sum(later > earlier for earlier, later in itertools.pairwise(losses))
        told = f"training loss {losses[0]:.4f} to {losses[-1]:.4f} over {len(losses)} epochs, {rises} rises"
        found.append(Criterion("loss decreases consistently", rises == 0, told))
    checks = [value for _, value in series(history, "val/loss")]
    if len(checks) > 1:
        early = min(checks[:EPOCHS_TO_CONVERGE])
        told = f"validation loss {early:.4f} by epoch {min(len(checks), EPOCHS_TO_CONVERGE)}, lowest {min(checks):.4f}"
        met = early <= CONVERGED * min(checks)
        found.append(Criterion(f"converges within {EPOCHS_TO_CONVERGE} epochs", met, told))
    return found


def _saved(folder: Path) -> Criterion:
    guide = folder / "guide.safetensors"
    size = f"{guide.name}, {guide.stat().st_size / 2**20:.1f} MiB" if guide.is_file() else "no guide.safetensors"
    return Criterion("model saved", guide.is_file(), size)


def _times(metrics: Mapping[str, float]) -> list[Criterion]:
    training = metrics["train_seconds"]
    total = metrics.get("total_seconds", training)
    found = [
        Criterion("training under 1 h", training < TRAINING_SECONDS, spoken(training)),
        Criterion("project under 4 h", total < PROJECT_SECONDS, f"{spoken(total)} from the command to the report"),
    ]
    if "dollars_an_hour" in metrics:
        rate = metrics["dollars_an_hour"]
        told = f"${total / 3600 * rate:.2f} at ${rate:.2f} an hour"
        if "budget_dollars" in metrics:
            budget = metrics["budget_dollars"]
            met = total / 3600 * rate <= budget
            found.append(Criterion(f"cost within ${budget:.2f}", met, told))
        else:
            found.append(Criterion("cost known", True, told))
    return found
