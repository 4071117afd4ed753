"""Solve a competition in a notebook of Kaggle: `kaggle.ipynb` of a bundle calls `solve_competition`.

Nothing but the standard library is imported, because the platform may lack packages that solving needs. They are
installed from the wheels of the bundle, for this run only. A package that the platform has is never replaced.
"""

import contextlib
import glob
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from neural_guide.deploy.bundle.launch import compare_packages, shorten
from neural_guide.errors import UserError

TASKS_NAME = "arc-agi_test_challenges.json"  # the same in every ARC Prize on Kaggle
SUBMISSION_NAME = "submission.json"  # the only name that the competition accepts
MIN_SECONDS = 1.0
NOTEBOOK_VARIABLES = ("MPLBACKEND", "FORCE_COLOR", "CLICOLOR_FORCE")  # of a notebook's kernel: no solver can draw there
KILL_SECONDS = 60.0  # beyond the total time, after which a solver that has not ended is killed


def solve_competition(
    bundle: Path,
    inputs: Path,
    working: Path,
    *,
    hours: float,
    started: float,
    tasks: str = "",
    settings: Sequence[str] = (),
) -> None:
    """Solve the tasks of the attached competition and print what the solver prints.

    The submission is complete and valid from the first seconds on. If the solver ends early, what it has finished
    counts, and the last line says so.

    Args:
        bundle: folder of the bundle; may be read-only.
        inputs: folder of the attached data, /kaggle/input.
        working: folder for the submission and the run, /kaggle/working.
        hours: total time, from `started` until this function returns.
        started: start of the notebook, on `time.monotonic`.
        tasks: file of tasks; empty: the one of the attached competition.
        settings: further settings of `neural_guide.solve`, as key=value.

    Raises:
        UserError: there is no file of tasks, a package is missing, or the solver ended without a submission.
    """
    if not hours > 0:
        raise UserError(f"HOURS={hours} is no time. Write the hours that the notebook may take, e.g. HOURS = 11.")
    tasks_file = Path(tasks) if tasks else find_tasks(inputs)
    submission = working / SUBMISSION_NAME
    submission.unlink(missing_ok=True)  # that of an earlier run
    with _install_missing(bundle) as packages:
        seconds = max(MIN_SECONDS, 3600 * hours - (time.monotonic() - started))
        line = ["sh", str(bundle / "run.sh"), str(tasks_file), str(submission), f"deadline={seconds:.0f}s", *settings]
        code, last_line = _run_solver(line, working, packages, seconds + KILL_SECONDS)
    if not submission.is_file():
        raise UserError(f"The solver ended with exit code {code} before it wrote {submission}: {last_line}")
    if code:
        print(
            f"The solver ended early, with exit code {code}. {submission} is complete: it has every task that was "
            "finished, and the test inputs for the others."
        )


def find_tasks(inputs: Path) -> Path:
    """Find the file of tasks of the attached competition, however the platform names its folders.

    Raises:
        UserError: there is none, or more than one.
    """
    paths = sorted(glob.glob(f"{glob.escape(str(inputs))}/**/{TASKS_NAME}", recursive=True))  # noqa: PTH207 - follows links
    if len(paths) == 1:
        return Path(paths[0])
    if not paths:
        raise UserError(
            f"{inputs}: no {TASKS_NAME} in any folder there. Attach the competition (Add Input), or set TASKS in the "
            "first cell."
        )
    raise UserError(f"{inputs}: {len(paths)} files of tasks: {shorten(paths)}. Set TASKS in the first cell to one.")


@contextlib.contextmanager
def _install_missing(bundle: Path) -> Iterator[Path | None]:
    """Install the packages that this interpreter lacks, in a folder that is removed when the block ends.

    Yields:
        The folder; None: nothing is missing.

    Raises:
        UserError: the bundle has no wheel of one for this Python, or torch is missing.
    """
    missing = list(compare_packages(bundle / "wheels.txt").missing.values())
    if not missing:
        yield None
        return
    if any(line.startswith("torch==") for line in missing):
        raise UserError("torch is not installed; a bundle brings no torch and uses that of the platform. Install one.")
    wheels = bundle / "wheels"
    if not wheels.is_dir():
        raise UserError(_explain_missing(bundle, missing))
    with tempfile.TemporaryDirectory(prefix="neural_guide-packages-") as folder:
        line = [sys.executable, "-m", "pip", "--isolated", "install", "--quiet", "--no-index", "--no-deps"]
        line += ["--find-links", str(wheels), "--target", folder, *missing]
        if subprocess.run(line, capture_output=True, check=False).returncode:
            raise UserError(_explain_missing(bundle, missing))
        print(f"Installed from the bundle, for this run only: {', '.join(missing)}.", flush=True)
        yield Path(folder)


def _explain_missing(bundle: Path, missing: list[str]) -> str:
    """Explain which packages cannot be installed from a bundle."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    bundled = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["wheels"]
    scope = f" (its wheels are for Python {', '.join(bundled)})" if bundled else ""
    return (
        f"{bundle}: this machine has Python {python} without {shorten(missing)}, and the bundle cannot install them"
        f"{scope}. Make the bundle again with bundle.wheels=[{python}]."
    )


def _run_solver(line: list[str], working: Path, packages: Path | None, seconds: float) -> tuple[int, str]:
    """Run the solver, print its output as it comes, and return its exit code and its last line."""
    paths = [*([str(packages)] if packages else []), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {name: value for name, value in os.environ.items() if name not in NOTEBOOK_VARIABLES}
    environment = {"PYTHON": sys.executable} | environment | {"PYTHONPATH": os.pathsep.join(paths)}
    last_line = ""
    with subprocess.Popen(
        line,
        cwd=working,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        killer = threading.Timer(seconds, process.kill)
        killer.start()
        try:
            for text in process.stdout:
                print(text, end="", flush=True)
                last_line = text.strip() or last_line
        except BaseException:  # the notebook was interrupted: it leaves no solver behind
            process.terminate()
            raise
        finally:
            killer.cancel()
    return process.returncode, last_line
