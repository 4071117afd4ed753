"""A run beside its plan: planned from a few steps of a throw-away network, compared at its end."""

import json
import math
from pathlib import Path

import torch

from neural_guide.app.console import say
from neural_guide.experiment.run_folder import Run
from neural_guide.experiment.settings import RunSettings
from neural_guide.planning.limits import find_hourly_price, find_time_limit
from neural_guide.planning.machines import RENTED
from neural_guide.planning.plans import Plan
from neural_guide.planning.probe import LOOP, make_probe, plan_here, read_limits
from neural_guide.planning.remedies import find_remedies
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.durations import format_duration
from neural_guide.training.batch_loader import steps_per_epoch
from neural_guide.training.callbacks import ResourceMonitor
from neural_guide.training.compile_cost import measure_compile_cost
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.step_timing import time_steps

PLAN = "plan.json"  # in the run's folder
LEAST_STEPS = 250  # a shorter run is over before a probe is worth its seconds


def check_plan(run: Run, data: TaskDataModule, machine: Machine) -> None:
    """Plan a run on its own data and print the plan.

    Skips a short run, a resumed one, and one of several processes. No random stream is advanced: the run is the same
    with and without.
    """
    settings = run.settings
    steps = steps_per_epoch(len(data.splits.train), settings.data.batch_size) * settings.trainer.max_epochs
    steps = min(steps, (settings.trainer.max_steps or steps) * settings.trainer.accumulate)
    is_alone = settings.hardware.devices * settings.hardware.nodes == 1
    if not is_alone or run.step or (steps < LEAST_STEPS and not settings.compile.enabled):
        return
    with torch.random.fork_rng(devices=[]):
        cost = time_steps(data.store, data.selected, data.splits, settings, machine, lambda _: None)
    if cost is None:
        return
    plan = plan_here(make_probe(data.store, cost, int(data.selected.sum()), settings, run.folder), settings, machine)
    # The loop's own time included, as in the steps that a compiled run times.
    write_json(run.folder / PLAN, {"plain_step_seconds": cost.step_seconds + LOOP, **plan.as_dict()})
    say(
        f"Planned: training {format_duration(plan.times.training)}, {format_duration(plan.times.total)} in all, "
        f"{plan.memory.host:.2f} GiB of memory"
    )
    _warn(plan, settings)


def _warn(plan: Plan, settings: RunSettings) -> None:
    """Print where training will be cut, or memory or money will not suffice, and what would fit."""
    most = find_time_limit(settings)
    lines = [f"Does not fit: {problem}." for problem in plan.problems]
    if most is not None and plan.times.training > most.total_seconds():
        lines.append(
            f"Training will be cut after {format_duration(most.total_seconds())}, before its last epoch "
            "(trainer.max_time, deadline, budget)."
        )
    lines += [f"  would fit: {remedy}" for remedy in find_remedies(plan, [], *read_limits(settings))]
    for line in lines:
        say(line)


def compare_with_plan(run: Run, monitor: ResourceMonitor, steps: int) -> dict[str, float]:
    """Metrics of what was planned, what compiling gained, and what the run cost; empty if nothing is known."""
    metrics = _read_plan(run.folder / PLAN)
    if run.settings.compile.enabled and "plain_step_seconds" in metrics:
        brought = measure_compile_cost(metrics["plain_step_seconds"], monitor.step_seconds)
        say(brought.describe(steps))
        metrics |= {
            "compile_seconds": brought.seconds,
            "compile_graphs": float(brought.graphs),
            "compile_breaks": float(brought.breaks),
        }
        if math.isfinite(brought.break_even):
            metrics["compile_break_even_steps"] = brought.break_even
    if run.settings.hardware.price or run.settings.hardware.name in RENTED:
        metrics["dollars_an_hour"] = find_hourly_price(run.settings)
    if run.settings.cloud.launched:
        metrics["cloud_launched"] = 1.0
    if run.settings.budget.dollars is not None:
        metrics["budget_dollars"] = run.settings.budget.dollars
    return metrics


def _read_plan(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    plan = json.loads(path.read_text(encoding="utf-8"))
    return {
        "plain_step_seconds": float(plan["plain_step_seconds"]),
        "planned_train_seconds": float(plan["seconds"]["training"]),
        "planned_total_seconds": float(plan["seconds"]["total"]),
        "planned_memory_gib": float(plan["memory_gib"]["host"]),
    }
