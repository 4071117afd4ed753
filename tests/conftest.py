"""Data that many tests read: made once a session, by the commands that users type."""

import subprocess
import sys
from pathlib import Path

import pytest

from browsing import opened_browser


def command(module: str, *overrides: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m neural_guide.<module>` as a user would."""
    line = [sys.executable, "-m", f"neural_guide.{module}", *overrides]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Path:
    """4,000 records of our own generator."""
    path = tmp_path_factory.mktemp("data") / "small.json"
    made = command("generate", f"data.path={path}", "generate.samples=4000", "seed=7", f"hydra.run.dir={path.parent}/g")
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="session")
def run_folder(dataset, tmp_path_factory) -> Path:
    """A guide trained for six epochs on the small dataset."""
    folder = tmp_path_factory.mktemp("run")
    overrides = ("trainer.max_epochs=6", "data.batch_size=32", "network.width=128", "trainer.arc_tasks=3")
    ended = command("train", f"data.path={dataset}", f"hydra.run.dir={folder}", "data.quality_threshold=0", *overrides)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests that ask for it are skipped where there is none."""
    with opened_browser() as opened:
        yield opened
