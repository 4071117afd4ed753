"""Checkpoint files, written by processes that die."""

import itertools
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from neural_guide.errors import UserError
from neural_guide.guide.checkpoint_io import BEFORE, BEST, LAST, newest_whole, read_checkpoint
from neural_guide.guide.guide import load_guide
from neural_guide.training.atomic_checkpoint_io import WholeCheckpoints

TOUCHES = ("open", "os.rename", "os.remove", "os.mkdir")  # Python's audit events of what changes a disk


def save(folder: Path, step: int) -> None:
    parts = {"state_dict": {"weight": torch.full((1000,), float(step))}, "optimizer_states": [], "loops": {}, "run": {}}
    WholeCheckpoints().save_checkpoint(parts | {"global_step": step}, folder / LAST)


def killed_before_touch(number: int, folder: Path, step: int) -> bool:
    """Save in a process that kills itself before it touches the disk for the nth time; false where it got through."""
    child = os.fork()
    if child == 0:
        left = itertools.count(number, -1)

        def die(event, arguments):
            if event in TOUCHES and next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        save(folder, step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return status != 0


def test_killed_at_any_moment_of_saving_a_whole_checkpoint_is_left(tmp_path):
    steps, lost = [], 0
    for number in itertools.count():
        folder = tmp_path / str(number)
        save(folder, 1)
        save(folder, 2)
        killed = killed_before_touch(number, folder, 3)
        found, told = newest_whole(folder)
        assert told == []
        steps.append(read_checkpoint(found)["global_step"])
        lost += not (folder / LAST).exists()
        if not killed:
            break
    assert len(steps) > 4
    assert steps == sorted(steps)  # the old one until the new one is whole
    assert set(steps) == {2, 3}
    assert steps[-1] == 3
    assert lost  # between the two renames, where the one before is taken


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_checkpoint_is_no_guide(tmp_path, damage):
    save(tmp_path, 1)
    content = bytearray((tmp_path / LAST).read_bytes())
    content[content.index(np.float32(1).tobytes() * 9) + 3] ^= 1  # within a weight, where torch looks at no checksum
    (tmp_path / LAST).write_bytes(content[:2000] if damage == "cut" else content)
    with pytest.raises(UserError, match=f"{LAST}: this is no guide of ours, or it is damaged .*(truncated|is damaged)"):
        load_guide(str(tmp_path / LAST))


def test_newest_is_the_last_then_the_one_before_then_the_best(tmp_path):
    save(tmp_path, 1)
    (tmp_path / LAST).rename(tmp_path / BEST)
    save(tmp_path, 2)
    save(tmp_path, 3)
    for step, path in ((3, LAST), (2, BEFORE), (1, BEST)):
        found, told = newest_whole(tmp_path)
        assert found == tmp_path / path
        assert read_checkpoint(found)["global_step"] == step
        assert len(told) == 3 - step
        found.write_bytes(found.read_bytes()[:-100])
    assert newest_whole(tmp_path)[0] is None
