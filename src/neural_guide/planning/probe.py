"""A plan of this machine and of every rented one, from a few real steps here."""

from dataclasses import dataclass, replace

from neural_guide.config import Config
from neural_guide.dsl.vocabulary import executable
from neural_guide.durations import seconds_of
from neural_guide.features import FEATURES
from neural_guide.learn.footprint import Footprint, footprint
from neural_guide.learn.hardware import Machine
from neural_guide.planning.machines import RENTED, Spec, here
from neural_guide.planning.memory import memory
from neural_guide.planning.plans import Plan, Times, problems, run_gib
from neural_guide.planning.speed import measured_gflops, step_seconds, utilisation
from neural_guide.tasks.feature_cache import features_there
from neural_guide.tasks.inspection_results import Cost
from neural_guide.tasks.store import Store

# Measured beside the steps (docs/log.md), seconds.
START = 8.0  # imports, opening a store that is there, baselines
FINISH = 20.0  # metrics, calibration, ten real tasks, report
LOOP = 0.0025  # a step: callbacks, logging, clipping, schedule
EPOCH = 1.0  # an epoch: metrics, pictures, checkpoints
COMPILE = {"here": 60.0, "c5": 60.0, "g4dn": 150.0, "hopper": 60.0}  # forward and backward, training and validation
CUDA_START = 10.0  # on a GPU machine: importing a CUDA build, its first call


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
    """

    cost: Cost
    print_of: Footprint
    gflops: float
    records: int
    features: bool
    features_ready: bool
    disk_gib: float


def probed(store: Store, cost: Cost, records: int, config: Config) -> Probe:
    """Put together what was measured."""
    features = config.network.features and executable(store.vocabulary)
    shape = (1 + len(store.vocabulary), len(FEATURES)) if features else None
    stored = sum(file.stat().st_size for file in store.folder.iterdir())
    return Probe(
        cost=cost,
        print_of=footprint(config, len(store.vocabulary), shape),
        gflops=measured_gflops(),
        records=records,
        features=features,
        features_ready=not features or features_there(store),
        disk_gib=stored / 2**30,
    )


def plan_here(probe: Probe, config: Config, machine: Machine) -> Plan:
    """The plan of this machine."""
    return _plan(probe, config, here(config.hardware.name, machine, probe.gflops), probe.cost.step_seconds)


def plans_elsewhere(probe: Probe, config: Config, machine: Machine) -> list[Plan]:
    """Plans of the machines of the price table; estimates."""
    ours = here("here", machine, probe.gflops)
    made = []
    for spec in RENTED.values():
        step = step_seconds(probe.print_of, config.data.batch_size, spec, ours, probe.cost.step_seconds)
        made.append(_plan(probe, config, spec, step))
    return made


def share_of_peak(probe: Probe, config: Config) -> float:
    """Share of this machine's peak that a step reaches."""
    return utilisation(probe.print_of, config.data.batch_size, probe.cost.step_seconds, probe.gflops)


def limits(config: Config) -> tuple[float | None, float | None]:
    """Deadline in seconds and budget in dollars, where there are such."""
    return (seconds_of(config.deadline) if config.deadline else None), config.budget.dollars


def _plan(probe: Probe, config: Config, spec: Spec, step: float) -> Plan:
    cost, on_gpu, measured = probe.cost, spec.gpu_memory_gib is not None, spec.instance == "here"
    check = cost.check_seconds if measured else cost.check_seconds * step / cost.step_seconds
    slower = 1.0 if measured else step / cost.step_seconds if not on_gpu else 1.0
    epochs, steps = _epochs(config, cost)
    times = Times(
        start=START + (CUDA_START if on_gpu else 0.0),
        features=0.0 if probe.features_ready and measured else cost.features_seconds * cost.cores / spec.vcpus,
        epoch=steps * (step + LOOP * slower) + cost.val_batches * check + EPOCH,
        epochs=epochs,
        finish=FINISH,
        compiling=COMPILE[spec.profile if spec.profile in COMPILE else "here"] if config.compile.enabled else 0.0,
    )
    run = run_gib(probe.print_of.parameters)
    settings = {
        "batch_size": config.data.batch_size,
        "accumulate": config.trainer.accumulate,
        "epochs": epochs,
        "steps_per_epoch": steps,
        "records": probe.records,
        "step_seconds": step,
        "run_gib": run,
    }
    found = memory(
        probe.print_of,
        batch_size=config.data.batch_size,
        records=probe.records,
        features=probe.features,
        on_gpu=on_gpu,
    )
    plan = Plan(spec, settings, times, found, probe.disk_gib + run, measured)
    return replace(plan, problems=problems(plan, *limits(config)))


def _epochs(config: Config, cost: Cost) -> tuple[int, int]:
    """Epochs, and batches of each; `trainer.max_steps` may end the run in its first one."""
    most = config.trainer.max_steps
    if most is None or most * config.trainer.accumulate >= cost.epochs * cost.batches:
        return cost.epochs, cost.batches
    batches = most * config.trainer.accumulate
    epochs = -(-batches // cost.batches)
    return epochs, -(-batches // epochs)
