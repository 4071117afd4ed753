"""From a hardware profile to what this machine runs with, or a refusal before any data is read."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from neural_guide.config import CompileConfig, HardwareConfig
from neural_guide.errors import UserError
from neural_guide.machine import cores

GIB = 2**30


@dataclass(frozen=True)
class Machine:
    """What training runs with, and why."""

    accelerator: str  # cpu or gpu, as Lightning names them
    precision: str  # 32-true, 16-mixed or bf16-mixed
    threads: int  # inside one operator
    processes: int  # workers that execute features
    reasons: tuple[str, ...]  # one line per choice


def choose(hardware: HardwareConfig, compilation: CompileConfig) -> Machine:
    """What a profile means on this machine.

    Raises:
        UserError: where the machine lacks what the profile needs.
    """
    gpu = torch.cuda.is_available()
    if hardware.accelerator == "gpu" and not gpu:
        raise UserError(_no_gpu(hardware.name))
    on_gpu = gpu and hardware.accelerator != "cpu"
    most = torch.cuda.device_count() if on_gpu else cores()
    if hardware.devices > most:
        raise UserError(
            f"hardware.devices={hardware.devices} is more than this machine has: {most} "
            f"{'GPUs' if on_gpu else 'processor cores'}. Use hardware.devices={most} or fewer."
        )
    if compilation.enabled and not _compiler():
        raise UserError(
            "compile=on needs a C++ compiler, and this machine has none (no g++, clang++ or $CXX on the path). "
            "Use compile=off, or install one: apt-get install g++."
        )
    precision = hardware.precision or (_gpu_precision() if on_gpu else "32-true")
    threads = hardware.threads or max(1, physical_cores() // hardware.devices)
    processes = hardware.processes or cores()
    reasons = (
        f"{'GPU ' + torch.cuda.get_device_name() if on_gpu else 'processor'} (profile {hardware.name})",
        f"precision {precision}",
        f"{threads} threads for {physical_cores()} physical and {cores()} logical cores",
        f"{memory_limit() / GIB:.1f} GiB of memory",
        *_together(hardware),
    )
    return Machine("gpu" if on_gpu else "cpu", precision, threads, processes, reasons)


def _together(hardware: HardwareConfig) -> list[str]:
    """How many processes train together, where it is more than one."""
    if hardware.devices * hardware.nodes == 1:
        return []
    machines = "one machine" if hardware.nodes == 1 else f"each of {hardware.nodes} machines"
    return [f"{hardware.devices} training processes on {machines}"]


def prepare(hardware: HardwareConfig, machine: Machine) -> None:
    """Set the process up; call it before any parallel work, since inter-op threads can be set once."""
    torch.set_num_threads(machine.threads)
    if hardware.interop_threads and torch.get_num_interop_threads() != hardware.interop_threads:
        torch.set_num_interop_threads(hardware.interop_threads)
    torch.set_float32_matmul_precision(hardware.matmul_precision)
    torch.backends.cudnn.benchmark = hardware.cudnn_benchmark and machine.accelerator == "gpu"


def physical_cores() -> int:
    """Physical cores, never more than the logical ones that this process may use."""
    return min(cores(), psutil.cpu_count(logical=False) or cores())


def memory_limit() -> int:
    """Bytes of memory this process may use: the machine's, or its container's where that is less."""
    limit = int(psutil.virtual_memory().total)
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(path).read_text().strip() if Path(path).exists() else "max"
        limit = min(limit, int(text)) if text.isdigit() else limit
    return limit


def _no_gpu(profile: str) -> str:
    wanted = f"hardware={profile}" if profile in ("g4dn", "hopper") else "hardware.accelerator=gpu"
    found = "an NVIDIA GPU that this torch can use" if torch.version.cuda else "an NVIDIA GPU and a CUDA build of torch"
    return (
        f"{wanted} needs {found}, and this machine has none. Use hardware=auto to take what is here "
        f"({cores()} CPU cores), or run on a machine with a GPU."
    )


def _gpu_precision() -> str:
    """bf16 from Ampere on; fp16 before, where bf16 is emulated."""
    return "bf16-mixed" if torch.cuda.get_device_capability() >= (8, 0) else "16-mixed"


def _compiler() -> bool:
    return any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "g++", "clang++"))
