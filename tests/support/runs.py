"""Small training runs that are stopped, killed and resumed."""

import os
import subprocess
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

from support.commands import RunningCommand

SMALL = (
    "network.width=32",
    "network.row_width=16",
    "network.grids=false",
    "trainer.arc_tasks=0",
    "data.quality_threshold=0",
)
EPOCHS = 8
LONG = (*SMALL, f"trainer.max_epochs={EPOCHS}", "data.batch_size=8")


def begin_training(*overrides: str) -> RunningCommand:
    """Start a run in the background, in a process group of its own."""
    return RunningCommand("train", *overrides, prepare=os.setsid)


def poll_often() -> None:
    """Ask for a spot notice ten times a second: these runs end before the next question otherwise. For `prepare`."""
    from neural_guide.deploy.aws.spot_notice import SpotNotice

    SpotNotice.__init__.__defaults__ = (0.1,)


def wait_for(path: Path, process: RunningCommand | subprocess.Popen[str]) -> None:
    """Wait until a file is there."""
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def have_same_guides(one: Path, two: Path) -> bool:
    """Return whether two runs ended with the same weights."""
    left, right = load_file(one / "guide.safetensors"), load_file(two / "guide.safetensors")
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)
