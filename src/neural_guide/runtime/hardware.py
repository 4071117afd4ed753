"""Facts on this machine: processor, memory, and GPUs by their driver. Nothing here needs torch."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from neural_guide.runtime.cpu import CGROUP, MEMBERSHIP, count_cores, list_cgroups

GIB = 2**30
# Files of a cgroup: its limit, its usage, and in memory.stat the part that the kernel can reclaim (stale cache).
CGROUP_MEMORY = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
# Flags in Linux of fast bf16 instructions; other processors emulate bf16 by fp32 and conversions.
BF16_FLAGS = ("amx_bf16", "avx512_bf16", "bf16")
WIDE_FLAGS = ("amx_tile", "avx512f", "avx2", "asimd")
BF16_CAPABILITY = (8, 0)  # compute capability from which a GPU multiplies bf16 (Ampere); before, it is emulated


@dataclass(frozen=True)
class Gpu:
    """A GPU, described by its driver.

    Attributes:
        name: name of the product, e.g. Tesla T4.
        memory_gib: its own memory, GiB.
        driver: version of the driver.
        capability: compute capability, e.g. 7.5; bf16 from 8.0 on.
    """

    name: str
    memory_gib: float
    driver: str
    capability: str

    @property
    def has_bf16(self) -> bool:
        """Whether it multiplies bf16 in instructions of its own; false where the capability is not known."""
        major, _, minor = self.capability.partition(".")
        return major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= BF16_CAPABILITY


def count_physical_cores() -> int:
    """Count the physical cores, at most the logical ones that this process may use."""
    return min(count_cores(), psutil.cpu_count(logical=False) or count_cores())


def read_memory_limit() -> int:
    """Read the bytes of memory that this process may use: the lesser of machine and container."""
    return min(int(psutil.virtual_memory().total), read_container_limit() or 2**63)


def read_container_limit(cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> int | None:
    """Read the bytes that this process may use by the limits of its cgroups, the least on the way up; None: no limit.

    Args:
        cgroup: folder of the file system of cgroups.
        membership: file with the cgroups of this process.
    """
    return min((limit for limit, _ in _list_memory_limits(cgroup, membership)), default=None)


def measure_available_memory(cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> int:
    """Measure the bytes available now without swapping: the least of the machine and of each cgroup with a limit.

    Args:
        cgroup: folder of the file system of cgroups.
        membership: file with the cgroups of this process.
    """
    rest = [max(0, limit - usage) for limit, usage in _list_memory_limits(cgroup, membership)]
    return min([int(psutil.virtual_memory().available), *rest])


def _list_memory_limits(cgroup: Path, membership: Path) -> list[tuple[int, int]]:
    """List limit and usage, bytes, of the cgroups of this process that have a limit.

    What can be reclaimed is not counted as used; a usage that is not known is 0.
    """
    limits = []
    for folder in list_cgroups("memory", cgroup, membership):
        for limit_file, usage_file, stale in CGROUP_MEMORY:
            limit, usage = _read(folder / limit_file), _read(folder / usage_file)
            if limit.isdigit() and int(limit) < 2**60:  # version 1 writes a huge number for no limit
                statistics = dict(line.split(maxsplit=1) for line in _read(folder / "memory.stat").splitlines())
                used = int(usage) - int(statistics.get(stale, 0)) if usage.isdigit() else 0
                limits.append((int(limit), max(0, used)))
    return limits


def read_processor_name() -> str:
    """Read the name of the processor."""
    for line in _read_cpuinfo():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def read_processor_flags() -> frozenset[str]:
    """Read the flags of the processor's instructions; empty: not known."""
    for line in _read_cpuinfo():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def has_fast_bf16() -> bool:
    """Return whether the processor multiplies bf16 in instructions of its own."""
    return not read_processor_flags().isdisjoint(BF16_FLAGS)


def describe_caches() -> str:
    """Describe the caches of a core, e.g. `L2 2048K, L3 260M`; empty: not known."""
    sizes = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "size").is_file() and (index / "level").read_text(encoding="utf-8").strip() != "1":
            sizes["L" + (index / "level").read_text(encoding="utf-8").strip()] = (
                (index / "size").read_text(encoding="utf-8").strip()
            )
    return ", ".join(f"{level} {size}" for level, size in sizes.items())


def list_gpus() -> list[Gpu]:
    """List the NVIDIA GPUs that the driver reports, even if torch cannot use them."""
    fields = "name,memory.total,driver_version,compute_cap"
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[cell.strip() for cell in line.split(",")] for line in output.splitlines()]
    return [
        Gpu(row[0], float(row[1]) / 1024 if row[1].isdigit() else 0.0, row[2], row[3]) for row in rows if len(row) == 4
    ]


def find_compiler() -> str | None:
    """Find the C++ compiler that torch.compile would use for a processor; None: not installed."""
    return next((name for name in (os.environ.get("CXX", "g++"), "g++", "clang++") if shutil.which(name)), None)


def _read_cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _read(path: Path) -> str:
    """Read a file of the kernel; empty if there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
