"""Settings of training: optimiser, duration, machine."""

import re
from dataclasses import dataclass

from neural_guide.app.settings import group, setting
from neural_guide.data.settings import DataSettings
from neural_guide.guide.settings import NetworkSettings

_TIME = re.compile(r"\d+:[0-2]?\d:[0-5]?\d:[0-5]?\d")


@dataclass
class OptimizerSettings:
    """AdamW under a one-cycle schedule, stepped per batch."""

    lr: float = setting(1e-3, "Peak learning rate.", low=0, high=1)
    weight_decay: float = setting(2e-2, "Decoupled weight decay of AdamW.", low=0, high=1)
    warmup_share: float = setting(0.2, "Share of all steps until the peak.", low=0, high=1)
    clip_norm: float = setting(1.0, "Largest gradient norm; 0 does not clip.", low=0)


@dataclass
class TrainerSettings:
    """Duration of training, and intervals of logging and saving."""

    max_epochs: int = setting(8, "Passes over the training split.", low=1, unit="epochs")
    max_steps: int | None = setting(None, "Optimiser steps; null lets epochs decide.", low=1, unit="steps")
    accumulate: int = setting(
        1, "Batches whose gradients make one step: a large batch in little memory.", low=1, unit="batches"
    )
    max_time: str | None = setting(
        None, "Time limit of training as DD:HH:MM:SS; training stops in order, with a checkpoint."
    )
    early_stopping: int | None = setting(
        None, "Stop after so many epochs without a better val/loss; null never does.", low=1, unit="epochs"
    )
    log_every_steps: int = setting(10, "Steps between two logged values.", low=1, unit="steps")
    checkpoint_every_minutes: float = setting(5.0, "Most training that a kill can cost.", low=0.01, unit="minutes")
    checkpoint_every_steps: int | None = setting(
        None, "Steps between checkpoints; null lets minutes decide.", low=1, unit="steps"
    )
    arc_tasks: int = setting(10, "Real ARC-1 tasks that the report shows.", low=0, high=400, unit="tasks")

    def problem(self) -> str | None:
        """Message on a time limit that cannot be read; None for a valid one."""
        if not self.max_time or _TIME.fullmatch(self.max_time):
            return None
        return f"trainer.max_time={self.max_time} is no time. Write DD:HH:MM:SS, e.g. 00:01:30:00."


@dataclass
class HardwareSettings:
    """Requirements of a profile on the machine. Null: chosen from the machine's hardware."""

    name: str = setting("auto", "Profile of the machine.", allowed=("auto", "cpu", "c5", "g4dn", "hopper"))
    accelerator: str = setting("auto", "Device to train on.", allowed=("auto", "cpu", "gpu"))
    precision: str | None = setting(
        None, "Number format, as Lightning names it.", allowed=("32-true", "16-mixed", "bf16-mixed")
    )
    threads: int | None = setting(None, "Threads inside one operator.", low=1, unit="threads")
    interop_threads: int | None = setting(None, "Operators that run at once.", low=1, unit="threads")
    processes: int | None = setting(
        None, "Processes that execute features; null uses one a core.", low=1, unit="processes"
    )
    devices: int = setting(1, "GPUs, or training processes on a CPU, of each machine.", low=1, unit="devices")
    nodes: int = setting(1, "Machines that train together.", low=1, unit="machines")
    matmul_precision: str = setting(
        "highest",
        "Precision of float32 products; high is TF32 on Ampere and later.",
        allowed=("highest", "high", "medium"),
    )
    cudnn_benchmark: bool = setting(False, "Let cuDNN search for the fastest kernels; pays where shapes are few.")
    pin_memory: bool = setting(False, "Use host memory that a GPU copies from without waiting.")
    channels_last: bool = setting(False, "Lay convolutions out with the channels of a cell side by side.")
    allocator: str = setting(
        "auto", "Memory allocator; auto takes jemalloc or tcmalloc where installed.", allowed=("auto", "system")
    )
    cuda_alloc_conf: str | None = setting(
        None, "Value of PYTORCH_CUDA_ALLOC_CONF where the environment does not set it."
    )
    price: float | None = setting(
        None, "Price of the machine; null takes that of the price table.", low=0, unit="dollars an hour"
    )
    fit: str = setting(
        "refuse",
        "What to do when a run does not fit into memory; auto takes smaller batches.",
        allowed=("refuse", "auto", "off"),
    )


@dataclass
class CompileSettings:
    """Compilation of the network before training."""

    enabled: bool = setting(False, "Compile the network; typed as compile=on.")
    mode: str = setting("default", "Mode of torch.compile.", allowed=("default", "reduce-overhead", "max-autotune"))


@dataclass
class TrainingSettings:
    """Settings of the training of a network: data, optimiser and machine."""

    seed: int = setting(0, "Seed of every random choice.", low=0, high=2**32 - 1)
    data: DataSettings = group(DataSettings)
    network: NetworkSettings = group(NetworkSettings)
    optimizer: OptimizerSettings = group(OptimizerSettings)
    trainer: TrainerSettings = group(TrainerSettings)
    hardware: HardwareSettings = group(HardwareSettings)
    compile: CompileSettings = group(CompileSettings)
