"""Processor cores that this process may use. No heavy import, so every module can use it."""

import os
from pathlib import Path, PurePosixPath

CGROUP = Path("/sys/fs/cgroup")  # limits of a container, in files of cgroup version 2 or 1
MEMBERSHIP = Path("/proc/self/cgroup")  # the cgroups of this process, a line `number:controllers:path` for each
QUOTA_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))  # of version 2 and 1


def count_cores(cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> int:
    """Count the logical cores that this process may use, by its affinity and by the quotas of its cgroups.

    Args:
        cgroup: folder of the file system of cgroups.
        membership: file with the cgroups of this process.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for folder in list_cgroups("cpu", cgroup, membership) if (quota := _read_quota(folder)) is not None]
    return min(bound, max(1, int(min(quotas)))) if quotas else bound  # more threads are made to wait


def list_cgroups(controller: str, cgroup: Path = CGROUP, membership: Path = MEMBERSHIP) -> list[Path]:
    """List the folders of the cgroups that a process is in: its own and all above it, whose limits hold for it too.

    A job of SLURM or a service of systemd has its limit above the process. Version 2 comes first, then version 1; on
    some machines controllers are divided between both.

    Args:
        controller: name of the controller, `cpu` or `memory`.
        cgroup: folder of the file system of cgroups.
        membership: file with the cgroups of the process.
    """
    folders: dict[Path, None] = {}  # an ordered set
    paths = _read_membership(membership)
    for controllers, root in (("", cgroup), ("", cgroup / "unified")):
        folders |= dict.fromkeys(_list_upwards(root, paths.get(controllers, "/")))
    joined = next((names for names in paths if controller in names.split(",")), controller)
    for root in (cgroup / controller, cgroup / joined):
        folders |= dict.fromkeys(_list_upwards(root, paths.get(joined, "/")))
    return list(folders)


def _read_membership(membership: Path) -> dict[str, str]:
    """Read the path of each hierarchy by its controllers, e.g. `cpu,cpuacct`; those of version 2 are empty."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    fields = [line.split(":", 2) for line in lines]
    return {parts[1]: parts[2] for parts in fields if len(parts) == 3}


def _list_upwards(root: Path, path: str) -> list[Path]:
    """List the folder of a cgroup and those above it, up to the root of the hierarchy.

    A container may see its own cgroup as the root while `path` still begins at the root of the machine. The longest
    end of the path that exists is the place.
    """
    parts = PurePosixPath(path).parts[1:]
    if ".." in parts:  # outside of the namespace of cgroups
        return [root]
    ends = [parts[start:] for start in range(len(parts))]
    place = next((root.joinpath(*end) for end in ends if root.joinpath(*end).is_dir()), root)
    return [place, *(parent for parent in place.parents if parent.is_relative_to(root))]


def _read_quota(folder: Path) -> float | None:
    """Read the quota of a cgroup, in cores; None: no limit."""
    for files in QUOTA_FILES:
        try:
            quota, period = " ".join((folder / file).read_text(encoding="utf-8") for file in files).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit() and int(period) > 0:  # else "max" or -1: no limit
            return int(quota) / int(period)
    return None
