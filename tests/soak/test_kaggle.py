"""Slow proof, run by `make soak`: a whole competition of 240 tasks in a notebook of Kaggle, within its total time."""

import sys
import time
from pathlib import Path

import pytest

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.submission_json_rules import list_json_violations
from support.commands import command
from support.kaggle import attach, clean, place_bundle, run_notebook

pytestmark = pytest.mark.soak
TASKS = 240


@pytest.mark.parametrize("hours", [1.0, 0.1])
def test_a_whole_competition_ends_in_time(hours, tmp_path):
    """With an hour the default budgets suffice; in six minutes the deadline shortens the searches."""
    made = command("bundle", "dsl=wide", f"bundle.folder='{place_bundle(tmp_path)}'")
    assert made.returncode == 0, made.stderr
    tasks = [arc.task for name in ("arc2-evaluation", "arc1-evaluation") for arc in load_tasks(name)[: TASKS // 2]]
    notebook, working = attach(tmp_path, tasks), tmp_path / "working"
    edited = tmp_path / "edited.ipynb"
    edited.write_text(notebook.read_text().replace("HOURS = 11.0", f"HOURS = {hours}"))
    started = time.monotonic()
    printed = run_notebook(edited, tmp_path, working, clean(tmp_path / "home", Path(sys.executable)))
    seconds = time.monotonic() - started
    print(f"{hours} h: {seconds:.0f} s. {printed.splitlines()[-1]}")
    assert seconds < 3600 * hours + 20  # the kernel starts before the first cell, and ends after the last
    submission = (working / "submission.json").read_bytes()
    assert list_json_violations(submission, tasks) == []
    answered = int(printed.splitlines()[-1].partition(" tasks, ")[2].split()[0])
    assert answered > TASKS // 10
