"""The installation that `make setup` chooses: the CUDA build of torch beside an NVIDIA GPU, the CPU build elsewhere."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.gpus import H200, T4, install_driver

MAKEFILE = Path(__file__).parents[1] / "Makefile"
TORCH = re.search(r"^TORCH := (.*)$", MAKEFILE.read_text(), re.MULTILINE)[1]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Run the rule that installs torch, with a stand-in for pip; return the lines that pip was called with."""

    def run(gpu, pip: str = "exit 0") -> tuple[list[str], str]:
        programs = tmp_path / "programs"
        programs.mkdir()
        install_driver(gpu, programs, monkeypatch)
        binaries = tmp_path / ".venv" / "bin"
        binaries.mkdir(parents=True)
        (binaries / "python").touch()
        (binaries / "pip").write_text(f'#!/bin/sh\necho "$@" >> calls\n{pip}\n')
        (binaries / "pip").chmod(0o755)
        (tmp_path / "Makefile").write_text(MAKEFILE.read_text())
        (tmp_path / "pyproject.toml").touch()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        ended = subprocess.run(
            ["make", ".venv/.torch"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (ended.returncode == 0) == (tmp_path / ".venv" / ".torch").exists()
        return (tmp_path / "calls").read_text().splitlines(), ended.stdout

    return run


@pytest.mark.parametrize("gpu", [T4, H200], ids=lambda gpu: gpu.name)
def test_a_gpu_gets_the_cuda_build(install, gpu):
    calls, output = install(gpu)
    assert calls == [f"install --quiet {TORCH}"]
    assert "NVIDIA GPU found" in output


def test_a_driver_that_fails_gets_the_cpu_build(install):
    (call,), output = install(None)
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in call
    assert call.endswith(TORCH)
    assert "No NVIDIA GPU" in output


def test_without_the_index_of_cpu_builds_the_default_one_serves(install):
    calls, _ = install(None, 'case "$*" in *--extra-index-url*) exit 1;; esac')
    assert [TORCH in call for call in calls] == [True, True]
    assert calls[1] == f"install --quiet {TORCH}"


def test_a_failed_installation_is_tried_again(install):
    """No mark is left that would let the next `make` pass over torch."""
    calls, _ = install(T4, "exit 1")
    assert len(calls) == 1
