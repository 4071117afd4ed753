"""What a run ran on: versions, commit, machine, memory."""

import platform
import resource
import subprocess
from importlib.metadata import version

import torch

from neural_guide.command import ROOT

PACKAGES = ("torch", "lightning", "torchmetrics", "hydra-core", "numpy", "pyarrow")


def facts() -> dict[str, str]:
    """Versions, commit and machine, by name."""
    found = {"python": platform.python_version()} | {package: version(package) for package in PACKAGES}
    return found | {
        "commit": _commit(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "device": _device(),
    }


def peak_rss_gib() -> float:
    """Most memory this process has held, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB on Linux


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
