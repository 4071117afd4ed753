"""Lightning's Trainer for a run: loggers, callbacks and checkpoints according to the settings."""

import csv
import logging
import warnings
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import numpy.typing as npt
import torch
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch.callbacks import Callback, EarlyStopping, LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only

from neural_guide.app.console import console
from neural_guide.app.settings_files import flatten_settings, format_settings
from neural_guide.errors import UserError
from neural_guide.experiment.post_training import SHOWN, read_predictions
from neural_guide.experiment.run_folder import Run
from neural_guide.experiment.settings import RunSettings
from neural_guide.guide.baselines import Baselines
from neural_guide.planning.limits import find_time_limit
from neural_guide.reporting.figure_layout import render_pixels
from neural_guide.reporting.gallery import draw_predictions
from neural_guide.runtime.launchers import Launch
from neural_guide.runtime.signals import StopRequest
from neural_guide.training.callbacks import BaselineSaver, ConsoleProgress, ResourceMonitor, TimeLimit, ValidationImages
from neural_guide.training.checkpoint_writing import AtomicCheckpointIO, CheckpointWriter, StepSeeding
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import compute_logits
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.module import GuideModule
from neural_guide.training.precision import ScaledPrecision

# What a sweep compares in TensorBoard; the rest stands in config.yaml.
COMPARED = (
    *("data.batch_size", "data.max_samples", "data.quality_threshold", "data.drop_pairs", "data.colour_augmentation"),
    *("network.", "optimizer.", "trainer.max_epochs", "trainer.max_steps"),
)
LAYOUT = {
    "train against validation": {
        "loss": ["Multiline", ["^train/loss$", "^train/epoch_loss$", "^val/loss$"]],
        "following step, loss": ["Multiline", ["^train/following_loss$", "^val/following_loss$"]],
    },
    "validation": {
        "F1": ["Multiline", ["^val/f1_micro$", "^val/f1_macro$"]],
        "exact set by program length": ["Multiline", ["^val/exact_set$", "^val/length_.*/exact_set$"]],
        "average precision by primitive": ["Multiline", ["^val/ap/"]],
        "calibration": ["Multiline", ["^val/ece$", "^val/brier$"]],
    },
    "machine": {
        "memory, GiB": ["Multiline", ["^system/rss_gib$", "^system/gpu_mem_gib$"]],
        "samples a second": ["Multiline", ["^system/samples_per_s$"]],
        "share of a step spent waiting for data": ["Multiline", ["^system/data_wait_share$"]],
    },
}
"""TensorBoard's custom scalars: categories, charts, and the tags of each as regular expressions."""
HEADLINE = ("val/loss", "val/f1_micro", "val/f1_macro", "val/exact_set", "val/map", "val/ece", "test/f1_micro")


def build_trainer(
    run: Run,
    machine: Machine,
    data: TaskDataModule,
    baselines: Baselines,
    stop: StopRequest,
    monitor: ResourceMonitor,
    launch: Launch,
) -> L.Trainer:
    """Build Lightning's Trainer, writing into the run's folder."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning.*")  # advice on workers that our loader does not need
    settings, hardware = run.settings.trainer, run.settings.hardware
    return L.Trainer(
        accelerator=machine.accelerator,
        devices=hardware.devices,
        num_nodes=hardware.nodes,
        strategy="ddp" if hardware.devices * hardware.nodes > 1 else "auto",
        precision=None if machine.precision == "16-mixed" else machine.precision,  # type: ignore[arg-type]
        max_epochs=settings.max_epochs,
        max_steps=settings.max_steps or -1,
        accumulate_grad_batches=settings.accumulate,
        gradient_clip_val=run.settings.optimizer.clip_norm or None,
        log_every_n_steps=settings.log_every_steps,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=run.folder,
        logger=_build_loggers(run),
        plugins=[
            AtomicCheckpointIO(),
            _build_environment(launch, hardware.devices, hardware.nodes),
            *_build_precision(machine),
        ],
        callbacks=_build_callbacks(run, data, baselines, stop, monitor),
    )


def _build_precision(machine: Machine) -> list[ScaledPrecision]:
    """Build the plugin of fp16; empty for other precisions, which Lightning sets up itself."""
    device = "cuda" if machine.accelerator == "gpu" else "cpu"
    return [ScaledPrecision(device)] if machine.precision == "16-mixed" else []


def join_launch(launch: Launch) -> None:
    """Set the rank of this process; Lightning guesses it from any scheduler's variables when it is imported."""
    rank_zero_only.rank = launch.rank  # type: ignore[attr-defined]


def _build_environment(launch: Launch, devices: int, nodes: int) -> ClusterEnvironment:
    """Build the environment of the launcher. Lightning, left alone, takes any SLURM variable for a launch by srun.

    Raises:
        UserError: the tasks of srun are not spread as the settings have it.
    """
    if launch.launcher == "torchrun":
        return TorchElasticEnvironment()
    if launch.launcher == "srun":
        try:
            environment = SLURMEnvironment(auto_requeue=False)  # our own checkpoints resume
            environment.validate_settings(devices, nodes)
        except (RuntimeError, ValueError) as error:
            raise UserError(
                f"srun started {devices * nodes} tasks, but {' '.join(str(error).split())} "
                f"Use srun --nodes={nodes} --ntasks-per-node={devices}."
            ) from None
        return environment
    return LightningEnvironment()


def leave_process_group() -> None:
    """Wait for the other training processes, then leave them; the first process continues alone."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


def _build_callbacks(
    run: Run, data: TaskDataModule, baselines: Baselines, stop: StopRequest, monitor: ResourceMonitor
) -> list[Callback]:
    tasks = data.splits.val[:SHOWN]

    def draw(module: GuideModule) -> list[npt.NDArray[np.uint8]]:
        logits = compute_logits(module.network, data.make_loader(tasks))
        predictions = read_predictions(data, module.network, logits, range(len(tasks)))
        return [render_pixels(draw_predictions([prediction], data.vocabulary)) for prediction in predictions]

    settings = run.settings.trainer
    intervals = (settings.checkpoint_every_minutes, settings.checkpoint_every_steps)
    callbacks: list[Callback] = [
        StepSeeding(run.settings.seed),
        LearningRateMonitor(logging_interval="step"),
        BaselineSaver(baselines),
        ValidationImages(draw),
        monitor,
        TimeLimit(find_time_limit(run.settings)),
        ConsoleProgress(console, monitor),
        CheckpointWriter(run.checkpoints, run.about, stop, *intervals),
    ]
    if settings.early_stopping:
        callbacks.insert(0, EarlyStopping("val/loss", patience=settings.early_stopping))
    return callbacks


def _build_loggers(run: Run) -> list[Logger]:
    """TensorBoard and CSV; a resumed run keeps its curves, and the later of doubled steps counts."""
    rows = _read_logged_rows(run.folder / "metrics.csv")
    table = CSVLogger(run.folder, name="", version="")
    if run.step:
        table.experiment.metrics = rows
        table.save()
    purge: dict[str, Any] = {"purge_step": run.step} if run.step else {}
    board = TensorBoardLogger(run.folder, name="", version="", **purge)
    if not run.step:
        _log_description(run, board)
    return [board, table]


def _log_description(run: Run, board: TensorBoardLogger) -> None:
    """Log to TensorBoard how the run was made, and charts that set training against validation."""
    settings = format_settings(run.settings)
    writer = board.experiment
    writer.add_text("command", f"```sh\n{run.command}\n```")
    writer.add_text("config", f"```yaml\n{settings}```")
    writer.add_custom_scalars(LAYOUT)


def _read_logged_rows(path: Path) -> list[dict[str, float]]:
    """The rows of a log; a line that a kill cut short is left out."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{name: cell for name, cell in row.items() if name and cell} for row in csv.DictReader(lines)]
    complete = []
    for row in rows:
        try:
            complete.append({name: float(cell) for name, cell in row.items()})
        except (TypeError, ValueError):
            continue
    return [{**row, "step": int(row["step"])} for row in complete if "step" in row]


def log_hyperparameters(trainer: L.Trainer, settings: RunSettings, metrics: dict[str, float]) -> None:
    """Log settings with the final metrics, so that TensorBoard's HParams tab compares runs."""
    compared = {key: value for key, value in flatten_settings(settings).items() if key.startswith(COMPARED)}
    compared |= {"hardware": settings.hardware.name, "compile": settings.compile.enabled, "seed": settings.seed}
    final = {f"final/{name}": metrics[name] for name in (*HEADLINE, "train_seconds", "peak_rss_gib") if name in metrics}
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.log_hyperparams(compared, final)
        logger.save()
