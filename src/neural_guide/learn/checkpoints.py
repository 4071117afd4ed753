"""What happens to checkpoints after training. They are read with weights_only: nothing in them is executed."""

from pathlib import Path

import torch
from torch import nn

from neural_guide.learn.network import GuideNetwork


def load_weights(checkpoint: Path, module: nn.Module) -> None:
    """Go on with the weights of a checkpoint; where there is none (validation never ran), with those at hand."""
    if checkpoint.exists():
        module.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"])


def keep_calibration(checkpoint: Path, network: GuideNetwork) -> None:
    """Put the calibration, fitted after training, into the best checkpoint, which then is the guide."""
    if not checkpoint.exists():
        return
    read = torch.load(checkpoint, map_location="cpu", weights_only=True)
    for name in ("calibration_scale", "calibration_shift"):
        read["state_dict"][f"network.{name}"] = getattr(network, name).clone()
    temporary = checkpoint.with_suffix(".tmp")
    torch.save(read, temporary)
    temporary.replace(checkpoint)
