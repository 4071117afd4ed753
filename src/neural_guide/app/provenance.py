"""Provenance of a run: where the code lies, versions, commit, machine, memory."""

import contextlib
import json
import platform
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]  # of the repository, or of a bundle; means nothing in an installed package


def find_shared(name: str) -> Path:
    """A folder that lies at the top of a checkout or a bundle, and inside an installed package: conf or guides."""
    packaged = PACKAGE / name
    return packaged if packaged.is_dir() else ROOT / name


CONF = find_shared("conf")
PACKAGES = ("torch", "lightning", "torchmetrics", "hydra-core", "numpy", "pyarrow")
BUNDLE_FACTS = "bundle.json"  # beside conf/, where the project runs out of a bundle


def collect_facts() -> dict[str, str]:
    """Versions, commit and machine, by name."""
    versions = {"python": platform.python_version()} | {package: _find_version(package) for package in PACKAGES}
    return versions | {
        "commit": find_commit(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "device": _describe_device(),
    }


def measure_peak_rss() -> float:
    """Peak resident memory of this process, GiB.

    Linux counts it per program; the figure of getrusage includes the process that started this one.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB on Linux


def find_commit() -> str:
    """The commit of the code; in a bundle the one that it was built from; of an installed package its version."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((ROOT / BUNDLE_FACTS).read_text(encoding="utf-8"))["commit"])
    if not (ROOT / "src" / PACKAGE.name).is_dir():  # else it would be that of whatever repository is around
        return f"neural-guide {_find_version('neural-guide')}"
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"


def find_license() -> Path | None:
    """The license of the code: at the top of a checkout or bundle, or in the metadata of an installed package."""
    paths = [ROOT / "LICENSE"] if (ROOT / "src" / PACKAGE.name).is_dir() else []
    with contextlib.suppress(PackageNotFoundError):
        files = distribution("neural-guide").files or []
        paths += [Path(str(file.locate())) for file in files if file.name == "LICENSE"]
    return next((path for path in paths if path.is_file()), None)


def _find_version(package: str) -> str:
    """The installed version; solving needs fewer packages than training, and a machine may lack the others."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _describe_device() -> str:
    torch = sys.modules.get("torch")  # a search does without: it takes seconds to import, and 200 MiB
    if torch is None:
        return "CPU"
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
