"""Timing of a few real training steps on this machine, and the estimated cost of an epoch."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import torch

from neural_guide.data.audit.results import MAX_LABEL_BYTES, Cost
from neural_guide.data.splits import Splits, select_intermediate_states
from neural_guide.data.store.feature_cache import MOST_STATES, count_states, find_feature_shape
from neural_guide.data.store.store import Store
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import GIB, read_memory_limit
from neural_guide.search.evidence import compute_pair_features, has_features
from neural_guide.training.batch_loader import Augmentation, BatchSettings, LoaderData, TaskLoader
from neural_guide.training.batch_types import Batch
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.module import GuideModule, build_optimizer
from neural_guide.training.precision import DTYPES
from neural_guide.training.settings import TrainingSettings

TIMED = 20  # steps that are timed; fewer where they take too long
WARM_UP = 3  # steps before them that are not timed: memory is allocated, kernels are chosen
STEPS = WARM_UP + TIMED
SECONDS = 8.0  # most time of all steps but the first
SAMPLED_RECORDS = 128  # records whose features are computed to time them


def time_steps(
    store: Store,
    selected: npt.NDArray[np.bool_],
    splits: Splits,
    settings: TrainingSettings,
    machine: Machine,
    on_step: Callable[[int], None],
) -> Cost | None:
    """Train a throw-away network for a few steps as `train` would, and estimate the cost of training.

    Executed features are not computed for all records: their values do not change the time of a step.

    Args:
        store: store of the dataset.
        selected: bool [record], the records that may be used.
        splits: tasks of each split.
        settings: settings of training.
        machine: resolved hardware.
        on_step: called with the number of steps so far.

    Returns:
        The cost; None where no task is left to train on, or where the labels alone would not fit into memory.
    """
    if not len(splits.train) or store.n_tasks * len(store.vocabulary) > MAX_LABEL_BYTES:
        return None
    load = os.getloadavg()[0]
    with_features = settings.network.features and has_features(store.vocabulary)
    shape = find_feature_shape(store.vocabulary) if with_features else None
    blank = _BlankFeatures(shape) if shape else None
    torch.manual_seed(settings.seed)
    train = _make_loader(store, blank, splits.train, selected, settings, shuffle=True)
    val = _make_loader(store, blank, splits.val, selected, settings, shuffle=False)
    stepper = _Stepper(store, shape, settings, machine)
    times = stepper.train(train, on_step)
    check_seconds = stepper.check(val) if len(val) else 0.0
    step = float(np.median([sum(time) for time in times]))
    loading = float(np.median([loading for loading, _ in times]))
    views = settings.data.views
    features_bytes = views * len(store) * shape[0] * shape[1] if shape else 0
    return Cost(
        steps=len(times),
        step_seconds=step,
        check_seconds=check_seconds,
        data_share=loading / step,
        batches=len(train),
        val_batches=len(val),
        epoch_seconds=len(train) * step + len(val) * check_seconds,
        epochs=settings.trainer.max_epochs,
        features_seconds=views * _estimate_features_seconds(store) / machine.processes if with_features else 0.0,
        memory_gib=(psutil.Process().memory_info().rss + features_bytes) / GIB,
        memory_limit_gib=read_memory_limit() / GIB,
        gpu_memory_gib=torch.cuda.max_memory_allocated() / GIB if machine.accelerator == "gpu" else None,
        machine=machine.summary,
        load=load,
        cores=count_cores(),
    )


def _make_loader(
    store: Store,
    features: "_BlankFeatures | None",
    tasks: npt.NDArray[np.int64],
    selected: npt.NDArray[np.bool_],
    settings: TrainingSettings,
    *,
    shuffle: bool,
) -> TaskLoader:
    data, intermediate = settings.data, None
    if features and store.has_programs:
        intermediate = select_intermediate_states(store.programs(), MOST_STATES, data.test_share)
    return TaskLoader(
        data=LoaderData(store=store, features=features, tasks=tasks, selected=selected, intermediate=intermediate),
        batches=BatchSettings(batch_size=data.batch_size, pairs=data.pairs_per_task),
        augmentation=Augmentation(seed=settings.seed, drop_pairs=data.drop_pairs) if shuffle else None,
    )


class _BlankFeatures:
    """Features that are all 0."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape

    def after(
        self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.uint8]:
        del steps  # all states are alike
        return np.zeros((len(records), *self._shape), np.uint8)


class _Stepper:
    """An untrained network with its optimiser, and timed steps of both."""

    def __init__(
        self, store: Store, shape: tuple[int, int] | None, settings: TrainingSettings, machine: Machine
    ) -> None:
        self._device = torch.device("cuda" if machine.accelerator == "gpu" else "cpu")
        module = GuideModule.build(store.vocabulary.names, shape, settings.network, settings.optimizer)
        self._module = module.to(self._device)
        self._optimizer = build_optimizer(self._module.network, settings.optimizer)
        self._precision = DTYPES.get(machine.precision)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=machine.precision == "16-mixed")

    def train(self, loader: TaskLoader, on_step: Callable[[int], None]) -> list[tuple[float, float]]:
        """Seconds to load a batch and seconds of the step, for each timed step; at least one."""
        self._module.train()
        times: list[tuple[float, float]] = []
        started = time.perf_counter()
        for batch, loading in _time_batches(_repeat_epochs(loader)):
            before = time.perf_counter()
            loss = self._compute_loss(batch)
            self._scaler.scale(loss).backward()
            self._scaler.step(self._optimizer)
            self._scaler.update()
            self._optimizer.zero_grad(set_to_none=True)
            self._wait()
            ended = time.perf_counter()
            times.append((loading, ended - before))
            on_step(len(times))
            if len(times) == STEPS or ended - started > SECONDS:
                break
        return times[WARM_UP:] or times[-1:]

    @torch.no_grad()
    def check(self, loader: TaskLoader) -> float:
        """Seconds of a validation batch, the median of a few."""
        self._module.eval()
        times: list[float] = []
        for batch, loading in _time_batches(islice(loader, WARM_UP + 2)):
            before = time.perf_counter()
            self._compute_loss(batch)
            self._wait()
            times.append(loading + time.perf_counter() - before)
        return float(np.median(times))

    def _compute_loss(self, batch: Batch) -> torch.Tensor:
        context: AbstractContextManager[Any] = nullcontext()
        if self._precision is not None:
            context = torch.autocast(self._device.type, self._precision)
        with context:
            return self._module.compute_losses(batch.to(self._device)).total

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def _repeat_epochs(loader: TaskLoader) -> Iterator[Batch]:
    while True:
        yield from loader


def _time_batches(batches: Iterator[Batch]) -> Iterator[tuple[Batch, float]]:
    """Yield each batch with the seconds it took to load."""
    while True:
        before = time.perf_counter()
        batch = next(batches, None)
        if batch is None:
            return
        yield batch, time.perf_counter() - before


def _estimate_features_seconds(store: Store) -> float:
    """Seconds to compute the features of all states of all records, on one core.

    The first record is not timed: it loads compiled code, or compiles it on a machine where it never ran.
    """
    records = np.unique(np.linspace(0, len(store) - 1, min(len(store), 1 + SAMPLED_RECORDS)).astype(np.int64))
    first, *pairs = store.pairs(records)
    compute_pair_features(store.vocabulary, *first)
    before = time.process_time()
    for input_grid, output_grid in pairs:
        compute_pair_features(store.vocabulary, input_grid, output_grid)
    return (time.process_time() - before) / max(1, len(pairs)) * float(count_states(store).sum())
