"""A training step requests no value from its device: between two logged steps a GPU is never waited for.

The device is torch's `meta`: it has shapes and no values, so that reading one, or a shape that depends on values,
raises. What it does not refuse is a tensor of the processor among those of the device; a mode refuses that.
"""

import sys
from io import StringIO

import lightning as L
import pytest
import torch
from lightning.pytorch.accelerators import Accelerator
from lightning.pytorch.strategies import SingleDeviceStrategy
from rich.console import Console
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from neural_guide.runtime.signals import StopRequest
from neural_guide.training.batch_types import Batch, IntermediateStates
from neural_guide.training.callbacks import ConsoleProgress, ResourceMonitor
from neural_guide.training.checkpoint_writing import CheckpointWriter, StepSeeding
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import TrainingSettings

META = torch.device("meta")
STEPS = 3
NAMES, SHAPE = tuple("abcdef"), (7, 5)


class ValuelessDevice(Accelerator):
    """The `meta` device, as Lightning takes any other."""

    def setup_device(self, device):
        pass

    def teardown(self):
        pass

    def get_device_stats(self, device):
        return {}

    @staticmethod
    def parse_devices(devices):
        return devices

    @staticmethod
    def get_parallel_devices(devices):
        return [META]

    @staticmethod
    def auto_device_count():
        return 1

    @staticmethod
    def is_available():
        return True

    @staticmethod
    def name():
        return "meta"


class ValuelessStrategy(SingleDeviceStrategy):
    """Lightning asks it before the first step how many batches there are."""

    def reduce(self, tensor, *args, **kwargs):
        return torch.ones(())


class OneDevice(TorchDispatchMode):
    """Refuse operators on tensors of two devices; single numbers are arguments of a kernel."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        tensors = [leaf for leaf in tree_leaves((args, kwargs, result)) if isinstance(leaf, torch.Tensor)]
        assert len({tensor.device.type for tensor in tensors if tensor.dim()}) < 2, f"{func} copies between devices"
        return result


class EnoughSteps(Exception):  # noqa: N818
    """The steps to watch are done."""


class Watch(L.Callback):
    """Watch each step from its batch on the device to the end of all callbacks, and stop after a few."""

    def on_train_batch_start(self, trainer, module, batch, batch_index):
        assert batch.inputs.device == module.device == META
        self._mode = OneDevice()
        self._mode.__enter__()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_index):
        if trainer.global_step == STEPS:
            raise EnoughSteps
        self._mode.__exit__(None, None, None)

    def on_exception(self, trainer, module, exception):
        self._mode.__exit__(None, None, None)


def make_batch(kind: str) -> Batch:
    """Four tasks of three pairs: with programs, with features alone, or with grids alone."""
    grids, features = torch.zeros(4, 3, 6, 6, dtype=torch.uint8), torch.zeros(4, 3, *SHAPE, dtype=torch.uint8)
    labels, numbers = torch.zeros(4, len(NAMES), dtype=torch.bool), torch.zeros(4, dtype=torch.int64)
    return Batch(
        inputs=grids,
        outputs=grids,
        pair_mask=torch.ones(4, 3, dtype=torch.bool),
        features=None if kind == "grids" else features,
        labels=labels,
        lengths=numbers,
        tasks=numbers,
        intermediate=IntermediateStates(features, numbers, labels, numbers) if kind == "programs" else None,
    )


def build_module(kind: str) -> GuideModule:
    settings = TrainingSettings()
    settings.network.width, settings.network.row_width, settings.network.grid_channels = 16, 8, 4
    return GuideModule.build(NAMES, None if kind == "grids" else SHAPE, settings.network, settings.optimizer)


class Endless:
    """The same batch for ever."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __iter__(self):
        while True:
            yield self.batch


def train(module: GuideModule, batch: Batch, folder) -> None:
    """Train for a few steps with the callbacks of a run, on a terminal."""
    monitor = ResourceMonitor(1000, 0.0)
    with StopRequest() as stop:
        trainer = L.Trainer(
            accelerator=ValuelessDevice(),
            strategy=ValuelessStrategy(device=META),
            max_steps=10 * STEPS,
            limit_train_batches=10 * STEPS,
            gradient_clip_val=1.0,
            log_every_n_steps=1000,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[
                StepSeeding(0),
                monitor,
                ConsoleProgress(Console(file=StringIO(), force_terminal=True), monitor),
                CheckpointWriter(folder, {}, stop, 60.0, None),
                Watch(),
            ],
        )
        trainer.fit(module, Endless(batch))


@pytest.fixture
def on_terminal(monkeypatch):
    """The bar is shown, and nothing is moved back from the device in the end: it has nothing."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(L.Trainer, "_teardown", lambda trainer: None)


@pytest.mark.parametrize("kind", ["programs", "features", "grids"])
def test_a_training_step_requests_nothing(kind, on_terminal, tmp_path):
    with pytest.raises(EnoughSteps):
        train(build_module(kind), make_batch(kind), tmp_path)


def test_a_validation_step_requests_nothing():
    module, batch = build_module("programs").to(META).eval(), make_batch("programs").to(META)
    with OneDevice(), torch.no_grad():
        module.validation_step(batch, 0)


REQUESTS = {
    r"item\(\) cannot be called": lambda losses: losses.total * losses.program.item(),
    r"nonzero\(\) raises": lambda losses: losses.total.expand(3)[losses.program.expand(3) > 0].sum(),
    "Cannot copy out": lambda losses: losses.total + losses.program.detach().cpu(),
    "index.Tensor copies between devices": lambda losses: losses.total.expand(3)[torch.arange(3)].sum(),
}


@pytest.mark.parametrize("message", REQUESTS)
def test_a_request_is_noticed(message, on_terminal, monkeypatch, tmp_path):
    module = build_module("programs")
    compute = module.compute_losses
    monkeypatch.setattr(
        module, "compute_losses", lambda batch: (losses := compute(batch))._replace(total=REQUESTS[message](losses))
    )
    with pytest.raises((RuntimeError, AssertionError), match=message):
        train(module, make_batch("programs"), tmp_path)
