"""Two processes that train together on CPUs (gloo)."""

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
from neural_guide.training.batch_loader import steps_per_epoch
from support.ddp_run import EPOCHS, build_data_and_module, build_trainer


@pytest.fixture(scope="module")
def ddp_folder(dataset, tmp_path_factory) -> Path:
    """The folder in which two processes wrote their results."""
    folder = tmp_path_factory.mktemp("ddp")
    line = [sys.executable, str(Path(__file__).parents[1] / "support" / "ddp_run.py"), str(dataset), str(folder)]
    completed = subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)
    assert completed.returncode == 0, completed.stderr[-3000:]
    return folder


def test_every_task_occurs_once_an_epoch_in_equal_shares(ddp_folder, dataset):
    data, _ = build_data_and_module(dataset)
    one, two = (json.loads((ddp_folder / f"seen-{rank}.json").read_text()) for rank in (0, 1))
    assert len(one) == len(two) == EPOCHS
    for first, second in zip(one, two, strict=True):
        assert len(first) == len(second)
        assert all(abs(len(a) - len(b)) <= 1 for a, b in zip(first, second, strict=True))
        tasks = list(chain(*first, *second))
        assert sorted(tasks) == data.splits.train.tolist()
    assert one[0] != one[1]


def test_validation_equals_that_of_one_process(ddp_folder, dataset):
    data, module = build_data_and_module(dataset)
    checkpoint = torch.load(ddp_folder / "trained.ckpt", weights_only=True)
    module.load_state_dict(checkpoint["state_dict"])
    (expected,) = build_trainer(1).validate(module, data, verbose=False)
    metrics = json.loads((ddp_folder / "metrics.json").read_text())
    assert metrics.keys() == expected.keys()
    assert len(metrics) > 20
    assert metrics == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_the_training_loss_of_an_epoch_is_that_of_all_processes(ddp_folder):
    own, logged = zip(*(json.loads((ddp_folder / f"losses-{rank}.json").read_text()) for rank in (0, 1)), strict=True)
    assert abs(own[0] - own[1]) > 1e-5
    assert logged == pytest.approx([np.mean(own)] * 2, abs=1e-6)


@given(st.integers(1, 200), st.integers(1, 12), st.integers(1, 5))
def test_every_process_has_a_task_in_every_step(tasks, batch_size, processes):
    steps = steps_per_epoch(tasks, batch_size, processes)
    starts = np.arange(steps) * batch_size * processes
    sizes = np.diff(np.append(starts, tasks))
    assert steps >= 1
    assert tasks < processes or (sizes >= processes).all()
    assert sizes.max() < batch_size * processes + processes


def test_fewer_tasks_than_processes_are_refused(dataset):
    data, _ = build_data_and_module(dataset)
    with pytest.raises(UserError, match=r"2 tasks cannot be shared by 3 processes"):
        data.make_loader(data.splits.train[:2], share=(0, 3))
