"""Training in a number format on the processor, as `train` sets it up, with a record of every step."""

import contextlib
import logging
import warnings
from typing import NamedTuple

import lightning as L
import torch

from neural_guide.training.checkpoint_writing import StepSeeding
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.module import GuideModule
from neural_guide.training.precision import ScaledPrecision
from neural_guide.training.settings import TrainingSettings


class Recorded(NamedTuple):
    """A training, step by step.

    Attributes:
        losses: total loss of each step.
        scales: scale of the losses after each step; 1 where none is used.
        skipped: numbers of the steps that left the weights unchanged.
        val_losses: validation loss of each whole epoch.
    """

    losses: list[float]
    scales: list[float]
    skipped: list[int]
    val_losses: list[float]

    def last_loss(self, steps: int) -> float:
        """Mean loss of the last steps."""
        return sum(self.losses[-steps:]) / steps


class _Recorder(L.Callback):
    def __init__(self) -> None:
        self.record = Recorded([], [], [], [])

    def on_train_batch_start(self, trainer, module, batch, batch_index):
        self._before = [parameter.detach().clone() for parameter in module.parameters()]

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_index):
        record, scaler = self.record, getattr(trainer.precision_plugin, "scaler", None)
        record.losses.append(float(outputs["loss"]))
        record.scales.append(scaler.get_scale() if scaler else 1.0)
        pairs = zip(self._before, module.parameters(), strict=True)
        if all(torch.equal(before, after) for before, after in pairs):
            record.skipped.append(len(record.losses) - 1)

    def on_validation_end(self, trainer, module):
        self.record.val_losses.append(float(trainer.callback_metrics["val/loss"]))


def train(settings: TrainingSettings, precision: str) -> Recorded:
    """Train for `trainer.max_steps` steps, fp16 with a gradient scaler, with the dropout and batches of any other run.

    oneDNN computes gradients of fp16 convolutions in its reference code, four times slower than torch's own.
    """
    warnings.filterwarnings("ignore", module="lightning.*")
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    L.seed_everything(0, verbose=False)
    data = TaskDataModule(settings.data, seed=0, processes=1)
    data.setup()
    module = GuideModule.build(data.vocabulary.names, data.feature_shape, settings.network, settings.optimizer)
    is_scaled = precision == "16-mixed"
    recorder = _Recorder()
    trainer = L.Trainer(
        accelerator="cpu",
        precision=None if is_scaled else precision,
        plugins=[ScaledPrecision("cpu")] if is_scaled else [],
        max_epochs=settings.trainer.max_epochs,
        max_steps=settings.trainer.max_steps,
        gradient_clip_val=settings.optimizer.clip_norm,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[StepSeeding(0), recorder],
    )
    with torch.backends.mkldnn.flags(enabled=False) if is_scaled else contextlib.nullcontext():
        trainer.fit(module, data)
    return recorder.record
