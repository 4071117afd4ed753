"""Slow proof, run by `make soak`: the tests that need Ray, in an environment with the extra of pyproject.toml.

Ray takes 80 MB, and its launcher of sweeps 25 packages more, so neither is part of `dev`.
"""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from neural_guide.app.provenance import ROOT

TESTS = ("tests/test_ray.py", "tests/harness/test_isolated_workers.py", "tests/experiment/test_sweep.py")


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """The interpreter of an environment that adds the extra to the packages of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    Path(own.stdout.strip(), "outer.pth").write_text(sysconfig.get_path("purelib"))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *extras["ray"]], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr
    return python


@pytest.mark.soak
@pytest.mark.parametrize("path", TESTS)
def test_what_needs_ray_passes_with_it(path, python):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    line = [python, "-m", "pytest", "-n", "0", "-rs", path]
    ended = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "not installed: ray" not in ended.stdout
