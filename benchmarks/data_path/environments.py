"""Virtual environments, one for each library, so that no library affects the measurement of another."""

import subprocess
import sys
import venv
from pathlib import Path


class UnavailableError(Exception):
    """Error for a library that cannot be installed here, with the reason."""


def create_environment(package: str, folder: Path, torch: str | None = None, torch_index: str | None = None) -> Path:
    """Create the environment of a library unless it exists, and return its Python.

    It installs torch first and alone, then the library with that torch as a constraint.

    Args:
        package: package to install.
        folder: folder of the environments.
        torch: pinned requirement, e.g. `torch==2.13.0`; None: the library needs no torch.
        torch_index: additional index with CPU builds of torch; None: only the usual index.

    Raises:
        UnavailableError: pip cannot install the package; the error has the message of pip.
    """
    environment_folder = folder / f"env-{package}"
    python, record_path = environment_folder / "bin" / "python", environment_folder / "installed.txt"
    requirements = f"{torch} {package}\n" if torch else f"{package}\n"
    if record_path.exists() and record_path.read_text() == requirements:
        return python
    venv.create(environment_folder, clear=True, with_pip=True)
    constraint_path = environment_folder / "constraint.txt"
    constraint_path.write_text(f"{torch}\n" if torch else "")
    if torch:
        index_options = ["--retries", "0", "--timeout", "5", "--extra-index-url", torch_index] if torch_index else []
        try:
            _install(python, [*index_options, torch])
        except UnavailableError:
            _install(python, [torch])
    _install(python, ["--constraint", str(constraint_path), "numpy", package])
    record_path.write_text(requirements)
    return python


def find_own_python() -> Path:
    """Return the Python that runs this process."""
    return Path(sys.executable)


def _install(python: Path, arguments: list[str]) -> None:
    line = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    completed = subprocess.run(line, capture_output=True, text=True, check=False)
    if completed.returncode:
        errors = [line for line in completed.stderr.splitlines() if line.startswith("ERROR")]
        raise UnavailableError((errors or completed.stderr.splitlines() or ["pip failed"])[-1].removeprefix("ERROR: "))
