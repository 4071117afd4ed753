"""Checkpoint files: written whole, checked when read. Nothing in them is executed."""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from neural_guide.guide.network import GuideNetwork
from neural_guide.runtime.atomic_files import replace_file

LAST, BEFORE, BEST = "last.ckpt", "last-but-one.ckpt", "best.ckpt"
PARTS = ("state_dict", "optimizer_states", "loops", "run")  # what a run needs to go on


def write_checkpoint(checkpoint: dict[str, Any], target: Path) -> None:
    """Write a checkpoint whole or not at all; what was `last.ckpt` becomes `last-but-one.ckpt`.

    Raises:
        UserError: the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()  # so that a full disk shows as what it is, and not as torch's RuntimeError
    torch.save(checkpoint, content)
    with replace_file(target) as temporary:
        temporary.write_bytes(content.getbuffer())
        if target.name == LAST and target.exists():
            target.replace(target.with_name(BEFORE))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a checkpoint holds, on the processor.

    Raises:
        ValueError: it is truncated, damaged or none of ours; with the reason.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            torn = archive.testzip()  # torch does not compare the checksums
        read: Any = None if torn else torch.load(path, map_location="cpu", weights_only=True)
    except zipfile.BadZipFile:
        raise ValueError("it is truncated or no checkpoint at all") from None
    except (OSError, RuntimeError, EOFError, KeyError) as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    except Exception as error:  # an UnpicklingError: something that weights_only does not load
        raise ValueError(f"it holds more than tensors ({type(error).__name__})") from None
    if torn:
        raise ValueError(f"its part {torn} is damaged")
    missing = [part for part in PARTS if not isinstance(read, dict) or part not in read]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}, which training of ours writes")
    return dict(read)


def newest_whole(folder: Path) -> tuple[Path | None, list[str]]:
    """The newest checkpoint of a run that can be gone on with, and a line for each that cannot.

    Args:
        folder: of checkpoints.
    """
    told = []
    for path in (folder / name for name in (LAST, BEFORE, BEST)):
        if not path.is_file():
            continue
        try:
            read_checkpoint(path)
        except ValueError as error:
            told.append(f"{path} is damaged ({error}); the checkpoint before it is used.")
        else:
            return path, told
    return None, told


def load_weights(checkpoint: Path, module: nn.Module) -> None:
    """Go on with the weights of a checkpoint; where there is none (validation never ran), with those at hand."""
    if checkpoint.exists():
        module.load_state_dict(read_checkpoint(checkpoint)["state_dict"])


def keep_calibration(checkpoint: Path, network: GuideNetwork) -> None:
    """Put the calibration, fitted after training, into the best checkpoint, which then is the guide."""
    if not checkpoint.exists():
        return
    read = read_checkpoint(checkpoint)
    for name in ("calibration_scale", "calibration_shift"):
        read["state_dict"][f"network.{name}"] = getattr(network, name).clone()
    write_checkpoint(read, checkpoint)
