"""Bit-exact resumption: when checkpoints are written, and how the random generators are seeded at every step.

Lightning resumes exactly from two kinds of moments: after a step that is not the last of its epoch, and after an epoch
with its validation. A checkpoint after the last step but before validation would lose that validation. So checkpoints
are written at those two alone. The step before the last one of an epoch always is, and a stop during validation costs
one step.
"""

import time
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.loggers import TensorBoardLogger
from torch._guards import CompileContext

from neural_guide.guide.checkpoint_files import BEST, CUT, LAST, write_checkpoint
from neural_guide.runtime.signals import Stopped, StopRequest


class StepSeeding(L.Callback):
    """Seed the random generators (of dropout) from seed, step and process, so that a resumed run draws the same."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: Any, batch_index: int) -> None:
        """Seed every generator of torch; where several batches make a step, each differently."""
        part = batch_index % trainer.accumulate_grad_batches
        entropy = [self.seed, trainer.global_step, trainer.global_rank, *([part] if part else [])]
        words = np.random.SeedSequence(entropy).generate_state(2)
        torch.manual_seed(int(words[0]) << 32 | int(words[1]))


class CheckpointWriter(Checkpoint):
    """Write `last.ckpt` at intervals, after every epoch and on a stop request, and `best.ckpt` by val/loss.

    Args:
        folder: folder of the checkpoints.
        about: plain values about the run, stored as `run` in every checkpoint.
        stop: stop request, graceful while training lasts: a first signal is only noted.
        every_minutes: most training that a kill can cost, minutes.
        every_steps: optimiser steps between checkpoints; None: minutes decide.
    """

    def __init__(
        self, folder: Path, about: dict[str, Any], stop: StopRequest, every_minutes: float, every_steps: int | None
    ) -> None:
        self.folder, self.about, self.stop = folder, about, stop
        self.every_seconds, self.every_steps = 60 * every_minutes, every_steps
        self.best = float("inf")
        self.ended = False  # early, by early stopping or a time limit
        self._is_cut = False  # by a time limit
        self._saved_at = time.monotonic()

    @property
    def state_key(self) -> str:
        """Key of this state in a checkpoint: the class's name in the first versions."""
        return "KeepCheckpoints"

    def state_dict(self) -> dict[str, Any]:
        """Lightning does not keep whether training was about to end early."""
        return {"best": self.best, "ended": self.ended}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of a checkpoint."""
        self.best, self.ended = state_dict["best"], state_dict["ended"]

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add the values about the run."""
        checkpoint["run"] = self.about

    def on_fit_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """End at once where training had ended early."""
        trainer.should_stop = self.ended

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """From this point, finish a step before the run stops. Lightning's own handlers save nothing."""
        self._saved_at = time.monotonic()
        self.stop.listen()
        self.stop.is_graceful, self.stop.is_interruptible = True, is_compiling

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Save when it is due, and stop on a request."""
        left, together = int(trainer.num_training_batches) - 1 - batch_index, trainer.accumulate_grad_batches
        self._is_cut = trainer.should_stop  # early stopping decides after the epoch
        if self._is_cut and left:
            self._save(trainer, CUT)
        if left == 0 or trainer.should_stop:  # soon the epoch ends, and then it is saved
            return
        if (batch_index + 1) % together:  # gradients of half a step are in no checkpoint
            return
        steps, waited = trainer.global_step, time.monotonic() - self._saved_at
        due = waited >= self.every_seconds or (self.every_steps and steps % self.every_steps == 0)
        stopping = _any_process(trainer, self.stop.signal_name is not None)
        if stopping or left <= together or _any_process(trainer, bool(due)):
            self._save(trainer, LAST)
        if stopping:
            raise Stopped(self._signal_name)

    def on_validation_batch_end(self, trainer: L.Trainer, *_: Any, **__: Any) -> None:
        """Stop during a long validation: the step before the last is saved."""
        if self.stop.signal_name and trainer.world_size == 1:
            raise Stopped(self._signal_name)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Save the epoch, also as the best if its validation loss is the lowest so far."""
        loss = float(trainer.callback_metrics.get("val/loss", torch.inf))
        improved, self.best = loss < self.best, min(loss, self.best)
        if self._is_cut and not (self.folder / CUT).exists() and not _is_complete(trainer):
            self._save(trainer, CUT)
        self.ended = trainer.should_stop
        self._save(trainer, LAST)
        if improved:
            self._save(trainer, BEST)
        if _any_process(trainer, self.stop.signal_name is not None):
            raise Stopped(self._signal_name)

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Stop at once from this point on."""
        self.stop.is_graceful = False

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException) -> None:
        """Stop at once from this point on."""
        self.stop.is_graceful = False

    @property
    def _signal_name(self) -> str:
        """Signal that stops this process; another process of the same training may have received it instead."""
        return self.stop.signal_name or "a signal to a process that trains along"

    def _save(self, trainer: L.Trainer, name: str) -> None:
        # Log entries first, so that the curves of a resumed run have no gap.
        for logger in trainer.loggers:
            logger.save()
            if isinstance(logger, TensorBoardLogger):
                logger.experiment.flush()
        trainer.save_checkpoint(self.folder / name)
        self._saved_at = time.monotonic()
        if name == LAST and not trainer.should_stop and trainer.is_global_zero:
            (self.folder / CUT).unlink(missing_ok=True)  # training went on from there


class AtomicCheckpointIO(TorchCheckpointIO):
    """Write checkpoints atomically (temporary name, fsync, rename), and keep the previous one beside the newest."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write one checkpoint, see `write_checkpoint`."""
        write_checkpoint(checkpoint, Path(path))


def is_compiling() -> bool:
    """Return whether this thread waits for torch.compile: that takes minutes, and Ctrl-C ends the compiler too."""
    return CompileContext.try_get() is not None


def _is_complete(trainer: L.Trainer) -> bool:
    """Return whether training has reached its length after this epoch."""
    steps = 0 <= trainer.max_steps <= trainer.global_step
    return steps or (trainer.max_epochs is not None and trainer.current_epoch + 1 >= trainer.max_epochs)


def _any_process(trainer: L.Trainer, value: bool) -> bool:
    """Return whether the value is true in any training process, since all must agree on the next action."""
    return bool(trainer.strategy.reduce_boolean_decision(value, all=False)) if trainer.world_size > 1 else value
