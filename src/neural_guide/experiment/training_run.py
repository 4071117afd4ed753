"""Train a guide: python -m neural_guide.train [hardware=...] [experiment=...] [data.path=FILE] [resume=auto] ..."""

import os
import time
from contextlib import nullcontext
from dataclasses import replace

import lightning as L
import torch

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import peak_rss_gib
from neural_guide.data.splits import check_splits
from neural_guide.experiment.plan_check import foresee, measured_against_plan
from neural_guide.experiment.post_training import (
    open_data,
    point_latest,
    publish,
    reload_difference,
    review,
    tell_stopped,
)
from neural_guide.experiment.run import HELD, Run, begin, is_first
from neural_guide.experiment.settings import RunSettings
from neural_guide.experiment.spot import brought_here, copied
from neural_guide.experiment.trainer import build_trainer, log_hyperparameters, part
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.checkpoint_io import BEST, keep_calibration, load_weights
from neural_guide.planning.limits import most_time
from neural_guide.planning.memory_fit import fitted
from neural_guide.runtime.allocator import restart_with_better_allocator
from neural_guide.runtime.atomic_files import explain_full_disk
from neural_guide.runtime.signals import Stopped, StopRequest
from neural_guide.training.callbacks import ResourceMonitor
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import baselines_of
from neural_guide.training.hardware_profile import choose, lay_out, prepare
from neural_guide.training.module import GuideModule


def run_training(config: RunSettings, invocation: Invocation) -> None:
    """Train a guide from the beginning, or from where a run was stopped, and write its report."""
    folder = invocation.folder
    if config.hardware.allocator == "auto":
        restart_with_allocator(invocation)
    config = fitted(config)
    most_time(config)  # a budget without a price is refused before data is read
    config = brought_here(config, folder)
    with StopRequest() as stop, begin(config, invocation) as run:
        console.quiet = not is_first()  # processes that train along say nothing
        if run is None:
            return
        with copied(run.config, run.folder) if is_first() else nullcontext():
            try:
                with explain_full_disk(run.folder):
                    _train(run, stop)
            except Stopped as stopped:
                if is_first():
                    tell_stopped(run, str(stopped))
                raise


def _train(run: Run, stop: StopRequest) -> None:
    """Data, baselines, training, calibration, metrics, guide, report."""
    started = time.perf_counter()
    config = run.config
    machine = choose(config.hardware, config.data, compiles=config.compile.enabled)
    prepare(config.hardware, machine)
    console.print(f"Runs on\n{machine.explained}", highlight=False, soft_wrap=True)
    if run.checkpoint:
        console.print(f"Goes on from {run.checkpoint}, step {run.step:,}", highlight=False, soft_wrap=True)
    L.seed_everything(config.seed, verbose=False)
    data = open_data(config.data, config.hardware, machine, seed=config.seed, with_features=config.network.features)
    check_splits(data.splits, config.data)
    run = run.on_data(data.store.folder.name, data.vocabulary.names, config.data.path)
    foresee(run, data, machine)
    baselines = baselines_of(data.loader("train", shuffle=True))
    module = GuideModule.build(data.vocabulary.names, data.feature_shape, config.network, config.optimizer)
    lay_out(module.network, config.hardware)
    if config.compile.enabled:
        module.network.compile(mode=config.compile.mode)  # in place: checkpoint keys stay as they are
    monitor = ResourceMonitor(config.trainer.log_every_steps, started)
    trainer = build_trainer(run, machine, data, baselines, stop, monitor)
    trainer.fit(module, data, ckpt_path=run.checkpoint, weights_only=True)
    part()
    if is_first():
        with torch.compiler.set_stance("force_eager"):  # a review shows many shapes, each a few times
            _finish(run, trainer, module, data, baselines, monitor)


def restart_with_allocator(invocation: Invocation) -> None:
    """Restart under jemalloc or tcmalloc where one is installed; jobs of a sweep and training processes do not."""
    if invocation.is_single and HELD not in os.environ and "LOCAL_RANK" not in os.environ:
        restart_with_better_allocator(() if invocation.folder_is_named else (f"hydra.run.dir={invocation.folder}",))


def _finish(
    run: Run,
    trainer: L.Trainer,
    module: GuideModule,
    data: TaskDataModule,
    baselines: Baselines,
    monitor: ResourceMonitor,
) -> None:
    """What makes a trained network a guide, and its report."""
    load_weights(run.checkpoints / BEST, module)
    guide, results = review(run, data, module.network, baselines)
    saved = run.folder / "guide.safetensors"
    guide.save(saved)
    keep_calibration(run.checkpoints / BEST, module.network)
    totals = {
        "train_seconds": monitor.train_seconds,
        "total_seconds": monitor.total_seconds,
        "samples_per_s": monitor.samples_per_s,
        "peak_rss_gib": peak_rss_gib(),
        "epochs": float(trainer.current_epoch),
        "steps": float(trainer.global_step),
        "resumed": float(run.about["resumed"]),
        "reload_difference": reload_difference(guide, saved, [*results.worst, *results.best]),
        "guide_mib": saved.stat().st_size / 2**20,
        "parameters": float(sum(parameter.numel() for parameter in module.network.parameters())),
    }
    metrics = {**results.metrics, **totals, **measured_against_plan(run, monitor, trainer.global_step)}
    log_hyperparameters(trainer, run.config, metrics)
    publish(run.folder, replace(results, metrics=metrics))
    point_latest(run.folder)
