"""From a hardware profile to what this machine runs with, or a refusal before any data is read."""

import math
import os
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from neural_guide.data.settings import DataSettings
from neural_guide.errors import UserError
from neural_guide.runtime import allocator
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import (
    GIB,
    count_physical_cores,
    describe_caches,
    find_compiler,
    has_fast_bf16,
    read_memory_limit,
    read_processor_name,
)
from neural_guide.training.settings import HardwareSettings

PAIRS_A_THREAD = 64  # of a batch; with less to do, threads wait for each other longer than they work (docs/log.md)


class Choice(NamedTuple):
    """What a setting came to be on this machine, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Machine:
    """What training runs with, and why."""

    accelerator: str  # cpu or gpu, as Lightning names them
    precision: str  # 32-true, 16-mixed or bf16-mixed
    threads: int  # inside one operator
    processes: int  # workers that execute features
    choices: tuple[Choice, ...]

    @property
    def summary(self) -> str:
        """What was chosen, in one line."""
        return ", ".join(choice.what for choice in self.choices)

    @property
    def explained(self) -> str:
        """What was chosen and why, a line each."""
        return "\n".join(f"  {choice.what}: {choice.why}" for choice in self.choices)


def choose(hardware: HardwareSettings, data: DataSettings, *, compiles: bool = False) -> Machine:
    """The machine that a hardware profile comes to here.

    Args:
        hardware: the profile.
        data: batch size and pairs, which decide how many threads pay.
        compiles: whether the network will be compiled, which needs a C++ compiler.

    Raises:
        UserError: where the machine lacks what the profile needs.
    """
    if hardware.cuda_alloc_conf:  # read once, when the GPU is first used
        os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", hardware.cuda_alloc_conf)
    gpu = torch.cuda.is_available()
    if hardware.accelerator == "gpu" and not gpu:
        raise UserError(_no_gpu(hardware.name))
    on_gpu = gpu and hardware.accelerator != "cpu"
    most = torch.cuda.device_count() if on_gpu else count_cores()
    if hardware.devices > most:
        raise UserError(
            f"hardware.devices={hardware.devices} is more than this machine has: {most} "
            f"{'GPUs' if on_gpu else 'processor cores'}. Use hardware.devices={most} or fewer."
        )
    if compiles and not find_compiler():
        raise UserError(
            "compile=on needs a C++ compiler, and this machine has none (no g++, clang++ or $CXX on the path). "
            "Use compile=off, or install one: apt-get install g++."
        )
    precision = hardware.precision or (_gpu_precision() if on_gpu else "32-true")
    threads, threads_why = _threads(hardware, data, on_gpu)
    processes = min(hardware.processes or count_cores(), count_cores())
    choices = (
        _device(hardware, on_gpu),
        Choice(f"precision {precision}", _precision_why(hardware, on_gpu)),
        Choice(
            f"{threads} threads of {count_physical_cores()} physical and {count_cores()} logical cores", threads_why
        ),
        _memory(hardware),
        *_together(hardware),
    )
    return Machine("gpu" if on_gpu else "cpu", precision, threads, processes, choices)


def prepare(hardware: HardwareSettings, machine: Machine) -> None:
    """Set the process up; call it before any parallel work, since inter-op threads can be set once."""
    if hardware.allocator == "auto" and not allocator.find_preloaded():
        allocator.limit_arenas()
    torch.set_num_threads(machine.threads)
    if hardware.interop_threads and torch.get_num_interop_threads() != hardware.interop_threads:
        torch.set_num_interop_threads(hardware.interop_threads)
    torch.set_float32_matmul_precision(hardware.matmul_precision)
    torch.backends.cudnn.benchmark = hardware.cudnn_benchmark and machine.accelerator == "gpu"


def lay_out(network: nn.Module, hardware: HardwareSettings) -> None:
    """Lay the weights of convolutions out as the profile says; values and the names of weights stay as they are."""
    if hardware.channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _device(hardware: HardwareSettings, on_gpu: bool) -> Choice:
    if on_gpu:
        major, minor = torch.cuda.get_device_capability()
        what = f"GPU {torch.cuda.get_device_name()} (profile {hardware.name})"
        return Choice(what, f"compute capability {major}.{minor}, the first of {torch.cuda.device_count()}")
    why = "asked for" if hardware.accelerator == "cpu" else "no GPU that this torch can use"
    cached = f", {describe_caches()}" if describe_caches() else ""
    return Choice(f"processor (profile {hardware.name})", f"{why}; {read_processor_name()}{cached}")


def _precision_why(hardware: HardwareSettings, on_gpu: bool) -> str:
    if hardware.precision:
        return "set by the profile"
    if on_gpu:
        return "bf16 from compute capability 8.0 on; before, where it is emulated, fp16 with a scaler"
    if has_fast_bf16():
        return "bf16, which this processor computes, was no faster in a network of this size"
    return "this processor has no bf16; emulated it is slower than fp32"


def _threads(hardware: HardwareSettings, data: DataSettings, on_gpu: bool) -> tuple[int, str]:
    """Threads of an operator. They depend on settings alone: two runs that agree in them agree in every bit."""
    if hardware.threads:
        why = "set by the profile or the command"
        most = count_cores()
        return min(hardware.threads, most), why if hardware.threads <= most else f"{hardware.threads} were {why}"
    most = max(1, count_physical_cores() // hardware.devices)
    if on_gpu:
        return most, "physical cores"
    pairs = data.batch_size * data.pairs_per_task
    useful = math.ceil(pairs / PAIRS_A_THREAD)
    if useful < most:
        return useful, f"a batch of {pairs} pairs is too little work for more than one thread for {PAIRS_A_THREAD}"
    return most, "one a physical core: two on one share its arithmetic"


def _memory(hardware: HardwareSettings) -> Choice:
    why = "what the machine or its container allows"
    if hardware.allocator == "system":
        return Choice(f"{read_memory_limit() / GIB:.1f} GiB of memory", f"{why}; allocator left alone")
    used = allocator.find_preloaded()
    told = used or f"glibc with {allocator.ARENAS} arenas, no jemalloc or tcmalloc is installed"
    return Choice(f"{read_memory_limit() / GIB:.1f} GiB of memory", f"{why}; allocator: {told}")


def _together(hardware: HardwareSettings) -> list[Choice]:
    """How many processes train together, where it is more than one."""
    if hardware.devices * hardware.nodes == 1:
        return []
    machines = "one machine" if hardware.nodes == 1 else f"each of {hardware.nodes} machines"
    return [Choice(f"{hardware.devices} training processes on {machines}", "hardware.devices and hardware.nodes")]


def _no_gpu(profile: str) -> str:
    wanted = f"hardware={profile}" if profile in ("g4dn", "hopper") else "hardware.accelerator=gpu"
    found = "an NVIDIA GPU that this torch can use" if torch.version.cuda else "an NVIDIA GPU and a CUDA build of torch"
    return (
        f"{wanted} needs {found}, and this machine has none. Use hardware=auto to take what is here "
        f"({count_cores()} CPU cores), or run on a machine with a GPU."
    )


def _gpu_precision() -> str:
    """bf16 from Ampere on; fp16 before, where bf16 is emulated."""
    return "bf16-mixed" if torch.cuda.get_device_capability() >= (8, 0) else "16-mixed"
