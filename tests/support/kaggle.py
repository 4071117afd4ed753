"""The folders of Kaggle, laid out below a temporary one, and its notebooks run without a network."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from neural_guide.arc.task import Task

NO_NETWORK = """
import errno, socket, sys
try:
    socket.create_connection(("192.0.2.1", 80), timeout=3)
except OSError as error:
    sys.exit(0 if error.errno == errno.ENETUNREACH else f"another error than expected: {error}")
sys.exit("the network is not off")
"""
RUNNER = Path(__file__).parent / "run_notebook.py"


def find_offline() -> list[str]:
    """Return what runs a command without network, a namespace that has no interface up; skip the test without one."""
    error = ""
    for line in (["unshare", "-rn"], ["unshare", "-n"]):
        try:
            tried = subprocess.run([*line, "true"], capture_output=True, text=True, check=False)
        except FileNotFoundError as missing:
            error = str(missing)
            continue
        if tried.returncode == 0:
            return line
        error = tried.stderr.strip()
    pytest.skip(f"this system gives no namespace without network: {error}")


def clean(home: Path, python: Path) -> dict[str, str]:
    """Return all the environment variables of a command."""
    home.mkdir(exist_ok=True)
    return {"PATH": os.defpath, "HOME": str(home), "LANG": "C.UTF-8", "PYTHON": str(python)}


def write_tasks(path: Path, tasks: Sequence[Task]) -> None:
    """Write the file of tasks of a competition."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({task.task_id: encode_task(task) for task in tasks}))


def encode_task(task: Task) -> dict[str, list[dict[str, list[list[int]]]]]:
    pairs = [{"input": pair.input.tolist(), "output": pair.output.tolist()} for pair in task.pairs]
    return {"train": pairs, "test": [{"input": given.tolist()} for given in task.test_inputs]}


def place_bundle(root: Path) -> Path:
    """Return where Kaggle mounts the dataset of a bundle; a bundle may be made there."""
    return root / "input" / "datasets" / "some body" / "arc-bundle"


def attach(root: Path, tasks: Sequence[Task]) -> Path:
    """Attach a competition to a bundle that is there, both read-only; returns the notebook of the bundle."""
    write_tasks(root / "input" / "competitions" / "arc-prize-2026-arc-agi-2" / "arc-agi_test_challenges.json", tasks)
    for path in (root / "input").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return place_bundle(root) / "kaggle.ipynb"


def run_notebook(notebook: Path, root: Path, working: Path, environment: dict[str, str]) -> str:
    """Run a notebook as Kaggle does, with the network off; returns what it prints.

    Args:
        notebook: a notebook of a bundle.
        root: folder with the inputs.
        working: folder that the notebook writes to; made anew.
        environment: all variables, see `clean`.
    """
    working.mkdir()
    environment = environment | {"ARC_INPUT": str(root / "input"), "ARC_WORKING": str(working)}
    checked = '"$PYTHON" -c "$0" && exec "$@"'
    line = [*find_offline(), "sh", "-c", checked, NO_NETWORK, sys.executable, RUNNER, notebook, working]
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
