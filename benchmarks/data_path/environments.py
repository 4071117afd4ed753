"""A virtual environment for each library, so that none changes what another, or we, are measured with."""

import subprocess
import sys
import venv
from pathlib import Path


class UnavailableError(Exception):
    """A library cannot be installed here; says why."""


def environment(package: str, folder: Path, torch: str | None = None, torch_index: str | None = None) -> Path:
    """The Python of a library's environment, made first where it is not there yet.

    Torch comes first and alone, then the library with that torch as a constraint.

    Args:
        package: what to install.
        folder: where environments lie.
        torch: the pinned requirement, e.g. `torch==2.13.0`; None: the library needs no torch.
        torch_index: where builds of torch for processors are, beside the usual index; None: only the usual one.

    Raises:
        UnavailableError: with pip's own words.
    """
    home = folder / f"env-{package}"
    python, done = home / "bin" / "python", home / "installed.txt"
    wanted = f"{torch} {package}\n" if torch else f"{package}\n"
    if done.exists() and done.read_text() == wanted:
        return python
    venv.create(home, clear=True, with_pip=True)
    constraint = home / "constraint.txt"
    constraint.write_text(f"{torch}\n" if torch else "")
    if torch:
        index = ["--retries", "0", "--timeout", "5", "--extra-index-url", torch_index] if torch_index else []
        try:
            _install(python, [*index, torch])
        except UnavailableError:
            _install(python, [torch])
    _install(python, ["--constraint", str(constraint), "numpy", package])
    done.write_text(wanted)
    return python


def our_environment() -> Path:
    """The Python that runs this."""
    return Path(sys.executable)


def _install(python: Path, arguments: list[str]) -> None:
    line = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise UnavailableError((errors or done.stderr.splitlines() or ["pip failed"])[-1].removeprefix("ERROR: "))
