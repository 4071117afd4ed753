"""Checkpoint files, written by processes that are killed, read also from older versions."""

import itertools
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from neural_guide.errors import UserError
from neural_guide.guide.checkpoint_files import (
    BEST,
    LAST,
    PREVIOUS,
    find_newest_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from neural_guide.guide.default_guide import GUIDE_FILE, SHIPPED_FOLDER
from neural_guide.guide.guide import load_guide
from neural_guide.guide.guide_file import OLD_PARAMETERS
from neural_guide.training.checkpoint_writing import AtomicCheckpointIO

AUDIT_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir")  # Python's audit events of changes on disk


def save(folder: Path, step: int) -> None:
    parts = {"state_dict": {"weight": torch.full((1000,), float(step))}, "optimizer_states": [], "loops": {}, "run": {}}
    AtomicCheckpointIO().save_checkpoint(parts | {"global_step": step}, folder / LAST)


def save_and_be_killed(number: int, folder: Path, step: int) -> bool:
    """Save in a process that kills itself before its nth change on disk; return false where it came to its end."""
    child = os.fork()
    if child == 0:
        countdown = itertools.count(number, -1)

        def die(event, arguments):
            if event in AUDIT_EVENTS and next(countdown) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        save(folder, step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return status != 0


def test_a_kill_while_saving_leaves_an_intact_checkpoint(tmp_path):
    steps, without_last = [], 0
    for number in itertools.count():
        folder = tmp_path / str(number)
        save(folder, 1)
        save(folder, 2)
        killed = save_and_be_killed(number, folder, 3)
        newest, warnings = find_newest_checkpoint(folder)
        assert warnings == []
        steps.append(read_checkpoint(newest)["global_step"])
        without_last += not (folder / LAST).exists()
        if not killed:
            break
    assert len(steps) > 4
    assert steps == sorted(steps)  # the old one until the new one is complete
    assert set(steps) == {2, 3}
    assert steps[-1] == 3
    assert without_last  # between the two renames, where the previous one is taken


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_checkpoint_is_no_guide(tmp_path, damage):
    save(tmp_path, 1)
    content = bytearray((tmp_path / LAST).read_bytes())
    content[content.index(np.float32(1).tobytes() * 9) + 3] ^= 1  # within a weight, where torch checks no checksum
    (tmp_path / LAST).write_bytes(content[:2000] if damage == "cut" else content)
    with pytest.raises(UserError, match=f"{LAST}: this is no guide of ours, or it is damaged .*(truncated|is damaged)"):
        load_guide(str(tmp_path / LAST))


def test_newest_is_the_last_then_the_previous_then_the_best(tmp_path):
    save(tmp_path, 1)
    (tmp_path / LAST).rename(tmp_path / BEST)
    save(tmp_path, 2)
    save(tmp_path, 3)
    for step, name in ((3, LAST), (2, PREVIOUS), (1, BEST)):
        newest, warnings = find_newest_checkpoint(tmp_path)
        assert newest == tmp_path / name
        assert read_checkpoint(newest)["global_step"] == step
        assert len(warnings) == 3 - step
        newest.write_bytes(newest.read_bytes()[:-100])
    assert find_newest_checkpoint(tmp_path)[0] is None


def list_names(path: Path) -> set[str]:
    with safe_open(path, framework="pt") as file:
        return set(file.keys())


def restore_old_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names of parameters as older versions wrote them."""
    old_names = {new: old for old, new in OLD_PARAMETERS.items()}
    parts = {name: name.split(".") for name in tensors}
    return {".".join(old_names.get(part, part) for part in parts[name]): value for name, value in tensors.items()}


def test_the_shipped_guide_with_old_names_loads_and_saves_new_ones(tmp_path):
    old_names = list_names(SHIPPED_FOLDER / "v2" / GUIDE_FILE)
    assert "network.features.row_names" in old_names
    guide = load_guide(str(SHIPPED_FOLDER / "v2"))
    guide.save(tmp_path / GUIDE_FILE)
    names = list_names(tmp_path / GUIDE_FILE)
    assert len(names) == len(old_names)
    assert {name for name in names if name.split(".")[2:3] == ["primitive_embedding"]}
    assert not [name for name in names if set(name.split(".")) & set(OLD_PARAMETERS)]
    again = load_guide(str(tmp_path / GUIDE_FILE))
    weights = again.network.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in guide.network.state_dict().items())


def test_a_checkpoint_with_old_names_is_the_same_guide(run_folder, tmp_path):
    checkpoint = run_folder / "checkpoints" / BEST
    content = read_checkpoint(checkpoint)
    names = set(content["state_dict"])
    content["state_dict"] = restore_old_names(content["state_dict"])
    assert set(content["state_dict"]) != names
    write_checkpoint(content, tmp_path / BEST)
    assert set(read_checkpoint(tmp_path / BEST)["state_dict"]) == names
    weights = load_guide(str(checkpoint)).network.state_dict()
    for name, value in load_guide(str(tmp_path / BEST)).network.state_dict().items():
        assert torch.equal(value, weights[name])
