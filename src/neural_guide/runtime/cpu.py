"""Processor cores that this process may use. No heavy import, so every module can use it."""

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")  # limits of a container, in files of cgroup version 2 or 1


def count_cores(cgroup: Path = CGROUP) -> int:
    """Count the logical cores that this process may use, by its affinity and by the quota of its container.

    Args:
        cgroup: folder with the limits of the container.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _read_quota(cgroup)
    return bound if quota is None else min(bound, max(1, int(quota)))  # more threads are made to wait


def _read_quota(cgroup: Path) -> float | None:
    """Read the quota of the container, in cores; None: no limit."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((cgroup / file).read_text() for file in files).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit() and int(period) > 0:  # else "max" or -1: no limit
            return int(quota) / int(period)
    return None
