"""Plans of this machine and of every rented one, from a few real steps here."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from neural_guide.data.audit.results import Cost
from neural_guide.data.store.feature_cache import are_features_cached, find_feature_shape
from neural_guide.data.store.store import Store
from neural_guide.planning.machines import RENTED, Spec, describe_this_machine
from neural_guide.planning.memory import compute_memory
from neural_guide.planning.plans import CUDA_START, FINISH, START, Plan, Times, estimate_run_gib, find_problems
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.speed import compute_utilisation, estimate_step_seconds, measure_gflops
from neural_guide.runtime.durations import parse_duration
from neural_guide.runtime.hardware import GIB
from neural_guide.search.evidence import has_features
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.memory_footprint import Footprint, measure_footprint

# Measured beside the steps (docs/log.md), seconds.
LOOP = 0.0025  # a step: callbacks, logging, clipping, schedule
EPOCH = 1.0  # an epoch: metrics, pictures, checkpoints
COMPILE_CPU = 178.0  # 8 graphs on two cores (docs/log.md, does compiling pay on two cores?); more cores: no more
COMPILE_GPU = {"g4dn": 150.0, "hopper": 60.0}  # guesses: kernels of Triton, two slow cores against eight


@dataclass(frozen=True)
class Probe:
    """Measurements on this machine.

    Attributes:
        cost: cost of a few real steps.
        footprint: footprint of the network.
        gflops: peak of this process in fp32.
        records: records that are trained and evaluated on.
        features: whether executed features are read.
        features_ready: whether those features are in the cache already.
        disk_gib: size of dataset and store.
        free_gib: free space of the disk that runs are written to.
        batch_size: tasks of a step, in `cost`.
    """

    cost: Cost
    footprint: Footprint
    gflops: float
    records: int
    features: bool
    features_ready: bool
    disk_gib: float
    free_gib: float
    batch_size: int


def make_probe(store: Store, cost: Cost, records: int, settings: BoundedTrainingSettings, folder: Path) -> Probe:
    """Complete the measured cost of steps with the other measurements.

    Args:
        store: store of the dataset.
        cost: measured cost of a few steps.
        records: records that are trained and evaluated on.
        settings: settings of the run.
        folder: folder of the run.
    """
    features = settings.network.features and has_features(store.vocabulary)
    are_cached = (
        features and are_features_cached(store) and are_features_cached(store, augmented=settings.data.views > 1)
    )
    shape = find_feature_shape(store.vocabulary) if features else None
    stored = sum(file.stat().st_size for file in store.folder.iterdir())
    return Probe(
        cost=cost,
        footprint=measure_footprint(settings, len(store.vocabulary), shape),
        gflops=measure_gflops(),
        records=records,
        features=features,
        features_ready=not features or are_cached,
        disk_gib=stored / GIB,
        free_gib=shutil.disk_usage(folder).free / GIB,
        batch_size=settings.data.batch_size,
    )


def plan_here(probe: Probe, settings: BoundedTrainingSettings, machine: Machine) -> Plan:
    """Plan the run for this machine."""
    spec = describe_this_machine(settings.hardware.name, machine, probe.gflops, probe.disk_gib + probe.free_gib)
    pace = _Pace(
        step=probe.cost.step_seconds,
        check=probe.cost.check_seconds,
        loop=LOOP,
        features=0.0 if probe.features_ready else probe.cost.features_seconds,
    )
    return _make_plan(probe, settings, spec, pace)


def plan_rented_machines(
    probe: Probe, by_profile: Mapping[str, BoundedTrainingSettings], machine: Machine
) -> list[Plan]:
    """Plan the run for machines of the price table; estimates.

    Args:
        probe: measurements on this machine.
        by_profile: settings of the run under each profile, by the profile's name.
        machine: this machine.
    """
    local, cost = describe_this_machine("here", machine, probe.gflops), probe.cost
    plans = []
    for profile, settings in by_profile.items():
        spec, batch = RENTED[profile], settings.data.batch_size
        local_step = cost.step_seconds * batch / probe.batch_size
        step = estimate_step_seconds(probe.footprint, batch, spec, local, local_step)
        are_processors = spec.gpu_memory_gib is None and local.gpu_memory_gib is None
        pace = _Pace(
            step=step,
            check=cost.check_seconds * step / cost.step_seconds,
            loop=LOOP * step / local_step if are_processors else LOOP,
            features=cost.features_seconds * machine.processes / spec.vcpus,
        )
        plans.append(_make_plan(probe, settings, spec, pace))
    return plans


def compute_peak_share(probe: Probe, settings: BoundedTrainingSettings, machine: Machine) -> float | None:
    """Compute the share of this machine's peak that a step reaches; None on a GPU, whose peak is not measured."""
    if machine.accelerator == "gpu":
        return None
    return compute_utilisation(probe.footprint, settings.data.batch_size, probe.cost.step_seconds, probe.gflops)


def read_limits(settings: BoundedTrainingSettings) -> tuple[float | None, float | None]:
    """Return the deadline in seconds and the budget in dollars; None each: not set."""
    return (parse_duration(settings.deadline) if settings.deadline else None), settings.budget.dollars


class _Pace(NamedTuple):
    """Seconds on a machine.

    Attributes:
        step: of a training step.
        check: of a validation batch.
        loop: that the loop adds to a step.
        features: of executing all features.
    """

    step: float
    check: float
    loop: float
    features: float


def _make_plan(probe: Probe, settings: BoundedTrainingSettings, spec: Spec, pace: _Pace) -> Plan:
    cost, on_gpu, batch = probe.cost, spec.gpu_memory_gib is not None, settings.data.batch_size
    if settings.hardware.price:
        spec = replace(spec, on_demand=settings.hardware.price)
    epochs, steps = _count_epochs(settings, cost.epochs, _scale_batches(cost.batches, probe, batch))
    checks = _scale_batches(cost.val_batches, probe, batch)
    compiling = COMPILE_GPU.get(spec.profile, COMPILE_CPU) if settings.compile.enabled else 0.0
    times = Times(
        start=START + (CUDA_START if on_gpu else 0.0),
        features=pace.features,
        epoch=steps * (pace.step + pace.loop) + checks * pace.check + EPOCH,
        epochs=epochs,
        finish=FINISH,
        compiling=compiling,
    )
    run_gib = estimate_run_gib(probe.footprint.parameters)
    memory = compute_memory(
        probe.footprint,
        batch_size=batch,
        records=probe.records,
        features=settings.data.views if probe.features else 0,
        on_gpu=on_gpu,
    )
    plan = Plan(
        spec=spec,
        settings={
            "batch_size": batch,
            "accumulate": settings.trainer.accumulate,
            "epochs": epochs,
            "steps_per_epoch": steps,
            "records": probe.records,
            "step_seconds": pace.step,
            "run_gib": run_gib,
        },
        times=times,
        memory=memory,
        disk_gib=probe.disk_gib + run_gib,
        measured=spec.instance == "here",
    )
    return replace(plan, problems=find_problems(plan, *read_limits(settings)))


def _scale_batches(measured: int, probe: Probe, batch_size: int) -> int:
    """Scale a number of batches of the probe to another batch size, rounded up."""
    return -(-measured * probe.batch_size // batch_size)


def _count_epochs(settings: BoundedTrainingSettings, epochs: int, batches: int) -> tuple[int, int]:
    """Count epochs, and batches of each; `trainer.max_steps` may end the run in its first epoch."""
    max_steps = settings.trainer.max_steps
    if max_steps is None or max_steps * settings.trainer.accumulate >= epochs * batches:
        return epochs, batches
    total = max_steps * settings.trainer.accumulate
    whole_epochs = -(-total // batches)
    return whole_epochs, -(-total // whole_epochs)
