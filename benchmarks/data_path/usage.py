"""Seconds of processors and bytes of memory, of this process and of those it started. Linux only."""

import os
import resource
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
MIB = 2**20


def cpu_seconds() -> float:
    """User and system time of this process, of its finished children and of those still at work."""
    finished = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    total = sum(usage.ru_utime + usage.ru_stime for usage in finished)
    for pid in descendants(os.getpid()):
        fields = _stat(pid)
        total += TICK * sum(map(int, fields[11:15])) if fields else 0.0
    return total


def descendants(root: int) -> list[int]:
    """Processes that a process started, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    pids, ahead = [], parents.get(root, [])
    while ahead:
        pid = ahead.pop()
        pids.append(pid)
        ahead += parents.get(pid, [])
    return pids


def memory_mib(key: str) -> float:
    """A line of this process's memory: `VmRSS` is what it holds now, `VmHWM` the most it held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024 / MIB
    raise ValueError(f"no {key} in /proc/self/status")


def shared_out_mib(pid: int) -> float:
    """Memory of a process; pages that several processes hold count in part for each. 0 where it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / MIB
    except OSError:
        pass
    return 0.0


def _stat(pid: int) -> list[str]:
    """Fields of a process from its state on; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
