"""What happens beside training: what it costs, how far it is, what it predicts."""

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import lightning as L
import numpy as np
import numpy.typing as npt
import psutil
import torch
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

LAST_STEPS = 200  # whose median stands for the time of a step

Image = npt.NDArray[np.uint8]


class KeepBaselines(L.Callback):
    """Puts the baselines into every checkpoint, so that an evaluation anywhere can show them."""

    def __init__(self, baselines: Baselines) -> None:
        self.baselines = baselines

    def on_save_checkpoint(self, trainer: L.Trainer, module: L.LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add plain tensors, which load with weights_only."""
        checkpoint["baselines"] = dict(vars(self.baselines))


class ResourceMonitor(L.Callback):
    """Logs memory and throughput every few steps: `system/rss_gib`, `system/samples_per_s`, ...

    A sample is a record, one pair.

    Args:
        every_steps: that are logged.
        began: when this process began the run, as `time.perf_counter` tells it.
    """

    def __init__(self, every_steps: int, began: float) -> None:
        self.every_steps = every_steps
        self.samples = 0
        self.seconds = 0.0
        self._process = psutil.Process()
        self._ready_at = 0.0
        self._waited = 0.0
        self._began, self._started = began, time.perf_counter()
        self._before = 0.0  # seconds of training before the run was resumed
        self._all_before = 0.0  # and of the whole run
        self._last = deque[float](maxlen=LAST_STEPS)  # seconds of them

    def state_dict(self) -> dict[str, Any]:
        """A run that goes on counts on."""
        spent = {"train_seconds": self.train_seconds, "total_seconds": self.total_seconds}
        return {"samples": self.samples, "seconds": self.seconds, **spent}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Of the checkpoint that the run goes on from."""
        self.samples, self.seconds = state_dict["samples"], state_dict["seconds"]
        self._before = state_dict["train_seconds"]
        self._all_before = state_dict.get("total_seconds", self._before)  # missing in checkpoints of before

    @property
    def train_seconds(self) -> float:
        """Since training began, validation and what went before a stop included."""
        return self._before + time.perf_counter() - self._started

    @property
    def total_seconds(self) -> float:
        """Since the run began, what went before a stop included: what a machine is paid for."""
        return self._all_before + time.perf_counter() - self._began

    def on_train_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Training begins."""
        self._started = self._ready_at = time.perf_counter()

    def on_train_epoch_start(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Start the clock of the first batch."""
        self._ready_at = time.perf_counter()

    def on_train_batch_start(self, trainer: L.Trainer, module: L.LightningModule, batch: Any, batch_index: int) -> None:
        """What passed since the last step ended was spent on the data."""
        self._waited = time.perf_counter() - self._ready_at

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Count the batch; log now and then."""
        now = time.perf_counter()
        passed, self._ready_at = now - self._ready_at, now
        records = int(batch.pair_mask.sum()) if batch.pair_mask.device.type == "cpu" else batch.pair_mask.numel()
        records *= trainer.world_size
        self.samples, self.seconds = self.samples + records, self.seconds + passed
        self._last.append(passed)
        if trainer.global_step % self.every_steps:
            return
        found = {
            "system/rss_gib": self.rss_gib,
            "system/samples_per_s": records / max(passed, 1e-9),
            "system/data_wait_share": self._waited / max(passed, 1e-9),
            "system/train_s": self.train_seconds,
        }
        if torch.cuda.is_available():
            found["system/gpu_mem_gib"] = torch.cuda.max_memory_allocated() / GIB
        for logger in trainer.loggers:
            logger.log_metrics(found, step=trainer.global_step)

    @property
    def rss_gib(self) -> float:
        """Memory that this process holds now, GiB."""
        return float(self._process.memory_info().rss) / GIB

    @property
    def step_seconds(self) -> float:
        """Median of the last steps, data included; 0 before the first."""
        return float(np.median(self._last)) if self._last else 0.0

    @property
    def samples_per_s(self) -> float:
        """Records a second over all of training, validation left out."""
        return self.samples / max(self.seconds, 1e-9)


class ConsoleProgress(L.Callback):
    """A bar with loss, rate, time left and memory on a terminal; one line per epoch elsewhere."""

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
        self._row = self._bar.add_task("", total=steps, completed=self._first_step, state="")

    def on_train_batch_end(
        self, trainer: L.Trainer, module: L.LightningModule, outputs: Any, batch: Any, batch_index: int
    ) -> None:
        """Move the bar."""
        if self._bar is None:
            return
        if trainer.global_step % 10 == 1 or not batch_index:
            state = f"epoch {trainer.current_epoch + 1}  loss {float(outputs['loss']):.4f}  {self._machine()}"
            self._bar.update(self._row, state=state)
        self._bar.update(self._row, completed=trainer.global_step)

    def on_train_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """One line that stays."""
        seen = trainer.callback_metrics
        figures = [f"train loss {module.epoch_loss:.4f}"] if isinstance(module, GuideModule) else []
        shown = (("val loss", "val/loss"), ("val F1", "val/f1_micro"))
        figures += [f"{name} {float(seen[key]):.4f}" for name, key in shown if key in seen]
        passed = time.perf_counter() - self._started
        done, steps = trainer.global_step, int(trainer.estimated_stepping_batches)
        left = passed / max(done - self._first_step, 1) * max(steps - done, 0)
        self.console.print(
            f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}  {'  '.join(figures)}  {self._machine()}  "
            f"{passed:.0f} s, about {left:.0f} s left",
            highlight=False,
        )

    def on_train_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.stop()

    def on_exception(self, trainer: L.Trainer, module: L.LightningModule, exception: BaseException) -> None:
        """Leave the terminal as it was."""
        self.on_train_end(trainer, module)

    def _machine(self) -> str:
        return f"{self.monitor.samples_per_s:,.0f} samples/s  {self.monitor.rss_gib:.2f} GiB"


class ValidationImages(L.Callback):
    """Draws some validation tasks with true and predicted primitives after every epoch.

    Args:
        draw: for each task the image uint8 [height, width, 3] of what the module predicts now.
    """

    def __init__(self, draw: Callable[[Any], Sequence[Image]]) -> None:
        self.draw = draw

    def on_validation_epoch_end(self, trainer: L.Trainer, module: L.LightningModule) -> None:
        """Add the images to TensorBoard, one a task: enlarged there, each can be read."""
        writer: Any = getattr(trainer.logger, "experiment", None)
        if not trainer.is_global_zero or not hasattr(writer, "add_image"):
            return
        for place, image in enumerate(self.draw(module), 1):
            writer.add_image(f"val/predictions/{place}", image, trainer.global_step, dataformats="HWC")
