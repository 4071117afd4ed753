"""Train a guide: python -m neural_guide.train [hardware=...] [experiment=...] [data.path=FILE] ..."""

import logging
import time
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import lightning as L
import numpy as np
import numpy.typing as npt
from lightning.pytorch.callbacks import Callback, EarlyStopping, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from neural_guide.command import console, flatten, start, write_config
from neural_guide.config import Config
from neural_guide.learn.baselines import Baselines
from neural_guide.learn.callbacks import ConsoleProgress, KeepBaselines, ResourceMonitor, ValidationImages
from neural_guide.learn.checkpoints import keep_calibration, load_weights
from neural_guide.learn.datamodule import TaskDataModule
from neural_guide.learn.evaluation import answer, baselines_of
from neural_guide.learn.hardware import Machine, choose, prepare
from neural_guide.learn.module import GuideModule
from neural_guide.reporting.gallery import draw_predictions
from neural_guide.reporting.page import as_image
from neural_guide.review import SHOWN, open_data, peak_rss_gib, point_latest, predictions_of, publish, review
from neural_guide.tasks.splits import refuse_empty

# What a sweep compares in TensorBoard; the rest stands in config.yaml.
COMPARED = (
    *("data.batch_size", "data.max_samples", "data.quality_threshold", "data.drop_pairs"),
    *("network.", "optimizer.", "trainer.max_epochs", "trainer.max_steps"),
)


def train(config: Config, folder: Path) -> None:
    """One run: data, baselines, training, calibration, metrics, guide, report."""
    started = time.perf_counter()
    machine = choose(config.hardware, config.compile)
    prepare(config.hardware, machine)
    console.print("Runs on " + ", ".join(machine.reasons), highlight=False)
    write_config(config, folder)
    L.seed_everything(config.seed, verbose=False)
    data = open_data(config, machine.processes, with_features=config.network.features)
    refuse_empty(data.splits, config.data)
    baselines = baselines_of(data.loader("train", shuffle=True))
    module = GuideModule.build(data.vocabulary.names, data.feature_shape, config.network, config.optimizer)
    if config.compile.enabled:
        module.network.compile(mode=config.compile.mode)  # in place: checkpoint keys stay as they are
    monitor = ResourceMonitor(config.trainer.log_every_steps)
    trainer = build_trainer(config, machine, folder, [*_callbacks(config, folder, data, baselines), monitor])
    trainer.callbacks.append(ConsoleProgress(console, monitor))  # type: ignore[attr-defined]
    fit_started = time.perf_counter()
    trainer.fit(module, data)
    train_seconds = time.perf_counter() - fit_started
    trainer.save_checkpoint(folder / "checkpoints" / "last.ckpt")
    load_weights(folder / "checkpoints" / "best.ckpt", module)
    guide, results = review(config, folder, data, module.network, baselines)
    guide.save(folder / "guide.safetensors")
    keep_calibration(folder / "checkpoints" / "best.ckpt", module.network)
    totals = {
        "train_seconds": train_seconds,
        "total_seconds": time.perf_counter() - started,
        "samples_per_s": monitor.samples_per_s,
        "peak_rss_gib": peak_rss_gib(),
        "epochs": float(trainer.current_epoch),
        "steps": float(trainer.global_step),
        "parameters": float(sum(parameter.numel() for parameter in module.network.parameters())),
    }
    metrics = {**results.metrics, **totals}
    log_hyperparameters(trainer, config, metrics)
    publish(folder, replace(results, metrics=metrics))
    point_latest(folder)


def build_trainer(config: Config, machine: Machine, folder: Path, callbacks: list[Callback]) -> L.Trainer:
    """Lightning's trainer, writing into the run's folder."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="lightning.*")  # advice on workers that our loader does not need
    settings = config.trainer
    return L.Trainer(
        accelerator=machine.accelerator,
        devices=1,
        precision=machine.precision,  # type: ignore[arg-type]
        max_epochs=settings.max_epochs,
        max_steps=settings.max_steps or -1,
        max_time=settings.max_time,
        gradient_clip_val=config.optimizer.clip_norm or None,
        log_every_n_steps=settings.log_every_steps,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        logger=[TensorBoardLogger(folder, name="", version=""), CSVLogger(folder, name="", version="")],
        callbacks=callbacks,
    )


def _callbacks(config: Config, folder: Path, data: TaskDataModule, baselines: Baselines) -> list[Callback]:
    shown = data.splits.val[:SHOWN]

    def draw(module: GuideModule) -> npt.NDArray[np.uint8]:
        answers = answer(module.network, data.loader(shown))
        predictions = predictions_of(data, module.network, answers, range(len(shown)))
        return as_image(draw_predictions(predictions, data.vocabulary))

    found: list[Callback] = [
        ModelCheckpoint(
            folder / "checkpoints", "best", monitor="val/loss", save_last=True, enable_version_counter=False
        ),
        LearningRateMonitor(logging_interval="step"),
        KeepBaselines(baselines),
        ValidationImages(draw),
    ]
    if config.trainer.early_stopping:
        found.append(EarlyStopping("val/loss", patience=config.trainer.early_stopping))
    return found


def log_hyperparameters(trainer: L.Trainer, config: Config, metrics: dict[str, float]) -> None:
    """Settings with the final metrics, so that TensorBoard's HParams tab compares runs."""
    settings = {name: value for name, value in flatten(asdict(config)).items() if name.startswith(COMPARED)}
    settings |= {"hardware": config.hardware.name, "compile": config.compile.enabled, "seed": config.seed}
    headline = (
        "val/loss",
        "val/f1_micro",
        "val/f1_macro",
        "val/exact_set",
        "val/map",
        "val/ece",
        "test/f1_micro",
    )
    shown = {f"final/{name}": metrics[name] for name in (*headline, "train_seconds", "peak_rss_gib") if name in metrics}
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.log_hyperparams(settings, shown)
        logger.save()


if __name__ == "__main__":
    start("train", train)
