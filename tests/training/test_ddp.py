"""Two processes that train together, on processors (gloo)."""

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.errors import UserError
from neural_guide.training.loader import steps_per_epoch
from support.ddp_run import EPOCHS, prepared, trainer_of


@pytest.fixture(scope="module")
def together(dataset, tmp_path_factory) -> Path:
    """What two processes wrote."""
    folder = tmp_path_factory.mktemp("ddp")
    line = [sys.executable, str(Path(__file__).parents[1] / "support" / "ddp_run.py"), str(dataset), str(folder)]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return folder


def test_every_task_is_seen_once_an_epoch_in_equal_shares(together, dataset):
    data, _ = prepared(dataset)
    one, two = (json.loads((together / f"seen-{rank}.json").read_text()) for rank in (0, 1))
    assert len(one) == len(two) == EPOCHS
    for ours, theirs in zip(one, two, strict=True):
        assert len(ours) == len(theirs)
        assert all(abs(len(a) - len(b)) <= 1 for a, b in zip(ours, theirs, strict=True))
        seen = list(chain(*ours, *theirs))
        assert sorted(seen) == data.splits.train.tolist()
    assert one[0] != one[1]


def test_validation_gives_what_one_process_gives(together, dataset):
    data, module = prepared(dataset)
    read = torch.load(together / "trained.ckpt", weights_only=True)
    module.load_state_dict(read["state_dict"])
    (alone,) = trainer_of(1).validate(module, data, verbose=False)
    found = json.loads((together / "metrics.json").read_text())
    assert found.keys() == alone.keys()
    assert len(found) > 20
    assert found == pytest.approx(alone, abs=1e-6, nan_ok=True)


@given(st.integers(1, 200), st.integers(1, 12), st.integers(1, 5))
def test_shares_of_any_size(tasks, batch_size, processes):
    """No process is left without a task in any step."""
    steps = steps_per_epoch(tasks, batch_size, processes)
    starts = np.arange(steps) * batch_size * processes
    sizes = np.diff(np.append(starts, tasks))
    assert steps >= 1
    assert tasks < processes or (sizes >= processes).all()
    assert sizes.max() < batch_size * processes + processes


def test_fewer_tasks_than_processes_is_told(dataset):
    data, _ = prepared(dataset)
    with pytest.raises(UserError, match=r"2 tasks cannot be shared by 3 processes"):
        data.loader(data.splits.train[:2], share=(0, 3))
