"""The Lightning module: training and validation steps, optimiser, schedule, metrics of an epoch."""

import math
from dataclasses import asdict
from typing import Any

import lightning as L
import torch
from torch import Tensor

from neural_guide.guide.guide_file import rename_old_parameters
from neural_guide.guide.network import GuideNetwork, Logits
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.batch_types import Batch
from neural_guide.training.losses import Losses, compute_losses
from neural_guide.training.metrics import GuideMetrics, NextPrimitiveMetrics
from neural_guide.training.settings import OptimizerSettings


class GuideModule(L.LightningModule):
    """Train a GuideNetwork to predict which primitives a program uses and which comes next.

    Args:
        vocabulary: primitive names, in the order of the labels.
        feature_shape: (rows, features) of executed features, or None.
        network: NetworkSettings as a plain dict, so that checkpoints load with weights_only.
        optimizer: OptimizerSettings as a plain dict.
    """

    def __init__(
        self,
        vocabulary: list[str],
        feature_shape: list[int] | None,
        network: dict[str, Any],
        optimizer: dict[str, Any],
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False)
        shape = None if feature_shape is None else (feature_shape[0], feature_shape[1])
        self.network = GuideNetwork(len(vocabulary), shape, NetworkSettings(**network))
        self.optimizer_settings = OptimizerSettings(**optimizer)
        self.val_metrics = GuideMetrics(vocabulary)
        self.val_next_primitive = NextPrimitiveMetrics()
        self._loss_sum, self._task_count = torch.zeros(()), 0

    @classmethod
    def build(
        cls,
        vocabulary: tuple[str, ...],
        feature_shape: tuple[int, int] | None,
        network: NetworkSettings,
        optimizer: OptimizerSettings,
    ) -> "GuideModule":
        """Build an untrained module from the typed settings."""
        shape = None if feature_shape is None else list(feature_shape)
        return cls(list(vocabulary), shape, asdict(network), asdict(optimizer))

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """Total loss of a batch, see `compute_losses`; its parts are logged."""
        losses = self.compute_losses(batch)
        size = len(batch.labels)
        self.log("train/loss", losses.program, on_step=True, on_epoch=False, batch_size=size)
        if batch.intermediate is not None:
            self.log("train/following_loss", losses.next_primitive, on_step=True, on_epoch=False, batch_size=size)
        self._loss_sum = self._loss_sum + losses.program.detach() * size  # no synchronisation with the device
        self._task_count += size
        return losses.total

    def compute_losses(self, batch: Batch) -> Losses:
        """The losses of a batch, see `training.losses`."""
        return compute_losses(self._compute_logits(batch), batch)

    def on_train_epoch_start(self) -> None:
        """Reset the epoch's mean loss."""
        self._loss_sum, self._task_count = torch.zeros((), device=self.device), 0

    @property
    def epoch_loss(self) -> float:
        """Mean training loss over the tasks of this epoch so far."""
        return float(self._loss_sum) / max(self._task_count, 1)

    def on_train_epoch_end(self) -> None:
        """Log the epoch's mean training loss, of all processes."""
        self.log("train/epoch_loss", self.epoch_loss, sync_dist=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the epoch's mean loss so far."""
        checkpoint["epoch_loss"] = {"sum": float(self._loss_sum), "tasks": self._task_count}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the mean of the interrupted epoch, and rename the parameters of a checkpoint of an older version."""
        checkpoint["state_dict"] = rename_old_parameters(checkpoint["state_dict"])
        epoch_loss = checkpoint["epoch_loss"]
        self._loss_sum, self._task_count = torch.tensor(epoch_loss["sum"]), epoch_loss["tasks"]

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        """Collect a batch for the metrics of the epoch."""
        logits = self._compute_logits(batch)
        self.val_metrics.update(torch.sigmoid(logits.program.float()), batch.labels, batch.lengths)
        if batch.intermediate is not None and logits.next_primitive is not None:
            self.val_next_primitive.update(logits.next_primitive.float(), batch.intermediate.next_primitive)

    def on_validation_epoch_end(self) -> None:
        """Log every metric of the validation split."""
        metrics = {f"val/{name}": value for name, value in self.val_metrics.compute().items()}
        self.val_metrics.reset()
        if self.val_next_primitive.has_states():
            metrics |= {f"val/following_{name}": value for name, value in self.val_next_primitive.compute().items()}
            self.val_next_primitive.reset()
        skipped = ("val/support", "val/f1/")  # constants, and near duplicates of val/ap
        self.log_dict({name: value for name, value in metrics.items() if not name.startswith(skipped)})

    def configure_optimizers(self) -> Any:
        """AdamW under OneCycleLR, stepped per batch."""
        settings = self.optimizer_settings
        optimizer = build_optimizer(self.network, settings)
        schedule = build_one_cycle(optimizer, settings, max(int(self.trainer.estimated_stepping_batches), 1))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _compute_logits(self, batch: Batch) -> Logits:
        features = None if batch.intermediate is None else batch.intermediate.features
        logits: Logits = self.network(batch.inputs, batch.outputs, batch.pair_mask, batch.features, features)
        return logits


def build_optimizer(network: GuideNetwork, settings: OptimizerSettings) -> torch.optim.AdamW:
    """Build AdamW for the device of a network.

    On a GPU it is fused: a step is one kernel, which itself leaves weights unchanged under infinite gradients.
    """
    on_gpu = network.calibration_scale.device.type == "cuda"
    return torch.optim.AdamW(
        network.parameters(), lr=settings.lr, weight_decay=settings.weight_decay, fused=True if on_gpu else None
    )


def build_one_cycle(
    optimizer: torch.optim.Optimizer, settings: OptimizerSettings, total_steps: int
) -> torch.optim.lr_scheduler.OneCycleLR:
    """Build the schedule of the learning rate: a rise over a share of the steps, then a fall to nearly 0.

    One-cycle policy of Smith and Topin, 2018.
    """
    share = settings.warmup_share
    if math.isclose(share * total_steps, 1):  # a rise of one step: torch divides by its length minus one
        share *= 0.999
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=settings.lr, total_steps=total_steps, pct_start=share)
