"""Diagnoses of machines, this one and others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neural_guide import doctor
from neural_guide.planning import diagnostics
from neural_guide.planning.diagnostics import TorchBuild
from neural_guide.runtime.hardware import Gpu
from support import gpus
from support.commands import command

T4 = Gpu("Tesla T4", 15.0, "535.1", "7.5")
CPU, CUDA, BLIND = (
    TorchBuild("2.13.0", None, False, 200),
    TorchBuild("2.13.0", "13.0", True, 900),
    TorchBuild("2.13.0", "13.0", False, 900),
)


def test_one_screen_and_an_exit_code_for_scripts():
    ended = command("doctor")
    assert ended.returncode == (1 if "✗" in ended.stdout else 0)
    assert len(ended.stdout.splitlines()) < 45
    for name in ("torch build", "processor", "memory", "disk, outputs", "compiler", "versions"):
        assert name in ended.stdout


def test_arguments_are_refused():
    ended = command("doctor", "hardware=c5")
    assert (ended.returncode, "takes no arguments" in ended.stderr) == (2, True)


def test_problems_are_listed_and_set_the_exit_code(tmp_path):
    """Threads that spin, and a folder that is none."""
    (tmp_path / "data").write_text("")
    environment = {**os.environ, "OMP_WAIT_POLICY": "ACTIVE"}
    line = [sys.executable, "-m", "neural_guide.doctor"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert ended.returncode == 1
    assert "To mend before training: threads, disk, data" in ended.stdout


@pytest.mark.parametrize(
    ("torch", "gpus", "is_wrong", "fact", "remedy"),
    [
        (CPU, [], False, "CPU build", ""),
        (CUDA, [T4], False, "CUDA 13.0 build", ""),
        (CUDA, [], False, "GiB of disk for nothing", "download.pytorch.org/whl/cpu"),
        (CPU, [T4], True, "which stands idle", "torch==2.13.0"),
        (BLIND, [T4], True, "cannot use Tesla T4", "driver"),
        (None, [], True, "cannot be imported", "make setup"),
    ],
)
def test_the_build_of_torch_must_match_the_hardware(torch, gpus, is_wrong, fact, remedy):
    finding = diagnostics.check_torch_build(torch, gpus)
    assert finding.is_wrong == is_wrong
    assert fact in finding.fact
    assert remedy in finding.remedy
    assert bool(finding.remedy) == bool(remedy)


def test_threads_of_the_environment():
    assert not diagnostics.check_threads({}).remedy
    assert "unset OMP_NUM_THREADS" in diagnostics.check_threads({"OMP_NUM_THREADS": "4096"}).remedy


def test_a_disk_that_cannot_be_written_to(tmp_path):
    assert not diagnostics.check_disk(tmp_path / "not" / "yet").is_wrong
    (tmp_path / "file").write_text("")
    finding = diagnostics.check_disk(Path(tmp_path / "file"))
    assert finding.is_wrong
    assert "hydra.run.dir" in finding.remedy


FORMATS = {
    gpus.T4: "Tesla T4, 15 GiB, compute capability 7.5, fp16 with a loss scaler, no bf16; driver 580",
    gpus.A100: "A100-SXM4-80GB, 80 GiB, compute capability 8.0, bf16; driver 580",
    gpus.H200: "H200, 140 GiB, compute capability 9.0, bf16; driver 580",
}


@pytest.mark.parametrize("gpu", FORMATS, ids=lambda gpu: gpu.name)
def test_a_gpu_is_listed_with_its_number_format(gpu, tmp_path, monkeypatch, capsys):
    gpus.install_driver(gpu, tmp_path, monkeypatch)
    findings = {finding.name: finding for finding in diagnostics.diagnose_machine(CUDA, [])}
    assert FORMATS[gpu] in findings["GPU"].fact
    assert not findings["GPU"].remedy
    assert not findings["torch build"].remedy
    monkeypatch.setattr(doctor, "find_torch_build", lambda: CPU)
    monkeypatch.setattr(sys, "argv", ["doctor"])
    assert doctor.main() == 1
    report = capsys.readouterr().out
    assert "To mend before training: torch build" in report
    assert "pip install --force-reinstall torch==2.13.0" in report


def test_a_driver_that_fails_is_no_gpu(tmp_path, monkeypatch):
    gpus.install_driver(None, tmp_path, monkeypatch)
    findings = {finding.name: finding for finding in diagnostics.diagnose_machine(CPU, [])}
    assert findings["GPU"].fact == "none that an NVIDIA driver reports"
    assert not findings["torch build"].remedy


@pytest.mark.parametrize(
    ("capability", "has_bf16"), [("7.5", False), ("8.0", True), ("8.9", True), ("10.0", True), ("[N/A]", False)]
)
def test_bf16_follows_the_compute_capability(capability, has_bf16):
    assert Gpu("", 1.0, "", capability).has_bf16 == has_bf16
