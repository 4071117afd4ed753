"""CPU seconds and memory of this process and its descendants. Linux only."""

import os
import resource
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
MIB = 2**20


def measure_cpu_seconds() -> float:
    """Measure user and system time of this process, of its finished children and of its running descendants."""
    finished = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    total = sum(usage.ru_utime + usage.ru_stime for usage in finished)
    for pid in list_descendants(os.getpid()):
        fields = _read_stat(pid)
        total += TICK * sum(map(int, fields[11:15])) if fields else 0.0
    return total


def list_descendants(root: int) -> list[int]:
    """List the descendants of a process."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _read_stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    pids, pending = [], parents.get(root, [])
    while pending:
        pid = pending.pop()
        pids.append(pid)
        pending += parents.get(pid, [])
    return pids


def read_memory_mib(key: str) -> float:
    """Read a figure of this process's memory in MiB: `VmRSS` is the current memory, `VmHWM` the peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024 / MIB
    raise ValueError(f"no {key} in /proc/self/status")


def read_proportional_mib(pid: int) -> float:
    """Read the memory of a process in MiB, including its share of shared pages; 0 if the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / MIB
    except OSError:
        pass
    return 0.0


def _read_stat(pid: int) -> list[str]:
    """Read the fields of a process from its state on; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
