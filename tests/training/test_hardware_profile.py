"""What a profile comes to on this machine."""

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from neural_guide.errors import UserError
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import count_physical_cores
from neural_guide.training.hardware_profile import choose, lay_out
from neural_guide.training.settings import TrainingSettings


def chosen(**settings):
    config = TrainingSettings()
    config.hardware.accelerator = "cpu"
    for name, value in settings.items():
        group, _, key = name.partition("__")
        setattr(getattr(config, group), key, value)
    return choose(config)


def test_threads_follow_the_work_of_a_batch_and_never_exceed_the_cores():
    assert chosen(data__batch_size=4).threads == 1
    assert chosen(data__batch_size=4096).threads == count_physical_cores()
    assert chosen(data__batch_size=4096, hardware__threads=1).threads == 1
    assert chosen(hardware__threads=4096).threads == count_cores()


def test_every_choice_says_why():
    explained = chosen().explained.splitlines()
    assert len(explained) >= 4
    for line in explained:
        what, _, why = line.strip().partition(": ")
        assert what
        assert why


def test_a_compiler_is_needed_to_compile(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(UserError, match="Use compile=off, or install one"):
        chosen(compile__enabled=True)


def test_channels_last_changes_no_result():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(24, 32, 3, padding=1), nn.GELU(), nn.Conv2d(32, 64, 3, stride=2))
    images = torch.randn(8, 24, 12, 12)
    before = network(images)
    config = TrainingSettings()
    config.hardware.channels_last = True
    lay_out(network, config.hardware)
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-5)


def test_threads_that_wait_sleep_unless_the_user_says_otherwise():
    script = "import neural_guide, os; print(os.environ['OMP_WAIT_POLICY'])"
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
        line = [sys.executable, "-c", script]
        told = subprocess.run(line, capture_output=True, text=True, check=True, env={**clean, **given}).stdout
        assert told.strip() == expected
