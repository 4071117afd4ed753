"""Callbacks of training: baselines in checkpoints, resources, progress, pictures of predictions."""

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import lightning as L
import numpy as np
import numpy.typing as npt
import psutil
import torch
from lightning.pytorch.callbacks import Timer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from neural_guide.guide.baselines import Baselines
from neural_guide.runtime.hardware import GIB
from neural_guide.training.module import GuideModule

LAST_STEPS = 200  # steps whose median is the time of a step

Image = npt.NDArray[np.uint8]


class BaselineSaver(L.Callback):
    """Add the baselines to every checkpoint, so that an evaluation anywhere can show them."""

    def __init__(self, baselines: Baselines) -> None:
        self.baselines = baselines

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add them as plain tensors, which load with weights_only."""
        checkpoint["baselines"] = {name: torch.from_numpy(array) for name, array in vars(self.baselines).items()}


class TimeLimit(Timer):
    """Stop training after a time, between two steps: half a step of accumulated gradients is in no checkpoint.

    Args:
        limit: longest training, that of earlier processes of the run included; None: no limit.
    """

    def __init__(self, limit: timedelta | None) -> None:
        super().__init__(limit, interval="step")

    @property
    def state_key(self) -> str:
        """Key of this state in a checkpoint: that of Lightning's class, as in the first versions."""
        return "Timer"

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Check the time after a whole step."""
        count = batch_index + 1
        if count % trainer.accumulate_grad_batches == 0 or count == trainer.num_training_batches:
            super().on_train_batch_end(trainer, module)


class ResourceMonitor(L.Callback):
    """Log memory and throughput every few steps: `system/rss_gib`, `system/samples_per_s`, ...

    A sample is a record, one pair.

    Args:
        every_steps: steps between two logged values.
        started_at: start of the run in this process, by `time.perf_counter`.
    """

    def __init__(self, every_steps: int, started_at: float) -> None:
        self.every_steps = every_steps
        self.samples = 0
        self.seconds = 0.0
        self._process = psutil.Process()
        self._ready_at = 0.0
        self._waited = 0.0
        self._run_started, self._training_started = started_at, time.perf_counter()
        self._earlier_training = 0.0  # seconds of training before the run was resumed
        self._earlier_run = 0.0  # seconds of the whole run before it was resumed
        self._last_steps = deque[float](maxlen=LAST_STEPS)  # seconds of each

    def state_dict(self) -> dict[str, Any]:
        """Counts and times that a resumed run adds to."""
        return {
            "samples": self.samples,
            "seconds": self.seconds,
            "train_seconds": self.train_seconds,
            "total_seconds": self.total_seconds,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of a checkpoint."""
        self.samples, self.seconds = state_dict["samples"], state_dict["seconds"]
        self._earlier_training = state_dict["train_seconds"]
        self._earlier_run = state_dict.get("total_seconds", self._earlier_training)  # missing in older checkpoints

    @property
    def train_seconds(self) -> float:
        """Seconds since training began, with validation and with earlier attempts of a resumed run."""
        return self._earlier_training + time.perf_counter() - self._training_started

    @property
    def total_seconds(self) -> float:
        """Seconds since the run began, with earlier attempts of a resumed run: the time to pay for."""
        return self._earlier_run + time.perf_counter() - self._run_started

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Start the clocks of training and of the first batch."""
        self._training_started = self._ready_at = time.perf_counter()

    def on_train_epoch_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Start the clock of the first batch."""
        self._ready_at = time.perf_counter()

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: Any, batch_index: int) -> None:
        """Measure the wait for data: the time since the last step ended."""
        self._waited = time.perf_counter() - self._ready_at

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Count the batch; log every few steps."""
        now = time.perf_counter()
        seconds, self._ready_at = now - self._ready_at, now
        records = int(batch.pair_mask.sum()) if batch.pair_mask.device.type == "cpu" else batch.pair_mask.numel()
        records *= trainer.world_size
        self.samples, self.seconds = self.samples + records, self.seconds + seconds
        self._last_steps.append(seconds)
        if trainer.global_step % self.every_steps:
            return
        metrics = {
            "system/rss_gib": self.rss_gib,
            "system/samples_per_s": records / max(seconds, 1e-9),
            "system/data_wait_share": self._waited / max(seconds, 1e-9),
            "system/train_s": self.train_seconds,
        }
        if torch.cuda.is_available():
            metrics["system/gpu_mem_gib"] = torch.cuda.max_memory_allocated() / GIB
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step=trainer.global_step)

    @property
    def rss_gib(self) -> float:
        """Resident memory of this process now, GiB."""
        return float(self._process.memory_info().rss) / GIB

    @property
    def step_seconds(self) -> float:
        """Median seconds of the last steps, with data; 0 before the first."""
        return float(np.median(self._last_steps)) if self._last_steps else 0.0

    @property
    def samples_per_s(self) -> float:
        """Records a second over all of training, without validation."""
        return self.samples / max(self.seconds, 1e-9)


class ConsoleProgress(L.Callback):
    """Show a bar with loss, rate, time left and memory on a terminal; print one line per epoch elsewhere.

    Args:
        console: console to print on.
        monitor: source of rate and memory.
    """

    def __init__(self, console: Console, monitor: ResourceMonitor) -> None:
        self.console, self.monitor = console, monitor
        self._bar: Progress | None = None
        self._started = time.perf_counter()
        self._first_step = 0

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Open the bar over all steps of the run."""
        self._started = time.perf_counter()
        self._first_step = trainer.global_step
        if not (self.console.is_terminal and sys.stdout.isatty()):
            return
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            refresh_per_second=4,
        )
        self._bar.start()
        steps = int(trainer.estimated_stepping_batches)
        self._bar_task = self._bar.add_task("", total=steps, completed=self._first_step, state="")

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Move the bar."""
        if self._bar is None:
            return
        if trainer.global_step % self.monitor.every_steps == 0:  # the loggers wait for the loss then anyway
            state = f"epoch {trainer.current_epoch + 1}  loss {float(outputs['loss']):.4f}  {self._format_machine()}"
            self._bar.update(self._bar_task, state=state)
        self._bar.update(self._bar_task, completed=trainer.global_step)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Print one line that stays."""
        metrics = trainer.callback_metrics
        figures = [f"train loss {module.epoch_loss:.4f}"] if isinstance(module, GuideModule) else []
        labels = (("val loss", "val/loss"), ("val F1", "val/f1_micro"))
        figures += [f"{name} {float(metrics[key]):.4f}" for name, key in labels if key in metrics]
        seconds = time.perf_counter() - self._started
        done, steps = trainer.global_step, int(trainer.estimated_stepping_batches)
        left = seconds / max(done - self._first_step, 1) * max(steps - done, 0)
        self.console.print(
            f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}  {'  '.join(figures)}  {self._format_machine()}  "
            f"{seconds:.0f} s, about {left:.0f} s left",
            highlight=False,
        )

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.stop()

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException) -> None:
        """Close the bar."""
        self.on_train_end(trainer, module)

    def _format_machine(self) -> str:
        return f"{self.monitor.samples_per_s:,.0f} samples/s  {self.monitor.rss_gib:.2f} GiB"


class ValidationImages(L.Callback):
    """Add pictures of validation tasks, with true and predicted primitives, to TensorBoard after every epoch.

    Args:
        draw: function of the module that returns for each task an image uint8 [height, width, 3] of its prediction.
    """

    def __init__(self, draw: Callable[[Any], Sequence[Image]]) -> None:
        self.draw = draw

    def on_validation_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Add the images, one a task: enlarged in TensorBoard, each is legible."""
        writer: Any = getattr(trainer.logger, "experiment", None)
        if not trainer.is_global_zero or not hasattr(writer, "add_image"):
            return
        for number, image in enumerate(self.draw(module), 1):
            writer.add_image(f"val/predictions/{number}", image, trainer.global_step, dataformats="HWC")
