"""A training run: data, baselines, training, calibration, metrics, guide, report."""

import os
import time
from contextlib import nullcontext
from dataclasses import replace

import lightning as L
import torch

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import measure_peak_rss
from neural_guide.app.run_folders import FolderNotes
from neural_guide.data.splits import check_splits
from neural_guide.experiment.bucket_sync import copy_while_training, fetch_run
from neural_guide.experiment.plan_check import check_plan, compare_with_plan
from neural_guide.experiment.post_training import (
    evaluate_run,
    link_latest,
    measure_reload_difference,
    open_data,
    report_stopped,
    write_results,
)
from neural_guide.experiment.run_folder import Run, is_first_process, open_run
from neural_guide.experiment.settings import RunSettings
from neural_guide.experiment.trainer import build_trainer, join_launch, leave_process_group, log_hyperparameters
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.checkpoint_files import BEST, load_weights, save_calibration
from neural_guide.planning.limits import find_time_limit
from neural_guide.planning.memory_fit import fit_to_memory
from neural_guide.runtime.allocator import find_better_allocator, restart_with
from neural_guide.runtime.atomic_files import explain_full_disk
from neural_guide.runtime.launchers import SHARED_RUN, Launch, find_launch
from neural_guide.runtime.signals import Stopped, StopRequest
from neural_guide.training.callbacks import ResourceMonitor
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import fit_split_baselines
from neural_guide.training.hardware_profile import configure_process, resolve_hardware, set_memory_format
from neural_guide.training.module import GuideModule


def run_training(settings: RunSettings, invocation: Invocation) -> None:
    """Train a guide from the beginning, or from where a run was stopped, and write its report."""
    folder = invocation.folder
    launch = find_launch(settings.hardware.devices, settings.hardware.nodes)
    join_launch(launch)
    if settings.hardware.allocator == "auto":
        restart_with_allocator(invocation)
    settings = fit_to_memory(settings)
    find_time_limit(settings)  # a budget without a price is refused before data is read
    settings = fetch_run(settings, folder)
    with StopRequest() as stop, open_run(settings, invocation) as run:
        console.quiet = not is_first_process()  # only the first of several training processes prints
        if run is None:
            return
        with copy_while_training(run.settings, run.folder) if is_first_process() else nullcontext():
            try:
                with stop.explain_failures(), explain_full_disk(run.folder):
                    _train(run, stop, launch)
            except Stopped as stopped:
                if is_first_process():
                    report_stopped(run, str(stopped))
                raise


def _train(run: Run, stop: StopRequest, launch: Launch) -> None:
    """Prepare the data, fit the baselines, train, and write the guide and its report."""
    started = time.perf_counter()
    settings = run.settings
    machine = resolve_hardware(settings.hardware, settings.data, compiles=settings.compile.enabled)
    configure_process(settings.hardware, machine)
    say(f"Runs on\n{machine.explanation}")
    if run.checkpoint:
        say(f"Resumes from {run.checkpoint}, step {run.step:,}")
    L.seed_everything(settings.seed, verbose=False)
    data = open_data(
        settings.data, settings.hardware, machine, seed=settings.seed, with_features=settings.network.features
    )
    check_splits(data.splits, settings.data)
    run = run.bind_data(data.store.folder.name, data.vocabulary.names, settings.data.path)
    check_plan(run, data, machine)
    baselines = fit_split_baselines(data.make_loader("train", shuffle=True))
    module = GuideModule.build(data.vocabulary.names, data.feature_shape, settings.network, settings.optimizer)
    set_memory_format(module.network, settings.hardware)
    if settings.compile.enabled:
        module.network.compile(mode=settings.compile.mode)  # in place: checkpoint keys stay as they are
    monitor = ResourceMonitor(settings.trainer.log_every_steps, started)
    trainer = build_trainer(run, machine, data, baselines, stop, monitor, launch)
    trainer.fit(module, data, ckpt_path=run.checkpoint, weights_only=True)
    leave_process_group()
    if is_first_process():
        with torch.compiler.set_stance("force_eager"):  # evaluation shows many shapes, each a few times
            _finish(run, trainer, module, data, baselines, monitor)


def restart_with_allocator(invocation: Invocation) -> None:
    """Restart under jemalloc or tcmalloc where one is installed; jobs of a sweep and training processes do not."""
    is_alone = invocation.is_single and SHARED_RUN not in os.environ and "LOCAL_RANK" not in os.environ
    if is_alone and (library := find_better_allocator()):
        FolderNotes.folders.remove()  # the process that follows makes its own
        restart_with(library)


def _finish(
    run: Run,
    trainer: L.Trainer,
    module: GuideModule,
    data: TaskDataModule,
    baselines: Baselines,
    monitor: ResourceMonitor,
) -> None:
    """Calibrate the best network, write the guide, and report on it."""
    load_weights(run.checkpoints / BEST, module)
    guide, results = evaluate_run(run, data, module.network, baselines)
    guide_file = run.folder / "guide.safetensors"
    guide.save(guide_file)
    save_calibration(run.checkpoints / BEST, module.network)
    totals = {
        "train_seconds": monitor.train_seconds,
        "total_seconds": monitor.total_seconds,
        "samples_per_s": monitor.samples_per_s,
        "peak_rss_gib": measure_peak_rss(),
        "epochs": float(trainer.current_epoch),
        "steps": float(trainer.global_step),
        "resumed": float(run.about["resumed"]),
        "reload_difference": measure_reload_difference(guide, guide_file, [*results.worst, *results.best]),
        "guide_mib": guide_file.stat().st_size / 2**20,
        "parameters": float(sum(parameter.numel() for parameter in module.network.parameters())),
    }
    metrics = {**results.metrics, **totals, **compare_with_plan(run, monitor, trainer.global_step)}
    log_hyperparameters(trainer, run.settings, metrics)
    write_results(run.folder, replace(results, metrics=metrics))
    link_latest(run.folder)
