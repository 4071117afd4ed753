"""What this machine is: processor, memory, GPUs as the driver tells them. Nothing here needs torch."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from neural_guide.runtime.cpu import CGROUP, count_cores

GIB = 2**30
# Of a container: its limit, what it uses, and the file with what of that the kernel would give back (a stale cache).
CGROUP_MEMORY = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
)
# What Linux calls instructions that multiply bf16 fast; elsewhere a processor emulates them by fp32 and conversions.
BF16_FLAGS = ("amx_bf16", "avx512_bf16", "bf16")
WIDE_FLAGS = ("amx_tile", "avx512f", "avx2", "asimd")


@dataclass(frozen=True)
class Gpu:
    """A GPU as its driver tells it.

    Attributes:
        name: of the product, e.g. Tesla T4.
        memory_gib: of its own.
        driver: version.
        capability: compute capability, e.g. 7.5; bf16 from 8.0 on.
    """

    name: str
    memory_gib: float
    driver: str
    capability: str


def count_physical_cores() -> int:
    """Physical cores, never more than the logical ones that this process may use."""
    return min(count_cores(), psutil.cpu_count(logical=False) or count_cores())


def read_memory_limit() -> int:
    """Bytes of memory this process may use: the machine's, or its container's where that is less."""
    return min(int(psutil.virtual_memory().total), read_container_limit() or 2**63)


def read_container_limit(cgroup: Path = CGROUP) -> int | None:
    """Bytes that the container may use; None where it sets no limit."""
    for limit, *_ in CGROUP_MEMORY:
        text = _read(cgroup / limit)
        if text.isdigit() and int(text) < 2**60:  # v1 writes a huge number where there is none
            return int(text)
    return None


def read_container_usage(cgroup: Path = CGROUP) -> int:
    """Bytes that the container holds and that nothing gives back; 0 where it does not tell."""
    for _, used, parts, stale in CGROUP_MEMORY:
        text = _read(cgroup / used)
        if text.isdigit():
            known = dict(line.split(maxsplit=1) for line in _read(cgroup / parts).splitlines())
            return max(0, int(text) - int(known.get(stale, 0)))
    return 0


def measure_available_memory(cgroup: Path = CGROUP) -> int:
    """Bytes that could be had now without swapping: of the machine, and of what its container leaves."""
    free, limit = int(psutil.virtual_memory().available), read_container_limit(cgroup)
    return free if limit is None else min(free, max(0, limit - read_container_usage(cgroup)))


def read_processor_name() -> str:
    """The name of the processor."""
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def read_processor_flags() -> frozenset[str]:
    """What the processor says it can do; empty where the system does not tell."""
    for line in _cpuinfo():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def has_fast_bf16() -> bool:
    """Whether the processor multiplies bf16 in instructions of its own."""
    return not read_processor_flags().isdisjoint(BF16_FLAGS)


def describe_caches() -> str:
    """The caches of a core, e.g. `L2 2048K, L3 260M`; empty where the system does not tell."""
    found = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "size").is_file() and (index / "level").read_text().strip() != "1":
            found["L" + (index / "level").read_text().strip()] = (index / "size").read_text().strip()
    return ", ".join(f"{level} {size}" for level, size in found.items())


def list_gpus() -> list[Gpu]:
    """NVIDIA GPUs that the driver tells of, whatever torch can do with them."""
    asked = "name,memory.total,driver_version,compute_cap"
    command = ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[cell.strip() for cell in line.split(",")] for line in told.splitlines()]
    return [
        Gpu(row[0], float(row[1]) / 1024 if row[1].isdigit() else 0.0, row[2], row[3]) for row in rows if len(row) == 4
    ]


def find_compiler() -> str | None:
    """The C++ compiler that torch.compile would use for a processor; None where there is none."""
    return next((name for name in (os.environ.get("CXX", "g++"), "g++", "clang++") if shutil.which(name)), None)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _read(path: Path) -> str:
    """Text of a file of the kernel; empty where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
