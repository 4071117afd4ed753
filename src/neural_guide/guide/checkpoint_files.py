"""Checkpoint files: written atomically, verified when read. Reading executes nothing in them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from neural_guide.guide.guide_file import rename_old_parameters
from neural_guide.guide.network import GuideNetwork
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.foreign_files import explain_pointer_file

LAST, PREVIOUS, BEST = "last.ckpt", "last-but-one.ckpt", "best.ckpt"
CUT = "cut.ckpt"  # the step at which a time limit ended training, before what its validation adds
PARTS = ("state_dict", "optimizer_states", "loops", "run")  # parts that resuming a run needs


def write_checkpoint(checkpoint: dict[str, Any], target: Path) -> None:
    """Write a checkpoint atomically; the former `last.ckpt` becomes `last-but-one.ckpt`.

    Raises:
        UserError: the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()  # in memory first: torch would report a full disk as a RuntimeError
    torch.save(checkpoint, content)
    with replace_file(target) as temporary:
        temporary.write_bytes(content.getbuffer())
        if target.name == LAST and target.exists():
            target.replace(target.with_name(PREVIOUS))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read the content of a checkpoint, its tensors on the CPU, its parameters under their current names.

    Raises:
        ValueError: the file is truncated, damaged or foreign; with the reason.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged_part = archive.testzip()  # torch does not compare the checksums
        content: Any = None if damaged_part else torch.load(path, map_location="cpu", weights_only=True)
    except zipfile.BadZipFile:
        if pointer := explain_pointer_file(path):
            raise ValueError(f"it is {pointer}") from None
        raise ValueError("it is truncated or no checkpoint at all") from None
    except (OSError, RuntimeError, EOFError, KeyError) as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    except Exception as error:  # an UnpicklingError: an object that weights_only does not load
        raise ValueError(f"it holds more than tensors ({type(error).__name__})") from None
    if damaged_part:
        raise ValueError(f"its part {damaged_part} is damaged")
    missing = [part for part in PARTS if not isinstance(content, dict) or part not in content]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}, which training of ours writes")
    return {**content, "state_dict": rename_old_parameters(content["state_dict"])}


def find_newest_checkpoint(folder: Path) -> tuple[Path | None, list[str]]:
    """Find the newest intact checkpoint of a run, with a warning for each newer, damaged one.

    Args:
        folder: folder of the run's checkpoints.

    Returns:
        The path, None if no checkpoint is intact; and the warnings.
    """
    warnings = []
    for path in (folder / name for name in (CUT, LAST, PREVIOUS, BEST)):
        if not path.is_file():
            continue
        try:
            read_checkpoint(path)
        except ValueError as error:
            warnings.append(f"{path} is damaged ({error}); the checkpoint before it is used.")
        else:
            return path, warnings
    return None, warnings


def load_weights(checkpoint: Path, module: nn.Module) -> None:
    """Load the weights of a checkpoint; without the file (validation never ran) the module keeps its own."""
    if checkpoint.exists():
        module.load_state_dict(read_checkpoint(checkpoint)["state_dict"])


def save_calibration(checkpoint: Path, network: GuideNetwork) -> None:
    """Write the calibration, fitted after training, into the best checkpoint, which then is the guide."""
    if not checkpoint.exists():
        return
    content = read_checkpoint(checkpoint)
    for name in ("calibration_scale", "calibration_shift"):
        content["state_dict"][f"network.{name}"] = getattr(network, name).clone()
    write_checkpoint(content, checkpoint)
