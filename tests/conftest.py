"""Data that many tests read: made once a session, by the commands that users type."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from neural_guide.dsl import kernels
from neural_guide.features import grid_comparison
from support.browsing import open_browser
from support.commands import command, skip_report
from support.runs import LONG

LONG_FILES = ("test_checkpoint_writing", "test_ddp", "test_run_page", "test_launchers", "test_output_streams")
"""Files of a minute that run no command."""


def pytest_configure() -> None:
    """Compile before any test: seconds the first time, which no search with a budget of one second should pay."""
    grid_comparison.compile_kernels()
    kernels.compile_kernels()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: the file that ends last decides when two workers are done."""
    items.sort(key=lambda item: not (hasattr(item.module, "command") or item.path.stem in LONG_FILES))


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id) -> Path:
    """A folder that all workers of this session see; mutation testing lends one to many sessions."""
    base = tmp_path_factory.getbasetemp()
    own = (base if worker_id == "master" else base.parent) / "shared"
    folder = Path(os.environ.get("NEURAL_GUIDE_TEST_FOLDER", own))
    folder.mkdir(exist_ok=True)
    return folder


def make_once(path: Path, make: Callable[[], None]) -> Path:
    """Make a file or folder in the worker that asks first; the others wait for it."""
    done = path.parent / f"{path.name}.made"
    with FileLock(path.parent / f"{path.name}.lock"):
        if not done.exists():
            make()
            done.touch()
    return path


def run_command(*line: str, prepare: Callable[[], None] | None = None) -> None:
    """Run a command, which must succeed."""
    ended = command(*line, prepare=prepare)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="session")
def dataset(shared) -> Path:
    """4,000 records of our own generator."""
    path = shared / "data" / "small.json"
    path.parent.mkdir(exist_ok=True)
    settings = (f"data.path={path}", "generate.samples=4000", "seed=7", f"hydra.run.dir={path.parent}/g")
    return make_once(path, lambda: run_command("generate", *settings))


@pytest.fixture(scope="session")
def few_records(dataset) -> Path:
    """The first 800 of these records, for tests that learn nothing from them."""
    path = dataset.with_name("few.json")

    def write() -> None:
        records = json.loads(dataset.read_text())[:800]
        path.write_text(json.dumps(records, separators=(",", ":")))

    return make_once(path, write)


@pytest.fixture(scope="session")
def default_dataset(shared) -> Path:
    """The 100,000 records that `make train` generates; minutes, for slow proofs alone."""
    path = shared / "data" / "default.json"
    path.parent.mkdir(exist_ok=True)
    return make_once(path, lambda: run_command("generate", f"data.path={path}", f"hydra.run.dir={path.parent}/default"))


@pytest.fixture(scope="session")
def run_folder(dataset, shared) -> Path:
    """A guide trained for six epochs on the small dataset."""
    folder = shared / "run"
    overrides = ("trainer.max_epochs=6", "data.batch_size=32", "network.width=128", "trainer.arc_tasks=3")
    settings = (f"data.path={dataset}", f"hydra.run.dir={folder}", "data.quality_threshold=0", *overrides)
    return make_once(folder, lambda: run_command("train", *settings))


@pytest.fixture(scope="session")
def whole_run(few_records, shared) -> Path:
    """A run with the settings `LONG` that nobody stopped."""
    folder = shared / "whole"
    line = ("train", f"data.path={few_records}", f"hydra.run.dir={folder}", *LONG)
    return make_once(folder, lambda: run_command(*line, prepare=skip_report))


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests that ask for it are skipped where there is none."""
    with open_browser() as opened:
        yield opened
