"""Slow proof, run by `make soak`: a training that is killed again and again ends as one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from neural_guide.guide.checkpoint_files import read_checkpoint
from support.commands import command

KILLS = 20
EARLY_KILLS = 3  # of each half: while the store is built and training begins; the others follow what is saved
SETTINGS = ("network.width=64", "trainer.arc_tasks=0", "trainer.max_epochs=24", "data.quality_threshold=0")


def weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return read_checkpoint(folder / "checkpoints" / name)["state_dict"]


def wait_for_saves(saves: int, checkpoint: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a checkpoint was replaced so often, however slow the machine is, or the process ended."""
    seen = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    while saves and process.poll() is None:
        time.sleep(0.01)
        now = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        saves, seen = saves - (now != seen), now


@pytest.mark.soak
@pytest.mark.parametrize("workers", [0, 2])
def test_training_killed_at_random_moments_ends_with_the_same_weights(workers, dataset, tmp_path, capsys):
    """SIGKILL while the store is built, in steps, in validation, in saving: half of the kills with each `workers`."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    settings = (f"data.path={dataset}", *SETTINGS, f"data.workers={workers}", "trainer.checkpoint_every_steps=3")
    ended = command("train", f"hydra.run.dir={whole}", *settings)
    assert ended.returncode == 0, ended.stderr
    copy = tmp_path / "data.json"
    copy.write_bytes(dataset.read_bytes())  # without a store: the first attempts die while they build it
    rng, moments = random.Random(workers), []
    line = [sys.executable, "-m", "neural_guide.train", f"hydra.run.dir={killed}", *settings, f"data.path={copy}"]
    last = killed / "checkpoints" / "last.ckpt"
    for kill in range(KILLS // 2):
        process = subprocess.Popen([*line, "resume=auto"], start_new_session=True, stdout=subprocess.DEVNULL)
        if kill >= EARLY_KILLS:
            wait_for_saves(rng.randint(1, 4), last, process)
        time.sleep(rng.uniform(0.2, 6) if kill < EARLY_KILLS else rng.uniform(0, 0.5))
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert alive, f"ended before {KILLS // 2} kills: {moments}"
        moments.append(read_checkpoint(last)["global_step"] if last.exists() else 0)
    ended = command("train", *line[3:], "resume=auto")
    assert ended.returncode == 0, ended.stderr
    assert moments[-1] > moments[0]
    for name in ("last.ckpt", "best.ckpt"):
        one, two = weights(whole, name), weights(killed, name)
        assert all(torch.equal(one[key], two[key]) for key in one), name
    with capsys.disabled():
        print(
            f"\ntraining killed {len(moments)} times, data.workers={workers}: the weights of a run that was not, "
            f"bit for bit; steps on the disk after each kill: {moments}"
        )
