"""Slow proofs, run by `make soak`: what is killed leaves nothing half-made."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from neural_guide.data.store.store import find_store_folder, open_store
from support.commands import command

KILLS = 20


def killed_after(seconds: float, *line: str) -> bool:
    """Start a process group, kill it with SIGKILL; false where it had ended before."""
    process = subprocess.Popen([sys.executable, *line], start_new_session=True, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


@pytest.mark.soak
def test_a_store_killed_while_it_is_built_is_built_whole_the_next_time(tmp_path, capsys):
    path = tmp_path / "data.json"
    made = command("generate", f"data.path={path}", "generate.samples=20000", f"hydra.run.dir={tmp_path / 'g'}")
    assert made.returncode == 0, made.stderr
    expected = open_store(path, progress=False)
    gathered = expected.gather(np.arange(2000))[0].copy()
    rng, kills = random.Random(0), 0
    imports = "from pathlib import Path; from neural_guide.data.store.store import open_store"
    build = f"{imports}; open_store(Path({str(path)!r}))"
    while kills < KILLS:
        subprocess.run(["rm", "-rf", str(find_store_folder(path))], check=True)
        kills += killed_after(rng.uniform(0.2, 1.2), "-c", build)
        store = open_store(path, progress=False)
        assert store.n_records == expected.n_records
        assert np.array_equal(store.gather(np.arange(2000))[0], gathered)
    with capsys.disabled():
        print(f"\nstore killed {kills} times while it was built: whole the next time")


@pytest.mark.soak
def test_a_generator_killed_leaves_no_half_dataset(tmp_path, capsys):
    rng, kills = random.Random(1), 0
    while kills < KILLS:
        path = tmp_path / "data" / "small.json"
        line = (
            "-m",
            "neural_guide.generate",
            f"data.path={path}",
            "generate.samples=50000",
            f"hydra.run.dir={tmp_path}/r",
        )
        kills += killed_after(rng.uniform(2, 8), *line)
        assert not path.exists()
    with capsys.disabled():
        print(f"\ngenerator killed {kills} times: no half dataset")
