"""A run held against its plan: foreseen from a few steps of a throw-away network, compared at its end."""

import json
import math
from pathlib import Path

import torch

from neural_guide.app.console import console
from neural_guide.experiment.run import Run
from neural_guide.experiment.settings import RunSettings
from neural_guide.planning.limits import hourly, most_time
from neural_guide.planning.machines import RENTED
from neural_guide.planning.plans import Plan
from neural_guide.planning.probe import LOOP, limits, plan_here, probed
from neural_guide.planning.remedies import remedies
from neural_guide.runtime.atomic_files import write_json
from neural_guide.runtime.durations import format_duration
from neural_guide.training.callbacks import ResourceMonitor
from neural_guide.training.compile_cost import compiled
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.loader import steps_per_epoch
from neural_guide.training.step_timing import rehearse

PLAN = "plan.json"  # in the run's folder
LEAST_STEPS = 250  # a shorter run is over before a probe is worth its seconds


def foresee(run: Run, data: TaskDataModule, machine: Machine) -> None:
    """Plan a run on its own data and say it; nothing for a short run, one that goes on, or one of several processes.

    Nothing that is random is drawn from: the run is the same with and without.
    """
    config = run.config
    steps = steps_per_epoch(len(data.splits.train), config.data.batch_size) * config.trainer.max_epochs
    steps = min(steps, (config.trainer.max_steps or steps) * config.trainer.accumulate)
    alone = config.hardware.devices * config.hardware.nodes == 1
    if not alone or run.step or (steps < LEAST_STEPS and not config.compile.enabled):
        return
    with torch.random.fork_rng(devices=[]):
        cost = rehearse(data.store, data.passes, data.splits, config, machine, lambda _: None)
    if cost is None:
        return
    plan = plan_here(probed(data.store, cost, int(data.passes.sum()), config, run.folder), config, machine)
    # With what the loop adds, as the steps have it that a compiled run times.
    write_json(run.folder / PLAN, {"plain_step_seconds": cost.step_seconds + LOOP, **plan.as_dict()})
    console.print(
        f"Planned: training {format_duration(plan.times.training)}, {format_duration(plan.times.total)} in all, "
        f"{plan.memory.host:.2f} GiB of memory",
        highlight=False,
    )
    _warn(plan, config)


def _warn(plan: Plan, config: RunSettings) -> None:
    """Say where training will be cut, or money or memory will not do, and what would fit."""
    most = most_time(config)
    told = [f"Does not fit: {problem}." for problem in plan.problems]
    if most is not None and plan.times.training > most.total_seconds():
        told.append(
            f"Training will be cut after {format_duration(most.total_seconds())}, before its last epoch "
            "(trainer.max_time, deadline, budget)."
        )
    told += [f"  would fit: {remedy}" for remedy in remedies(plan, [], *limits(config))]
    for line in told:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def measured_against_plan(run: Run, monitor: ResourceMonitor, steps: int) -> dict[str, float]:
    """Metrics of what was planned, what compiling brought, and what the run cost; empty where nothing is known."""
    found = _planned(run.folder / PLAN)
    if run.config.compile.enabled and "plain_step_seconds" in found:
        brought = compiled(found["plain_step_seconds"], monitor.step_seconds)
        console.print(brought.told(steps), highlight=False, soft_wrap=True)
        found |= {
            "compile_seconds": brought.seconds,
            "compile_graphs": float(brought.graphs),
            "compile_breaks": float(brought.breaks),
        }
        if math.isfinite(brought.break_even):
            found["compile_break_even_steps"] = brought.break_even
    if run.config.hardware.price or run.config.hardware.name in RENTED:
        found["dollars_an_hour"] = hourly(run.config)
    if run.config.cloud.launched:
        found["cloud_launched"] = 1.0
    if run.config.budget.dollars is not None:
        found["budget_dollars"] = run.config.budget.dollars
    return found


def _planned(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    plan = json.loads(path.read_text())
    return {
        "plain_step_seconds": float(plan["plain_step_seconds"]),
        "planned_train_seconds": float(plan["seconds"]["training"]),
        "planned_total_seconds": float(plan["seconds"]["total"]),
        "planned_memory_gib": float(plan["memory_gib"]["host"]),
    }
