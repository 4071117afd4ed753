"""A plan of this machine and of every rented one, from a few real steps here."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from neural_guide.data.audit.results import Cost
from neural_guide.data.store.feature_cache import has_features
from neural_guide.data.store.store import Store
from neural_guide.dsl.vocabulary import is_executable
from neural_guide.features.executed import FEATURES
from neural_guide.planning.machines import RENTED, Spec, here
from neural_guide.planning.memory import memory
from neural_guide.planning.plans import CUDA_START, FINISH, START, Plan, Times, problems, run_gib
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.speed import measured_gflops, step_seconds, utilisation
from neural_guide.runtime.durations import parse_duration
from neural_guide.runtime.hardware import GIB
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.memory_footprint import Footprint, footprint

# Measured beside the steps (docs/log.md), seconds.
LOOP = 0.0025  # a step: callbacks, logging, clipping, schedule
EPOCH = 1.0  # an epoch: metrics, pictures, checkpoints
COMPILE_CPU = 178.0  # 8 graphs on two cores (docs/log.md, does compiling pay on two cores?); more cores: no more
COMPILE_GPU = {"g4dn": 150.0, "hopper": 60.0}  # guesses: kernels of Triton, two slow cores against eight


@dataclass(frozen=True)
class Probe:
    """What was measured here.

    Attributes:
        cost: of a few real steps.
        print_of: of the network.
        gflops: peak of this process in fp32.
        records: that are trained and evaluated on.
        features: whether executed features are read.
        features_ready: whether they are there already.
        disk_gib: dataset and store.
        free_gib: of the disk that runs are written to.
        batch_size: tasks of a step, in `cost`.
    """

    cost: Cost
    print_of: Footprint
    gflops: float
    records: int
    features: bool
    features_ready: bool
    disk_gib: float
    free_gib: float
    batch_size: int


def probed(store: Store, cost: Cost, records: int, config: BoundedTrainingSettings, folder: Path) -> Probe:
    """Put together what was measured; `folder` is that of the run."""
    features = config.network.features and is_executable(store.vocabulary)
    shape = (1 + len(store.vocabulary), len(FEATURES)) if features else None
    stored = sum(file.stat().st_size for file in store.folder.iterdir())
    return Probe(
        cost=cost,
        print_of=footprint(config, len(store.vocabulary), shape),
        gflops=measured_gflops(),
        records=records,
        features=features,
        features_ready=not features or (has_features(store) and has_features(store, recoloured=config.data.views > 1)),
        disk_gib=stored / GIB,
        free_gib=shutil.disk_usage(folder).free / GIB,
        batch_size=config.data.batch_size,
    )


def plan_here(probe: Probe, config: BoundedTrainingSettings, machine: Machine) -> Plan:
    """The plan of this machine."""
    spec = here(config.hardware.name, machine, probe.gflops, probe.disk_gib + probe.free_gib)
    features = 0.0 if probe.features_ready else probe.cost.features_seconds
    return _plan(probe, config, spec, _Pace(probe.cost.step_seconds, probe.cost.check_seconds, LOOP, features))


def plans_elsewhere(probe: Probe, configs: Mapping[str, BoundedTrainingSettings], machine: Machine) -> list[Plan]:
    """Plans of machines of the price table; estimates.

    Args:
        probe: what was measured here.
        configs: the run as each profile makes it, by the profile's name.
        machine: this one.
    """
    ours, cost, made = here("here", machine, probe.gflops), probe.cost, []
    for name, config in configs.items():
        spec, batch = RENTED[name], config.data.batch_size
        same_batch = cost.step_seconds * batch / probe.batch_size
        step = step_seconds(probe.print_of, batch, spec, ours, same_batch)
        alike = spec.gpu_memory_gib is None and ours.gpu_memory_gib is None
        loop = LOOP * step / same_batch if alike else LOOP
        features = cost.features_seconds * machine.processes / spec.vcpus
        made.append(
            _plan(probe, config, spec, _Pace(step, cost.check_seconds * step / cost.step_seconds, loop, features))
        )
    return made


def share_of_peak(probe: Probe, config: BoundedTrainingSettings, machine: Machine) -> float | None:
    """Share of this machine's peak that a step reaches; None on a GPU, whose peak is not measured."""
    if machine.accelerator == "gpu":
        return None
    return utilisation(probe.print_of, config.data.batch_size, probe.cost.step_seconds, probe.gflops)


def limits(config: BoundedTrainingSettings) -> tuple[float | None, float | None]:
    """Deadline in seconds and budget in dollars, where there are such."""
    return (parse_duration(config.deadline) if config.deadline else None), config.budget.dollars


class _Pace(NamedTuple):
    """Seconds on a machine: of a training step, a validation batch, what the loop adds to a step, all features."""

    step: float
    check: float
    loop: float
    features: float


def _plan(probe: Probe, config: BoundedTrainingSettings, spec: Spec, pace: _Pace) -> Plan:
    cost, on_gpu, batch = probe.cost, spec.gpu_memory_gib is not None, config.data.batch_size
    if config.hardware.price:
        spec = replace(spec, on_demand=config.hardware.price)
    epochs, steps = _epochs(config, cost.epochs, _batches(cost.batches, probe, batch))
    checks = _batches(cost.val_batches, probe, batch)
    compiling = COMPILE_GPU.get(spec.profile, COMPILE_CPU) if config.compile.enabled else 0.0
    times = Times(
        start=START + (CUDA_START if on_gpu else 0.0),
        features=pace.features,
        epoch=steps * (pace.step + pace.loop) + checks * pace.check + EPOCH,
        epochs=epochs,
        finish=FINISH,
        compiling=compiling,
    )
    run = run_gib(probe.print_of.parameters)
    settings = {
        "batch_size": batch,
        "accumulate": config.trainer.accumulate,
        "epochs": epochs,
        "steps_per_epoch": steps,
        "records": probe.records,
        "step_seconds": pace.step,
        "run_gib": run,
    }
    views = config.data.views if probe.features else 0
    found = memory(probe.print_of, batch_size=batch, records=probe.records, features=views, on_gpu=on_gpu)
    plan = Plan(spec, settings, times, found, probe.disk_gib + run, spec.instance == "here")
    return replace(plan, problems=problems(plan, *limits(config)))


def _batches(measured: int, probe: Probe, batch_size: int) -> int:
    """Batches of so many tasks, by how many the probe's make."""
    return -(-measured * probe.batch_size // batch_size)


def _epochs(config: BoundedTrainingSettings, epochs: int, batches: int) -> tuple[int, int]:
    """Epochs, and batches of each; `trainer.max_steps` may end the run in its first one."""
    most = config.trainer.max_steps
    if most is None or most * config.trainer.accumulate >= epochs * batches:
        return epochs, batches
    micro = most * config.trainer.accumulate
    whole = -(-micro // batches)
    return whole, -(-micro // whole)
