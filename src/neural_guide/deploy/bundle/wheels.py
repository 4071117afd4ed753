"""Fetching of packages as wheels, with pip, for a machine that has a torch and no network."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from neural_guide.app.console import say
from neural_guide.deploy.bundle.requirements import TORCH
from neural_guide.errors import UserError

PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
SOURCE_ONLY = (
    "antlr4-python3-runtime",
)  # PyPI has no wheel of it; it is pure Python, and built here for every machine


def fetch_wheels(folder: Path, versions: Mapping[str, str], pythons: Sequence[str]) -> None:
    """Fetch the wheels of packages, torch apart, for Linux on x86-64.

    Args:
        folder: folder to write them to; may not exist yet.
        versions: version of each package.
        pythons: Python versions of the machines that solve, e.g. `3.12`.

    Raises:
        UserError: pip cannot fetch one.
    """
    lines = {name: f"{name}=={version}" for name, version in versions.items() if name != TORCH}
    built = [lines.pop(name) for name in SOURCE_ONLY if name in lines]
    for python in pythons:
        say(f"Fetching {len(lines)} packages for Python {python}")
        target = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
        target += [f"--platform={platform}" for platform in PLATFORMS]
        _run_pip(python, ["download", "--dest", str(folder), *target, *lines.values()])
    if built:
        _run_pip(", ".join(pythons), ["wheel", "--wheel-dir", str(folder), *built])


def _run_pip(pythons: str, arguments: list[str]) -> None:
    """Run a command of pip without dependencies, since all packages are listed. Raises UserError."""
    command, *rest = arguments
    line = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--no-deps", *rest]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    if ended.returncode:
        output = ended.stderr.splitlines() or [f"exit code {ended.returncode}"]
        reason = next((text for text in output if text.startswith("ERROR: ")), output[-1]).removeprefix("ERROR: ")
        raise UserError(
            f"The packages for Python {pythons} cannot be fetched: pip says {reason}. Look "
            "for the network and for the version, or make the bundle without bundle.wheels."
        )
