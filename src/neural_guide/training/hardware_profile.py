"""Resolution of a hardware profile on this machine, or a refusal before any data is read."""

import math
import os
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from neural_guide.data.settings import DataSettings
from neural_guide.errors import UserError
from neural_guide.runtime import allocator
from neural_guide.runtime.cache_folders import INDUCTOR_VARIABLE, explain_no_inductor_folder
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import (
    BF16_CAPABILITY,
    GIB,
    count_physical_cores,
    describe_caches,
    find_compiler,
    has_fast_bf16,
    read_memory_limit,
    read_processor_name,
)
from neural_guide.training.settings import HardwareSettings

PAIRS_PER_THREAD = 64  # of a batch; with fewer, threads spend more time waiting than working (docs/log.md)


class HardwareChoice(NamedTuple):
    """The value chosen for a setting on this machine, with the reason."""

    value: str
    reason: str


@dataclass(frozen=True)
class Machine:
    """The hardware settings of training as resolved on this machine."""

    accelerator: str  # cpu or gpu, as Lightning names them
    precision: str  # 32-true, 16-mixed or bf16-mixed
    threads: int  # inside one operator
    processes: int  # workers that execute features
    choices: tuple[HardwareChoice, ...]

    @property
    def summary(self) -> str:
        """The chosen values, in one line."""
        return ", ".join(choice.value for choice in self.choices)

    @property
    def explanation(self) -> str:
        """The chosen values and their reasons, a line each."""
        return "\n".join(f"  {choice.value}: {choice.reason}" for choice in self.choices)


def resolve_hardware(hardware: HardwareSettings, data: DataSettings, *, compiles: bool = False) -> Machine:
    """Resolve a hardware profile on this machine.

    Args:
        hardware: the profile.
        data: batch size and pairs, which decide how many threads are useful.
        compiles: require a C++ compiler, since the network will be compiled.

    Raises:
        UserError: where the machine lacks what the profile needs.
    """
    if hardware.cuda_alloc_conf:  # read once, when the GPU is first used
        os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", hardware.cuda_alloc_conf)
    gpu = torch.cuda.is_available()
    if hardware.accelerator == "gpu" and not gpu:
        raise UserError(_explain_missing_gpu(hardware.name))
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
    if on_gpu and hardware.precision == "bf16-mixed" and not _has_gpu_bf16():
        raise UserError(_explain_missing_bf16(hardware.name))
    if compiles and (reason := explain_no_inductor_folder()):
        raise UserError(
            f"compile=on needs a folder for compiled code ({reason}). Use compile=off, or set {INDUCTOR_VARIABLE} to a "
            "folder that can be written to."
        )
    precision = hardware.precision or (_choose_gpu_precision() if on_gpu else "32-true")
    threads, threads_reason = _choose_threads(hardware, data, on_gpu)
    processes = min(hardware.processes or count_cores(), count_cores())
    choices = (
        _describe_device(hardware, on_gpu),
        HardwareChoice(f"precision {precision}", _explain_precision(hardware, on_gpu)),
        HardwareChoice(
            f"{threads} threads of {count_physical_cores()} physical and {count_cores()} logical cores", threads_reason
        ),
        _describe_memory(hardware),
        *_describe_processes(hardware),
    )
    return Machine("gpu" if on_gpu else "cpu", precision, threads, processes, choices)


def configure_process(hardware: HardwareSettings, machine: Machine) -> None:
    """Set threads, allocator and precision of this process.

    It must run before any parallel work, since inter-op threads can be set only once.
    """
    if hardware.allocator == "auto" and not allocator.find_preloaded():
        allocator.limit_arenas()
    torch.set_num_threads(machine.threads)
    if hardware.interop_threads and torch.get_num_interop_threads() != hardware.interop_threads:
        torch.set_num_interop_threads(hardware.interop_threads)
    torch.set_float32_matmul_precision(hardware.matmul_precision)
    torch.backends.cudnn.benchmark = hardware.cudnn_benchmark and machine.accelerator == "gpu"


def set_memory_format(network: nn.Module, hardware: HardwareSettings) -> None:
    """Convert the weights of convolutions to the profile's memory format; their values and names stay the same."""
    if hardware.channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _describe_device(hardware: HardwareSettings, on_gpu: bool) -> HardwareChoice:
    if on_gpu:
        major, minor = torch.cuda.get_device_capability()
        value = f"GPU {torch.cuda.get_device_name()} (profile {hardware.name})"
        return HardwareChoice(value, f"compute capability {major}.{minor}, the first of {torch.cuda.device_count()}")
    reason = "asked for" if hardware.accelerator == "cpu" else "no GPU that this torch can use"
    cached = f", {describe_caches()}" if describe_caches() else ""
    return HardwareChoice(f"processor (profile {hardware.name})", f"{reason}; {read_processor_name()}{cached}")


def _explain_precision(hardware: HardwareSettings, on_gpu: bool) -> str:
    if hardware.precision:
        return "set by the profile"
    if on_gpu:
        return "bf16 from compute capability 8.0 on; before, where it is emulated, fp16 with a scaler"
    if has_fast_bf16():
        return "bf16, which this processor computes, was no faster in a network of this size"
    return "this processor has no bf16; emulated it is slower than fp32"


def _choose_threads(hardware: HardwareSettings, data: DataSettings, on_gpu: bool) -> tuple[int, str]:
    """Threads of an operator. They depend on settings alone: two runs of equal settings are equal in every bit."""
    if hardware.threads:
        reason = "set by the profile or the command"
        most = count_cores()
        return min(hardware.threads, most), reason if hardware.threads <= most else f"{hardware.threads} were {reason}"
    most = max(1, count_physical_cores() // hardware.devices)
    if on_gpu:
        return most, "physical cores"
    pairs = data.batch_size * data.pairs_per_task
    useful = math.ceil(pairs / PAIRS_PER_THREAD)
    if useful < most:
        return useful, f"a batch of {pairs} pairs is too little work for more than one thread for {PAIRS_PER_THREAD}"
    return most, "one a physical core: two on one share its arithmetic"


def _describe_memory(hardware: HardwareSettings) -> HardwareChoice:
    reason = "what the machine or its container allows"
    if hardware.allocator == "system":
        return HardwareChoice(f"{read_memory_limit() / GIB:.1f} GiB of memory", f"{reason}; allocator left alone")
    used = allocator.find_preloaded()
    description = used or f"glibc with {allocator.ARENAS} arenas, no jemalloc or tcmalloc is installed"
    return HardwareChoice(f"{read_memory_limit() / GIB:.1f} GiB of memory", f"{reason}; allocator: {description}")


def _describe_processes(hardware: HardwareSettings) -> list[HardwareChoice]:
    """Number of processes that train together; empty for a single one."""
    if hardware.devices * hardware.nodes == 1:
        return []
    machines = "one machine" if hardware.nodes == 1 else f"each of {hardware.nodes} machines"
    return [
        HardwareChoice(f"{hardware.devices} training processes on {machines}", "hardware.devices and hardware.nodes")
    ]


def _explain_missing_gpu(profile: str) -> str:
    setting = f"hardware={profile}" if profile in ("g4dn", "hopper") else "hardware.accelerator=gpu"
    requirement = (
        "an NVIDIA GPU that this torch can use" if torch.version.cuda else "an NVIDIA GPU and a CUDA build of torch"
    )
    return (
        f"{setting} needs {requirement}, and this machine has none. Use hardware=auto to take what is here "
        f"({count_cores()} CPU cores), or run on a machine with a GPU."
    )


def _explain_missing_bf16(profile: str) -> str:
    have, need = (".".join(map(str, pair)) for pair in (torch.cuda.get_device_capability(), BF16_CAPABILITY))
    return (
        f"hardware.precision=bf16-mixed (profile {profile}) needs a GPU with bf16, from compute capability {need} on; "
        f"{torch.cuda.get_device_name()} has {have}. Use hardware.precision=16-mixed, or hardware=g4dn."
    )


def _has_gpu_bf16() -> bool:
    return torch.cuda.get_device_capability() >= BF16_CAPABILITY


def _choose_gpu_precision() -> str:
    """Choose bf16 from Ampere on; fp16 before, where bf16 is emulated."""
    return "bf16-mixed" if _has_gpu_bf16() else "16-mixed"
