"""Resolution of a hardware profile on this machine."""

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from neural_guide.app.command import load_settings
from neural_guide.config import SURFACE
from neural_guide.errors import UserError
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import count_physical_cores
from neural_guide.training.hardware_profile import resolve_hardware, set_memory_format
from neural_guide.training.settings import TrainingSettings
from support.gpus import A100, H200, T4, install_gpu


def resolve(**changes):
    settings = TrainingSettings()
    settings.hardware.accelerator = "cpu"
    for name, value in changes.items():
        group, _, key = name.partition("__")
        setattr(getattr(settings, group), key, value)
    return resolve_hardware(settings.hardware, settings.data, compiles=settings.compile.enabled)


def test_threads_follow_the_batch_and_never_exceed_the_cores():
    assert resolve(data__batch_size=4).threads == 1
    assert resolve(data__batch_size=4096).threads == count_physical_cores()
    assert resolve(data__batch_size=4096, hardware__threads=1).threads == 1
    assert resolve(hardware__threads=4096).threads == count_cores()


def test_every_choice_has_a_reason():
    lines = resolve().explanation.splitlines()
    assert len(lines) >= 4
    for line in lines:
        value, _, reason = line.strip().partition(": ")
        assert value
        assert reason


def test_compilation_requires_a_compiler(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(UserError, match="Use compile=off, or install one"):
        resolve(compile__enabled=True)


def test_channels_last_changes_no_result():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(24, 32, 3, padding=1), nn.GELU(), nn.Conv2d(32, 64, 3, stride=2))
    images = torch.randn(8, 24, 12, 12)
    before = network(images)
    settings = TrainingSettings()
    settings.hardware.channels_last = True
    set_memory_format(network, settings.hardware)
    assert network[0].weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(network(images), before, rtol=1e-4, atol=1e-5)


def test_waiting_threads_sleep_unless_the_user_sets_the_policy():
    script = "import neural_guide, os; print(os.environ['OMP_WAIT_POLICY'])"
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
        line = [sys.executable, "-c", script]
        output = subprocess.run(line, capture_output=True, text=True, check=True, env={**clean, **given}).stdout
        assert output.strip() == expected


CHOICES = {
    (T4, "g4dn"): "16-mixed",
    (T4, "auto"): "16-mixed",
    (A100, "g4dn"): "16-mixed",
    (A100, "auto"): "bf16-mixed",
    (A100, "hopper"): "bf16-mixed",
    (H200, "hopper"): "bf16-mixed",
    (T4, "cpu"): "32-true",
}


def resolve_profile(profile):
    settings = load_settings("train", [f"hardware={profile}"], SURFACE)
    return resolve_hardware(settings.hardware, settings.data)


@pytest.mark.parametrize(("gpu", "profile"), CHOICES, ids=str)
def test_a_profile_is_accepted_by_a_gpu_that_serves_it(gpu, profile, monkeypatch):
    install_gpu(gpu, monkeypatch)
    machine = resolve_profile(profile)
    assert machine.precision == CHOICES[gpu, profile]
    assert (gpu.name in machine.summary) == (machine.accelerator == "gpu") == (profile != "cpu")


def test_a_profile_is_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"hardware=g4dn needs an NVIDIA GPU .* Use hardware=auto"):
        resolve_profile("g4dn")
    install_gpu(T4, monkeypatch)
    with pytest.raises(UserError, match=r"bf16.*compute capability 8\.0 on; Tesla T4 has 7\.5\. Use .*hardware=g4dn"):
        resolve_profile("hopper")
