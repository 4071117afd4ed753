"""What training would cost on this machine: a few real steps, timed, and what they say about an epoch."""

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
from neural_guide.data.store.feature_cache import MOST_STATES, count_states
from neural_guide.data.store.store import Store
from neural_guide.dsl.vocabulary import PRIMITIVES, is_executable
from neural_guide.features.executed import FEATURES, compute_executed_features
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import GIB, read_memory_limit
from neural_guide.training.batches import Batch
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.loader import TaskLoader
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import TrainingSettings

TIMED = 20  # timed; fewer where they take too long
WARM_UP = 3  # steps that are not timed: memory is found, kernels are chosen
STEPS = WARM_UP + TIMED
SECONDS = 8.0  # most that the steps take together, but for the first
EXECUTED = 128  # records whose features are computed to time them
PRECISIONS = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}


def rehearse(
    store: Store,
    passes: npt.NDArray[np.bool_],
    splits: Splits,
    config: TrainingSettings,
    machine: Machine,
    on_step: Callable[[int], None],
) -> Cost | None:
    """Train a throw-away network for a few steps as `train` would.

    None where nothing is left to train on, or where the labels alone would not fit into memory.

    Executed features are not computed for all records: their values do not change how long a step takes.
    """
    if not len(splits.train) or store.n_tasks * len(store.vocabulary) > MAX_LABEL_BYTES:
        return None
    load = os.getloadavg()[0]
    wanted = config.network.features and is_executable(store.vocabulary)
    shape = (1 + len(store.vocabulary), len(FEATURES)) if wanted else None
    blank = _Blank(shape) if shape else None
    torch.manual_seed(config.seed)
    train = _loader(store, blank, splits.train, passes, config, shuffle=True)
    val = _loader(store, blank, splits.val, passes, config, shuffle=False)
    steps = _Steps(store, shape, config, machine)
    times = steps.train(train, on_step)
    checks = steps.check(val) if len(val) else 0.0
    step, data = float(np.median([sum(both) for both in times])), float(np.median([made for made, _ in times]))
    views = config.data.views
    features_bytes = views * len(store) * shape[0] * shape[1] if shape else 0
    return Cost(
        steps=len(times),
        step_seconds=step,
        check_seconds=checks,
        data_share=data / step,
        batches=len(train),
        val_batches=len(val),
        epoch_seconds=len(train) * step + len(val) * checks,
        epochs=config.trainer.max_epochs,
        features_seconds=views * _features_seconds(store) / machine.processes if wanted else 0.0,
        memory_gib=(psutil.Process().memory_info().rss + features_bytes) / GIB,
        memory_limit_gib=read_memory_limit() / GIB,
        gpu_memory_gib=torch.cuda.max_memory_allocated() / GIB if machine.accelerator == "gpu" else None,
        machine=machine.summary,
        load=load,
        cores=count_cores(),
    )


def _loader(
    store: Store,
    features: "_Blank | None",
    tasks: npt.NDArray[np.int64],
    passes: npt.NDArray[np.bool_],
    config: TrainingSettings,
    *,
    shuffle: bool,
) -> TaskLoader:
    data = config.data
    return TaskLoader(
        *(store, features, tasks, passes),
        batch_size=data.batch_size,
        pairs=data.pairs_per_task,
        shuffle=shuffle,
        seed=config.seed,
        drop_pairs=data.drop_pairs,
        underway=select_intermediate_states(store.programs(), MOST_STATES, data.test_share)
        if features and store.has_programs
        else None,
    )


class _Blank:
    """Features that are all 0."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape

    def after(
        self, records: npt.NDArray[np.integer[Any]], steps: npt.NDArray[np.integer[Any]]
    ) -> npt.NDArray[np.uint8]:
        del steps  # all states are alike
        return np.zeros((len(records), *self._shape), np.uint8)


class _Steps:
    """A fresh network and optimiser, and steps with them."""

    def __init__(self, store: Store, shape: tuple[int, int] | None, config: TrainingSettings, machine: Machine) -> None:
        self._device = torch.device("cuda" if machine.accelerator == "gpu" else "cpu")
        module = GuideModule.build(store.vocabulary.names, shape, config.network, config.optimizer)
        self._module = module.to(self._device)
        self._optimizer = torch.optim.AdamW(self._module.network.parameters(), lr=config.optimizer.lr)
        self._precision = PRECISIONS.get(machine.precision)
        scaled = machine.precision == "16-mixed" and self._device.type == "cuda"
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=scaled)

    def train(self, loader: TaskLoader, on_step: Callable[[int], None]) -> list[tuple[float, float]]:
        """Seconds for making a batch and for the step with it, of each timed step; at least one."""
        self._module.train()
        times: list[tuple[float, float]] = []
        started = time.perf_counter()
        for batch, made in _timed(_forever(loader)):
            before = time.perf_counter()
            loss = self._loss(batch)
            self._scaler.scale(loss).backward()
            self._scaler.step(self._optimizer)
            self._scaler.update()
            self._optimizer.zero_grad(set_to_none=True)
            self._wait()
            ended = time.perf_counter()
            times.append((made, ended - before))
            on_step(len(times))
            if len(times) == STEPS or ended - started > SECONDS:
                break
        return times[WARM_UP:] or times[-1:]

    @torch.no_grad()
    def check(self, loader: TaskLoader) -> float:
        """Seconds for a validation batch, the median of a few."""
        self._module.eval()
        times: list[float] = []
        for batch, made in _timed(islice(loader, WARM_UP + 2)):
            before = time.perf_counter()
            self._loss(batch)
            self._wait()
            times.append(made + time.perf_counter() - before)
        return float(np.median(times))

    def _loss(self, batch: Batch) -> torch.Tensor:
        context: AbstractContextManager[Any] = nullcontext()
        if self._precision is not None:
            context = torch.autocast(self._device.type, self._precision)
        with context:
            return self._module.losses(batch.to(self._device)).total

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def _forever(loader: TaskLoader) -> Iterator[Batch]:
    while True:
        yield from loader


def _timed(batches: Iterator[Batch]) -> Iterator[tuple[Batch, float]]:
    """Each batch with the seconds that making it took."""
    while True:
        before = time.perf_counter()
        batch = next(batches, None)
        if batch is None:
            return
        yield batch, time.perf_counter() - before


def _features_seconds(store: Store) -> float:
    """Seconds to compute the executed features of all states of all records, on one core.

    The first record is not timed: with it, compiled code is loaded, or compiled where it never ran here.
    """
    records = np.unique(np.linspace(0, len(store) - 1, min(len(store), 1 + EXECUTED)).astype(np.int64))
    primitives = [PRIMITIVES[name] for name in store.vocabulary.names]
    first, *pairs = store.pairs(records)
    compute_executed_features(*first, primitives)
    before = time.process_time()
    for shown, made in pairs:
        compute_executed_features(shown, made, primitives)
    return (time.process_time() - before) / max(1, len(pairs)) * float(count_states(store).sum())
