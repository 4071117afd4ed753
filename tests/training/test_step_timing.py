"""A few timed steps: what they measure fits the clock, and the cost of an epoch follows from it."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from neural_guide.data.store.feature_cache import count_states
from neural_guide.training import step_timing
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.settings import TrainingSettings

MACHINE = Machine("cpu", "32-true", threads=1, processes=2, choices=())


@pytest.fixture(scope="module")
def data(few_records):
    settings = TrainingSettings()
    settings.data.path, settings.data.quality_threshold, settings.data.batch_size = str(few_records), 0.0, 8
    module = TaskDataModule(settings.data, seed=0, with_features=False)
    module.setup()
    return settings, module


def measure(data, steps: list[int]):
    settings, module = data
    return step_timing.time_steps(module.store, module.selected, module.splits, settings, MACHINE, steps.append)


def test_a_cost_fits_the_clock_and_the_epoch(data, monkeypatch):
    monkeypatch.setattr(step_timing, "WARM_UP", 2)
    monkeypatch.setattr(step_timing, "STEPS", 6)
    steps: list[int] = []
    started, used = time.perf_counter(), time.process_time()
    cost = measure(data, steps)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    settings, module = data
    assert steps == [1, 2, 3, 4, 5, 6]
    assert cost.steps == 4  # without those that warm up
    assert 0 < cost.steps / 2 * cost.step_seconds < seconds  # half of the steps take the median or longer
    assert 0 < cost.check_seconds < seconds
    assert 0 < cost.data_share < 1
    assert (cost.batches, cost.val_batches) == tuple(len(module.make_loader(name)) for name in ("train", "val"))
    training, validation = cost.batches * cost.step_seconds, cost.val_batches * cost.check_seconds
    assert cost.epoch_seconds == pytest.approx(training + validation)
    assert cost.epochs == settings.trainer.max_epochs
    states = settings.data.views * count_states(module.store).sum()
    assert 0 < cost.features_seconds * MACHINE.processes / states < used / step_timing.SAMPLED_RECORDS
    assert 0.1 < cost.memory_gib < cost.memory_limit_gib
    assert cost.gpu_memory_gib is None


def test_slow_steps_are_few_and_the_last_one_counts(data, monkeypatch):
    monkeypatch.setattr(step_timing, "SECONDS", 0.0)
    steps: list[int] = []
    assert measure(data, steps).steps == 1
    assert steps == [1]


def test_validation_data_is_neither_shuffled_nor_dropped(data, monkeypatch):
    loaders = []

    class Loader(step_timing.TaskLoader):
        def __init__(self, **settings) -> None:
            super().__init__(**settings)
            loaders.append(self)

    monkeypatch.setattr(step_timing, "TaskLoader", Loader)
    monkeypatch.setattr(step_timing, "SECONDS", 0.0)
    measure(data, [])
    train, val = loaders
    assert train.augmentation.drop_pairs == data[0].data.drop_pairs
    assert val.augmentation is None
    assert np.array_equal(next(iter(val)).tasks, data[1].splits.val[:8])


def test_half_precision_is_timed_as_such(data, monkeypatch):
    settings, module = data
    monkeypatch.setattr(step_timing, "SECONDS", 0.0)
    precisions = []
    autocast = torch.autocast
    monkeypatch.setattr(torch, "autocast", lambda device, dtype: precisions.append(dtype) or autocast(device, dtype))
    machine = Machine("cpu", "bf16-mixed", threads=1, processes=2, choices=())
    step_timing.time_steps(module.store, module.selected, module.splits, settings, machine, lambda _: None)
    assert set(precisions) == {torch.bfloat16}


def test_nothing_to_train_on_has_no_cost(data):
    settings, module = data
    splits = replace(module.splits, train=module.splits.train[:0])
    assert step_timing.time_steps(module.store, module.selected, splits, settings, MACHINE, lambda _: None) is None
