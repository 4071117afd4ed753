"""What of the machine this process may use; no heavy import, so that every room can ask."""

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")  # what Linux tells a container of its limits: files of version 2, or of version 1


def count_cores(cgroup: Path = CGROUP) -> int:
    """Logical cores that this process may use: by its affinity, and by the whole cores of its container's quota.

    Args:
        cgroup: where the limits of the container stand.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return bound if quota is None else min(bound, max(1, int(quota)))  # more threads are made to wait


def _quota(cgroup: Path) -> float | None:
    """Processors' worth of time that the container gets; None where it is not limited."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((cgroup / file).read_text() for file in files).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit() and int(period) > 0:  # else "max" or -1: no limit
            return int(quota) / int(period)
    return None
