"""Every setting of every command: its type, its default, its unit and what is allowed.

The YAML files under conf/ choose values; this module says which keys and values exist.
"""

import re
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from neural_guide.errors import UserError
from neural_guide.runtime.durations import FORMS, seconds_of

_TIME = re.compile(r"\d+:[0-2]?\d:[0-5]?\d:[0-5]?\d")


def _number(default: Any, low: float, high: float = float("inf")) -> Any:
    """A field whose value lies in [low, high], where it is not None."""
    return field(default=default, metadata={"low": low, "high": high})


def _choice(default: str | None, *allowed: str) -> Any:
    """A field with one of a few values, or None where that is the default."""
    return field(default=default, metadata={"allowed": allowed})


@dataclass
class DataConfig:
    """What is trained on, and how it is cut into batches."""

    path: str = "data/synthetic/enhanced_synthetic_dataset_v2.json"  # a dataset in the record format
    quality_threshold: float = _number(0.7, 0, 1)  # records below are left out
    min_complexity: float = _number(0.0, 0, 1)  # records below are left out
    max_complexity: float = _number(1.0, 0, 1)  # records above are left out
    max_samples: int | None = _number(None, 1)  # records, whole tasks kept; None: all
    batch_size: int = _number(64, 1)  # tasks a step and device
    pairs_per_task: int = _number(4, 1, 5)  # most pairs of a task shown at once
    drop_pairs: float = _number(0.0, 0, 0.9)  # share of pairs hidden in training; one a task always stays
    recolour: float = _number(0.0, 0, 0.9)  # share of tasks shown in training with outputs in other colours
    val_share: float = _number(0.1, 0, 0.5)  # share of input sets kept for validation
    test_share: float = _number(0.1, 0, 0.5)  # share of compositions never trained on
    bad_record_limit: float = _number(0.01, 0, 1)  # share of records set aside above which a run stops
    check_replay: bool = True  # set records aside whose primitives, all ours, do not turn input into output
    store_dir: str | None = None  # where prepared data lies; None: beside the dataset, where that can be written
    workers: int = _number(0, 0, 64)  # threads that prepare batches ahead; 0: prepared when asked for

    @property
    def views(self) -> int:
        """Of every output in training: as it is, and in other colours."""
        return 2 if self.recolour else 1


@dataclass
class GenerateConfig:
    """How much data the generator makes, and of what kind."""

    samples: int = _number(100_000, 1)  # records
    pairs_per_task: int = _number(4, 1, 8)  # records of one program
    max_length: int = _number(4, 1, 4)  # primitives in a program; of dsl=wide three at most
    arc_share: float = _number(0.5, 0, 1)  # input sets from ARC-1 training grids; the rest is procedural
    processes: int | None = _number(None, 1)  # None: one a core; the bytes do not depend on it
    overwrite: bool = False  # replace a file that is there


@dataclass
class NetworkConfig:
    """Size of the guide."""

    width: int = _number(384, 8)  # hidden units of the trunk
    row_width: int = _number(64, 8)  # numbers that stand for a primitive among the executed features; in fours
    row_layers: int = _number(2, 0, 12)  # layers of attention between primitives
    grid_channels: int = _number(24, 4)  # channels of the first convolution of the grid branch
    grid_side: int = _number(12, 4, 30)  # cells a side of the frame that grids are resampled to
    dropout: float = _number(0.4, 0, 0.9)
    features: bool = True  # executed features, where every primitive of the data can be executed
    grids: bool = True  # the grid branch; always on where features are not


@dataclass
class OptimizerConfig:
    """AdamW under a one-cycle schedule, stepped per batch."""

    lr: float = _number(1e-3, 0, 1)  # the peak
    weight_decay: float = _number(2e-2, 0, 1)
    warmup_share: float = _number(0.2, 0, 1)  # share of all steps until the peak
    clip_norm: float = _number(1.0, 0)  # gradient norm; 0: not clipped


@dataclass
class TrainerConfig:
    """How long training goes on."""

    max_epochs: int = _number(8, 1)
    max_steps: int | None = _number(None, 1)  # optimiser steps; None: epochs decide
    accumulate: int = _number(1, 1)  # batches whose gradients make one step: a large batch in little memory
    max_time: str | None = None  # deadline as DD:HH:MM:SS; stops cleanly with a checkpoint
    early_stopping: int | None = _number(None, 1)  # epochs without a better val/loss; None: never
    log_every_steps: int = _number(10, 1)
    checkpoint_every_minutes: float = _number(5.0, 0.01)  # most training that a kill can cost
    checkpoint_every_steps: int | None = _number(None, 1)  # optimiser steps; None: minutes decide
    arc_tasks: int = _number(10, 0, 400)  # real ARC-1 tasks the guide is asked about for the report


@dataclass
class HardwareConfig:
    """What a profile asks of the machine. None: chosen from what the machine has."""

    name: str = _choice("auto", "auto", "cpu", "c5", "g4dn", "hopper")
    accelerator: str = _choice("auto", "auto", "cpu", "gpu")
    precision: str | None = _choice(None, "32-true", "16-mixed", "bf16-mixed")  # as Lightning names them
    threads: int | None = _number(None, 1)  # threads inside one operator
    interop_threads: int | None = _number(None, 1)  # operators at once
    processes: int | None = _number(None, 1)  # workers that execute features; None: one a core
    devices: int = _number(1, 1)  # GPUs, or training processes on a CPU, of each machine
    nodes: int = _number(1, 1)  # machines that train together
    matmul_precision: str = _choice("highest", "highest", "high", "medium")  # high: TF32 on Ampere and later
    cudnn_benchmark: bool = False  # pays where shapes are few
    pin_memory: bool = False  # host memory that a GPU copies from without waiting
    channels_last: bool = False  # convolutions with the channels of a cell side by side
    allocator: str = _choice("auto", "auto", "system")  # auto: jemalloc or tcmalloc where installed, else few arenas
    cuda_alloc_conf: str | None = None  # PYTORCH_CUDA_ALLOC_CONF, where the environment does not set it
    price: float | None = _number(None, 0)  # dollars an hour; None: of the price table, where the profile is rented
    fit: str = _choice("refuse", "refuse", "auto", "off")  # what does not fit into memory: auto takes smaller batches


@dataclass
class CompileConfig:
    """Whether the network is compiled before training."""

    enabled: bool = False
    mode: str = _choice("default", "default", "reduce-overhead", "max-autotune")


@dataclass
class EvaluateConfig:
    """Which part of a dataset is evaluated."""

    split: str = _choice("all", "all", "train", "val", "test")


@dataclass
class BudgetConfig:
    """Where the search for one task stops, whichever comes first; and what a run may cost."""

    nodes: int = _number(200_000, 1)  # primitives called on a state
    seconds: float = _number(60.0, 0)
    length: int = _number(4, 1, 8)  # primitives in the longest program
    memory_mib: float = _number(1024.0, 16)  # states and grids of one search, about
    # Not of a search: what a run may cost; `budget=4` for short. plan and cloud judge by it, train stops there.
    dollars: float | None = _number(None, 0)


@dataclass
class SearchConfig:
    """How the search for one task goes."""

    order: str = _choice("best-first", "best-first", "sort-and-add", "depth-first")
    exhaustive: int = _number(0, 0, 4)  # depth searched in full before the guide is asked; 0: none
    ask_depth: int = _number(3, 0, 8)  # the guide is asked about states within so many steps; 0: the inputs alone
    ask_below: float = _number(0.4, 0, 1)  # and that once no step is left that it thinks likelier than this
    ask_after: int = _number(45, 0)  # and only once so many nodes are spent; the search then begins anew
    floor: float = _number(0.02, 0.001, 1)  # share of the chances of a step that is spread evenly
    # Share of nodes for the unguided order, which bounds what a wrong guide costs. None: half where answers are
    # made of several states, which want many different ones; else 1/16.
    unguided_share: float | None = _number(None, 0, 0.9)
    # None for the next four: on, but for dsl=v2, whose figures were measured without.
    pieces: bool | None = None  # states may be lists of pieces: objects, cells, halves
    assembly: bool | None = None  # explored states are laid over each other; the shortest candidates come first
    cells: bool | None = None  # rules of cells are looked for among explored states
    forms: bool | None = None  # the task is tried recoloured and turned too


@dataclass
class SpeedupConfig:
    """What priors are compared on, beside the real tasks of `tasks`."""

    tasks_per_length: int = _number(200, 1)  # held-out synthetic tasks of each length, 2 to 5
    folder: str = "data/held_out"  # where they are kept: making them takes minutes


@dataclass
class BundleConfig:
    """The folder that solves where there is no network."""

    folder: str = "outputs/bundle"
    overwrite: bool = False  # replace a bundle that is there


@dataclass
class ExportConfig:
    """The guide as an ONNX file."""

    path: str | None = None  # None: beside the guide
    overwrite: bool = False  # replace a file that is there


@dataclass
class TuneConfig:
    """A search over learning rate and batch size, each trial a run."""

    trials: int = _number(20, 1, 1000)  # in all, those of before a stop included
    study: str = "outputs/tune"  # folder of the study and its runs
    lr_low: float = _number(1e-4, 1e-8, 1)
    lr_high: float = _number(1e-2, 1e-8, 1)
    batch_sizes: list[int] = field(default_factory=lambda: [16, 32, 64, 128])


@dataclass
class PlanConfig:
    """What a plan says beside the plan."""

    old_trainer: bool = False  # why the trainer of July 2025 ran out of memory, part by part


@dataclass
class CloudConfig:
    """A spot machine on AWS for the machine of the profile."""

    action: str = _choice("quota", "quota", "price", "launch", "sync", "watch", "fetch", "stop")
    dry_run: bool = True  # print each call and what it may cost at most, and make none
    run: str = "guide"  # name of the run: what its machine, disks and folder in the bucket are found by
    region: str = "us-east-1"
    bucket: str | None = None  # S3 bucket for code, data and the run
    max_price: float | None = _number(None, 0)  # dollars an hour; None: the price on demand
    ami: str | None = None  # image of the machine; None: the newest Deep Learning AMI of the region
    disk_gib: int = _number(100, 30)
    keep_disk: bool = False  # a disk that stays is paid for until it is deleted
    instance_profile: str | None = None  # role of the machine, for the bucket and SSM; no keys are sent
    key_name: str | None = None  # key pair for ssh; None: SSM, which needs no open port
    security_group: str | None = None  # None: the default group of the network
    subnet: str | None = None  # None: any zone; a subnet lies in one
    launched: bool = False  # on the machine: launched by this command, which the report says
    notice: bool = False  # on the machine: stop in order when EC2 says that it will be taken away


@dataclass
class ShipConfig:
    """Where the guide lies that comes with the repository."""

    folder: str = "guides/default"


@dataclass
class ExploreConfig:
    """Where the task explorer is served."""

    host: str = "127.0.0.1"  # this machine alone; another address lets others in, who may then run searches here
    port: int = _number(8000, 0, 65_535)  # 0: any that is free


@dataclass
class Config:
    """All settings of a command."""

    seed: int = _number(0, 0, 2**32 - 1)
    # a .ckpt, a guide.safetensors or a run folder; None: solve and explore take the one that is shipped
    checkpoint: str | None = None
    # train: a stopped run's folder or checkpoint, or auto: the newest stopped run of these settings.
    # solve goes on by itself; never: begins anew.
    resume: str | None = None
    deadline: str | None = None  # 4h, 90m or DD:HH:MM:SS from the start; plan and cloud judge by it, train stops there
    data: DataConfig = field(default_factory=DataConfig)
    generate: GenerateConfig = field(default_factory=GenerateConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    hardware: HardwareConfig = field(default_factory=HardwareConfig)
    compile: CompileConfig = field(default_factory=CompileConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)
    tasks: str = "arc1-training"  # what solve works on: a collection, or a file or folder in ARC's format
    solutions: str | None = None  # outputs of the tests of `tasks`; None: those in it or beside it
    # validate_submission: the file to check. solve: where the submission goes besides the run's folder.
    submission: str | None = None
    dsl: str = _choice("v2", "v2", "wide")  # the vocabulary that programs are made of; training takes the data's
    task: str | None = None  # the id of a single task to solve
    limit: int | None = _number(None, 1)  # tasks, drawn by the seed; None: all
    prior: str = _choice("guide", "guide", "frequency", "uniform", "oracle")  # what the search follows
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    speedup: SpeedupConfig = field(default_factory=SpeedupConfig)
    runs: list[str] = field(default_factory=list)  # what compare looks at: folders of runs or of sweeps
    workers: int | None = _number(None, 1, 256)  # processes that solve; None: one a core
    # train: copied to s3://bucket/run as it is made; a run that was begun there is gone on with.
    upload: str | None = None
    cloud: CloudConfig = field(default_factory=CloudConfig)
    tune: TuneConfig = field(default_factory=TuneConfig)
    plan: PlanConfig = field(default_factory=PlanConfig)
    bundle: BundleConfig = field(default_factory=BundleConfig)
    ship: ShipConfig = field(default_factory=ShipConfig)
    explore: ExploreConfig = field(default_factory=ExploreConfig)
    export: ExportConfig = field(default_factory=ExportConfig)


def keys(node: Any = Config, prefix: str = "") -> list[str]:
    """Every key of the surface, dotted, e.g. `data.batch_size`."""
    instance = node() if isinstance(node, type) else node
    found = []
    for entry in fields(instance):
        value = getattr(instance, entry.name)
        name = f"{prefix}{entry.name}"
        found += keys(value, f"{name}.") if is_dataclass(value) else [name]
    return found


def check(node: Any, prefix: str = "") -> None:
    """Refuse values out of range.

    Raises:
        UserError: naming the key, its value and what is allowed.
    """
    for entry in fields(node):
        value, name = getattr(node, entry.name), f"{prefix}{entry.name}"
        if is_dataclass(value):
            check(value, f"{name}.")
        elif "allowed" in entry.metadata and value not in (*entry.metadata["allowed"], entry.default):
            raise UserError(f"{name}={value} is not known. Allowed: {', '.join(entry.metadata['allowed'])}.")
        elif "low" in entry.metadata and value is not None:
            low, high = entry.metadata["low"], entry.metadata["high"]
            if not low <= value <= high:
                allowed = f"{low} or more" if high == float("inf") else f"{low} to {high}"
                raise UserError(f"{name}={value} is out of range. Allowed: {allowed}.")
    if isinstance(node, TrainerConfig) and node.max_time and not _TIME.fullmatch(node.max_time):
        raise UserError(f"trainer.max_time={node.max_time} is no time. Write DD:HH:MM:SS, e.g. 00:01:30:00.")
    if isinstance(node, Config) and node.deadline is not None and seconds_of(node.deadline) is None:
        raise UserError(f"deadline={node.deadline} is no time. Write {FORMS}.")
    if isinstance(node, DataConfig) and node.min_complexity > node.max_complexity:
        raise UserError(
            f"data.min_complexity={node.min_complexity} is above data.max_complexity={node.max_complexity}. "
            "No record can pass; lower the first or raise the second."
        )
