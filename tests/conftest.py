"""Data that many tests read: made once a session, by the commands that users type."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from neural_guide.dsl import kernels
from neural_guide.features import grid_comparison
from support.browsing import open_browser
from support.commands import command


def pytest_configure() -> None:
    """Compile before any test: seconds the first time, which no search with a budget of one second should pay."""
    grid_comparison.compile_kernels()
    kernels.compile_kernels()


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id) -> Path:
    """A folder that all workers of this session see."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def made_once(path: Path, make: Callable[[], subprocess.CompletedProcess[str]]) -> Path:
    """What a command makes, by the worker that asks first; the others wait for it."""
    done = path.parent / f"{path.name}.made"
    with FileLock(path.parent / f"{path.name}.lock"):
        if not done.exists():
            made = make()
            assert made.returncode == 0, made.stderr
            done.touch()
    return path


@pytest.fixture(scope="session")
def dataset(shared) -> Path:
    """4,000 records of our own generator."""
    path = shared / "data" / "small.json"
    path.parent.mkdir(exist_ok=True)
    settings = (f"data.path={path}", "generate.samples=4000", "seed=7", f"hydra.run.dir={path.parent}/g")
    return made_once(path, lambda: command("generate", *settings))


@pytest.fixture(scope="session")
def run_folder(dataset, shared) -> Path:
    """A guide trained for six epochs on the small dataset."""
    folder = shared / "run"
    overrides = ("trainer.max_epochs=6", "data.batch_size=32", "network.width=128", "trainer.arc_tasks=3")
    settings = (f"data.path={dataset}", f"hydra.run.dir={folder}", "data.quality_threshold=0", *overrides)
    return made_once(folder, lambda: command("train", *settings))


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests that ask for it are skipped where there is none."""
    with open_browser() as opened:
        yield opened
