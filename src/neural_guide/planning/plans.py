"""Plan of a run on one machine: time, memory, disk, cost, and the limits that it breaks."""

from dataclasses import asdict, dataclass, field
from typing import Any

from neural_guide.planning.machines import DISK_MONTH_GB, S3_MONTH_GB, Spec
from neural_guide.planning.memory import ROOM, Memory

CHECKPOINT_COPIES = 3  # last, the one before, best
NUMBERS_A_CHECKPOINT = 3  # weights and two of AdamW
RUN_BYTES = 12 << 20  # events, metrics, pictures, the guide
MONTH_HOURS = 730.0

# Measured (docs/log.md), seconds.
START = 8.0  # imports, opening a store that is there, baselines
CUDA_START = 10.0  # on a GPU machine besides: importing a CUDA build, its first call
FINISH = 20.0  # metrics, calibration, ten real tasks, report


@dataclass(frozen=True)
class Times:
    """Seconds of a run by part.

    Attributes:
        start: imports, opening the data, baselines.
        features: executing primitives on every record, once per dataset; 0 if it is done.
        epoch: training and validation of one epoch.
        epochs: number of epochs.
        finish: metrics, calibration, real tasks, report.
        compiling: compilation of the network; 0 if it is off.
    """

    start: float
    features: float
    epoch: float
    epochs: int
    finish: float
    compiling: float = 0.0

    @property
    def training(self) -> float:
        """All epochs and the compilation."""
        return self.epoch * self.epochs + self.compiling

    @property
    def total(self) -> float:
        """From the command to the report."""
        return self.start + self.features + self.training + self.finish


@dataclass(frozen=True)
class Plan:
    """Needs of a run on a machine.

    Attributes:
        spec: the machine.
        settings: planned sizes: batch_size, records, epochs, ...
        times, memory: time and memory by part.
        disk_gib: size of dataset, store and run.
        measured: true: its step was timed here; false: it is an estimate.
        problems: one line for each limit that the plan breaks.
    """

    spec: Spec
    settings: dict[str, Any]
    times: Times
    memory: Memory
    disk_gib: float
    measured: bool
    problems: tuple[str, ...] = field(default=())

    @property
    def hours(self) -> float:
        """Total time, hours."""
        return self.times.total / 3600

    def cost(self, *, spot: bool) -> float | None:
        """Compute the dollars for machine, disk of 100 GB and a month of the run in S3; None: no known price."""
        rate = self.spec.spot if spot else self.spec.on_demand
        if rate is None:
            return None
        return self.hours * (rate + 100 * DISK_MONTH_GB / MONTH_HOURS) + self.s3_cost

    @property
    def s3_cost(self) -> float:
        """Dollars a month for the run in S3."""
        return float(self.settings["run_gib"] * S3_MONTH_GB)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for plan.json."""
        return {
            "machine": asdict(self.spec),
            "settings": self.settings,
            "seconds": asdict(self.times) | {"training": self.times.training, "total": self.times.total},
            "memory_gib": self.memory.as_dict(),
            "disk_gib": self.disk_gib,
            "dollars": {"on_demand": self.cost(spot=False), "spot": self.cost(spot=True), "s3_month": self.s3_cost},
            "measured": self.measured,
            "problems": list(self.problems),
        }


def estimate_run_gib(parameters: int) -> float:
    """Estimate the size of a run's folder, GiB."""
    return (parameters * 4 * NUMBERS_A_CHECKPOINT * CHECKPOINT_COPIES + RUN_BYTES) / 2**30


def find_problems(plan: Plan, deadline_seconds: float | None, dollars: float | None) -> tuple[str, ...]:
    """Describe each limit that a plan breaks; empty if it fits."""
    broken = []
    spec, memory = plan.spec, plan.memory
    if memory.host > ROOM * spec.memory_gib:
        broken.append(f"needs {memory.host:.1f} GiB of memory, {spec.instance} has {spec.memory_gib:.1f}")
    if spec.gpu_memory_gib is not None and memory.gpu > ROOM * spec.gpu_memory_gib:
        broken.append(f"needs {memory.gpu:.1f} GiB of GPU memory, {spec.instance} has {spec.gpu_memory_gib:.1f}")
    if spec.disk_gib is not None and plan.disk_gib > spec.disk_gib:
        broken.append(f"needs {plan.disk_gib:.2f} GiB of disk, {spec.instance} has {spec.disk_gib:.2f}")
    if deadline_seconds is not None and plan.times.total > deadline_seconds:
        broken.append(f"takes {plan.hours:.2f} h, the deadline is {deadline_seconds / 3600:.2f} h")
    if dollars is not None:
        broken += _over_budget(plan, dollars)
    return tuple(broken)


def _over_budget(plan: Plan, dollars: float) -> list[str]:
    """Compare with the price that training is stopped by: on demand, or `hardware.price`."""
    cost, spot = plan.cost(spot=False), plan.cost(spot=True)
    if cost is None:
        return [f"has no known price: set hardware.price=DOLLARS_AN_HOUR for the budget of ${dollars:.2f}"]
    if cost <= dollars:
        return []
    line = f"costs ${cost:.2f} on demand, the budget is ${dollars:.2f}"
    if spot is not None and spot <= dollars:
        line += f"; as spot about ${spot:.2f}, judged by hardware.price={plan.spec.spot:g}"
    return [line]
