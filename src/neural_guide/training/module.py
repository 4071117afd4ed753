"""The training loop: loss, optimiser, schedule and the metrics of an epoch."""

import math
from dataclasses import asdict
from typing import Any, NamedTuple

import lightning as L
import torch
from torch import Tensor
from torch.nn import functional as F

from neural_guide.guide.checkpoint_io import rename_old_parameters
from neural_guide.guide.network import GuideNetwork, Logits
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.batches import NO_STEP, Batch
from neural_guide.training.metrics import FollowingMetrics, GuideMetrics
from neural_guide.training.settings import OptimizerSettings

FOLLOWING_WEIGHT = 0.2  # a cross-entropy over 17 steps is about five times the mean of 17 binary ones
SECOND_WEIGHT = 0.1


class Losses(NamedTuple):
    """Scalars of a batch.

    Attributes:
        total: what is trained on.
        program: binary cross-entropy of which primitives are used, mean over tasks and primitives.
        following: cross-entropy of the next step, mean over states.
    """

    total: Tensor
    program: Tensor
    following: Tensor


class GuideModule(L.LightningModule):
    """Trains a GuideNetwork on which primitives a program uses and which comes next.

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
        self.optimizer_config = OptimizerSettings(**optimizer)
        self.val_metrics = GuideMetrics(vocabulary)
        self.val_following = FollowingMetrics()
        self._loss_sum, self._tasks_seen = torch.zeros(()), 0

    @classmethod
    def build(
        cls,
        vocabulary: tuple[str, ...],
        feature_shape: tuple[int, int] | None,
        network: NetworkSettings,
        optimizer: OptimizerSettings,
    ) -> "GuideModule":
        """A fresh module from the typed settings."""
        shape = None if feature_shape is None else list(feature_shape)
        return cls(list(vocabulary), shape, asdict(network), asdict(optimizer))

    def training_step(self, batch: Batch, batch_index: int) -> Tensor:
        """The loss of a batch, see `losses`; logged by its parts."""
        losses = self.losses(batch)
        size = len(batch.labels)
        self.log("train/loss", losses.program, on_step=True, on_epoch=False, batch_size=size)
        if batch.underway is not None:
            self.log("train/following_loss", losses.following, on_step=True, on_epoch=False, batch_size=size)
        self._loss_sum = self._loss_sum + losses.program.detach() * size  # nobody waits for the device
        self._tasks_seen += size
        return losses.total

    def losses(self, batch: Batch) -> "Losses":
        """Cross-entropy of a batch: of the whole program, and of a state underway where there are such."""
        logits = self._logits(batch)
        program = F.binary_cross_entropy_with_logits(logits.program, batch.labels.float())
        if logits.next_primitive is None or logits.remaining is None or logits.transition is None:
            return Losses(program, program, torch.zeros_like(program))
        if batch.underway is None:  # every parameter takes part, as DDP wants it
            unused = logits.next_primitive.sum() + logits.transition.sum()
            return Losses(program + 0 * unused, program, torch.zeros_like(program))
        underway = batch.underway
        needed = F.binary_cross_entropy_with_logits(logits.remaining, underway.needed.float())
        following = F.cross_entropy(logits.next_primitive, underway.following)
        of_true = logits.transition[torch.arange(len(underway.following)), underway.following]
        steps = F.cross_entropy(of_true, underway.second, reduction="none", ignore_index=NO_STEP)
        second = steps.sum() / (underway.second != NO_STEP).sum().clamp(min=1)
        total = program + needed + FOLLOWING_WEIGHT * following + SECOND_WEIGHT * second
        return Losses(total, program, following)

    def on_train_epoch_start(self) -> None:
        """Begin the epoch's mean."""
        self._loss_sum, self._tasks_seen = torch.zeros((), device=self.device), 0

    @property
    def epoch_loss(self) -> float:
        """Mean training loss over the tasks of this epoch so far."""
        return float(self._loss_sum) / max(self._tasks_seen, 1)

    def on_train_epoch_end(self) -> None:
        """Log the epoch's mean training loss, of all processes."""
        self.log("train/epoch_loss", self.epoch_loss, sync_dist=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the epoch's mean loss so far."""
        checkpoint["epoch_loss"] = {"sum": float(self._loss_sum), "tasks": self._tasks_seen}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the mean of the interrupted epoch, and the names of parameters in checkpoints of older versions."""
        checkpoint["state_dict"] = rename_old_parameters(checkpoint["state_dict"])
        kept = checkpoint["epoch_loss"]
        self._loss_sum, self._tasks_seen = torch.tensor(kept["sum"]), kept["tasks"]

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        """Collect what the metrics of the epoch need."""
        logits = self._logits(batch)
        self.val_metrics.update(torch.sigmoid(logits.program.float()), batch.labels, batch.lengths)
        if batch.underway is not None and logits.next_primitive is not None:
            self.val_following.update(logits.next_primitive.float(), batch.underway.following)

    def on_validation_epoch_end(self) -> None:
        """Log every metric of the validation split."""
        found = {f"val/{name}": value for name, value in self.val_metrics.compute().items()}
        self.val_metrics.reset()
        if self.val_following.has_any():
            found |= {f"val/following_{name}": value for name, value in self.val_following.compute().items()}
            self.val_following.reset()
        skipped = ("val/support", "val/f1/")  # constants, and twins of val/ap
        self.log_dict({name: value for name, value in found.items() if not name.startswith(skipped)})

    def configure_optimizers(self) -> Any:
        """AdamW under OneCycleLR, stepped per batch."""
        config = self.optimizer_config
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        schedule = one_cycle(optimizer, config, max(int(self.trainer.estimated_stepping_batches), 1))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _logits(self, batch: Batch) -> Logits:
        underway = None if batch.underway is None else batch.underway.features
        logits: Logits = self.network(batch.inputs, batch.outputs, batch.pair_mask, batch.features, underway)
        return logits


def one_cycle(
    optimizer: torch.optim.Optimizer, config: OptimizerSettings, total_steps: int
) -> torch.optim.lr_scheduler.OneCycleLR:
    """The learning rate rises for a share of the steps, then falls to nothing (Smith and Topin, 2018)."""
    share = config.warmup_share
    if math.isclose(share * total_steps, 1):  # a rise of one step: torch divides by its length less one
        share *= 0.999
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=config.lr, total_steps=total_steps, pct_start=share)
