"""fp16 training: autocast and a gradient scaler, without a step that waits for the device."""

from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch.plugins.precision import MixedPrecision, Precision
from lightning.pytorch.utilities import GradClipAlgorithmType
from torch.optim import Optimizer

DTYPES = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}  # of autocast, by Lightning's names


class ScaledPrecision(MixedPrecision):
    """Autocast to fp16 with a gradient scaler, on a GPU or on the processor.

    Lightning's own plugin refuses to clip gradients of a fused optimizer. Another optimizer skips a step whose
    gradients are not finite in Python, and so asks the device at every step. A fused one skips it on the device. Its
    gradients can be clipped too if they are unscaled before, as here.

    Args:
        device: cuda or cpu. Lightning itself trains in bf16 on a processor where fp16 is requested.
    """

    def __init__(self, device: str) -> None:
        super().__init__("16-mixed", device, torch.amp.GradScaler(device))

    def optimizer_step(  # type: ignore[override]
        self, optimizer: Optimizer, model: Any, closure: Callable[[], Any], **kwargs: Any
    ) -> Any:
        """Compute the gradients, unscale and clip them, and update the weights where all gradients are finite."""
        assert self.scaler is not None
        closure()
        self.scaler.unscale_(optimizer)
        self._after_closure(model, optimizer)  # clips
        result = self.scaler.step(optimizer, **kwargs)
        self.scaler.update()
        return result

    def clip_gradients(
        self,
        optimizer: Optimizer,
        clip_val: int | float = 0.0,
        gradient_clip_algorithm: GradClipAlgorithmType = GradClipAlgorithmType.NORM,
    ) -> None:
        """Clip gradients that are unscaled already."""
        Precision.clip_gradients(self, optimizer, clip_val, gradient_clip_algorithm)
