"""What makes a run that was stopped go on as if it had not been: when it is saved, and where chance comes from.

Lightning goes on exactly from two kinds of moments: after a step that is not the last of its epoch, and after
an epoch with its validation. Saved after the last step but before validation, it would leave that validation
out. So we save at those two alone; the step before the last one of an epoch is always saved, and a stop during
validation costs one step.
"""

import time
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.loggers import TensorBoardLogger

from neural_guide.guide.checkpoint_io import BEST, LAST
from neural_guide.runtime.signals import Stopped, StopRequest


class SeedSteps(L.Callback):
    """Chance in a step, dropout that is, is a function of (seed, step, process): a resumed run draws the same."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: Any, batch_index: int) -> None:
        """Seed every generator of torch; where several batches make a step, each in its own way."""
        place = batch_index % trainer.accumulate_grad_batches
        entropy = [self.seed, trainer.global_step, trainer.global_rank, *([place] if place else [])]
        words = np.random.SeedSequence(entropy).generate_state(2)
        torch.manual_seed(int(words[0]) << 32 | int(words[1]))


class KeepCheckpoints(Checkpoint):
    """Writes `last.ckpt` now and then, after every epoch and when asked to stop, and `best.ckpt` by val/loss.

    Args:
        folder: of the checkpoints.
        about: plain values about the run, kept as `run` in every checkpoint.
        stop: graceful while training lasts: a first signal is only noted.
        every_minutes: most training that a kill can cost.
        every_steps: in optimiser steps, if wanted.
    """

    def __init__(
        self, folder: Path, about: dict[str, Any], stop: StopRequest, every_minutes: float, every_steps: int | None
    ) -> None:
        self.folder, self.about, self.stop = folder, about, stop
        self.every_seconds, self.every_steps = 60 * every_minutes, every_steps
        self.best = float("inf")
        self.ended = False  # early, by early stopping or the deadline
        self._saved_at = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """Lightning does not keep whether training was about to end early."""
        return {"best": self.best, "ended": self.ended}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Of the checkpoint that the run goes on from."""
        self.best, self.ended = state_dict["best"], state_dict["ended"]

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add what the run is about."""
        checkpoint["run"] = self.about

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """End at once where training had ended early."""
        trainer.should_stop = self.ended

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """From here on a step is finished before the run stops. Lightning's own handlers save nothing."""
        self._saved_at = time.monotonic()
        self.stop.listen()
        self.stop.is_graceful = True

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Save where it is time to, and stop where somebody asked to."""
        left, together = int(trainer.num_training_batches) - 1 - batch_index, trainer.accumulate_grad_batches
        if left == 0 or trainer.should_stop:  # soon the epoch ends, and then it is saved
            return
        if (batch_index + 1) % together:  # gradients of half a step are in no checkpoint
            return
        steps, waited = trainer.global_step, time.monotonic() - self._saved_at
        due = waited >= self.every_seconds or (self.every_steps and steps % self.every_steps == 0)
        stopping = _anywhere(trainer, self.stop.signal_name is not None)
        if stopping or left <= together or _anywhere(trainer, bool(due)):
            self._save(trainer, LAST)
        if stopping:
            raise Stopped(self._signal)

    def on_validation_batch_end(self, trainer: L.Trainer, *_: Any, **__: Any) -> None:
        """Do not wait for a long validation: the step before the last is on the disk."""
        if self.stop.signal_name and trainer.world_size == 1:
            raise Stopped(self._signal)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Save the epoch, and keep it where its validation loss is the lowest so far."""
        loss = float(trainer.callback_metrics.get("val/loss", torch.inf))
        improved, self.best = loss < self.best, min(loss, self.best)
        self.ended = trainer.should_stop
        self._save(trainer, LAST)
        if improved:
            self._save(trainer, BEST)
        if _anywhere(trainer, self.stop.signal_name is not None):
            raise Stopped(self._signal)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """What follows can be stopped anywhere."""
        self.stop.is_graceful = False

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException) -> None:
        """Training is over."""
        self.stop.is_graceful = False

    @property
    def _signal(self) -> str:
        """What to say that stopped this process; others that train along may have got the signal instead."""
        return self.stop.signal_name or "a signal to a process that trains along"

    def _save(self, trainer: L.Trainer, name: str) -> None:
        # First what was logged, so that the curves of a run that goes on have no hole.
        for logger in trainer.loggers:
            logger.save()
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.flush()
        trainer.save_checkpoint(self.folder / name)
        self._saved_at = time.monotonic()


def _anywhere(trainer: L.Trainer, here: bool) -> bool:
    """Whether it is so in any of the training processes, which must agree on what they do next."""
    return bool(trainer.strategy.reduce_boolean_decision(here, all=False)) if trainer.world_size > 1 else here
