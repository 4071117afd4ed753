"""A run that is stopped at any moment and resumed ends with the weights of an uninterrupted run."""

import contextlib
import os
import signal
import warnings

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping
from torch import Tensor

from neural_guide.data.settings import DataSettings
from neural_guide.guide.checkpoint_files import BEST, CUT, LAST, PREVIOUS, find_newest_checkpoint, read_checkpoint
from neural_guide.guide.settings import NetworkSettings
from neural_guide.runtime.signals import Stopped, StopRequest
from neural_guide.training.checkpoint_writing import AtomicCheckpointIO, CheckpointWriter, StepSeeding
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import OptimizerSettings

warnings.filterwarnings("ignore", module="lightning.*")
EPOCHS = 3


class Recorder(L.Callback):
    """Record the losses, and send the process a signal at one moment."""

    def __init__(self, step: int | None = None, validation: int | None = None) -> None:
        self.step, self.validation, self.validations = step, validation, 0
        self.losses: dict[int, float] = {}
        self.val_losses: list[tuple[int, float]] = []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_index):
        self.losses[trainer.global_step] = float(outputs["loss"])
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGTERM)

    def on_validation_batch_start(self, trainer, module, batch, batch_index, dataloader_idx=0):
        if not batch_index:
            self.validations += 1
            if self.validations == self.validation:
                os.kill(os.getpid(), signal.SIGTERM)

    def on_train_epoch_end(self, trainer, module):
        self.val_losses.append((trainer.global_step, float(trainer.callback_metrics["val/loss"])))


class StopBefore(L.Callback):
    """Stop the run when an epoch begins: the newest checkpoint is that of a whole epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == self.epoch:
            raise Stopped("SIGKILL")


class Run:
    """One run in a folder, in any number of attempts."""

    def __init__(self, dataset, folder, *, batch_size=48, workers=0, patience=None):
        self.folder, self.patience = folder, patience
        self.settings = DataSettings(str(dataset), quality_threshold=0.0, batch_size=batch_size, workers=workers)

    def attempt(self, *callbacks: L.Callback) -> dict[str, Tensor]:
        """Train until a signal or the end; return the weights."""
        L.seed_everything(5, verbose=False)
        data = TaskDataModule(self.settings, seed=5, processes=1)
        data.setup()
        network, optimizer = NetworkSettings(width=16, grids=False), OptimizerSettings()
        module = GuideModule.build(data.vocabulary.names, data.feature_shape, network, optimizer)
        with StopRequest() as stop:
            all_callbacks = [StepSeeding(5), *callbacks, CheckpointWriter(self.folder, {"note": 1}, stop, 60.0, 3)]
            if self.patience:
                all_callbacks.insert(0, EarlyStopping("val/loss", min_delta=1.0, patience=self.patience))
            trainer = L.Trainer(
                accelerator="cpu",
                max_epochs=EPOCHS,
                logger=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
                plugins=[AtomicCheckpointIO()],
                callbacks=all_callbacks,
            )
            checkpoint, _ = find_newest_checkpoint(self.folder)
            with contextlib.suppress(Stopped):
                trainer.fit(module, data, ckpt_path=checkpoint, weights_only=True)
        self.trainer = trainer
        return {name: value.clone() for name, value in module.state_dict().items()}


def are_equal(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.fixture(scope="module")
def whole(dataset, tmp_path_factory):
    """An uninterrupted run: the run, its weights and its losses."""
    run, recorder = Run(dataset, tmp_path_factory.mktemp("whole")), Recorder()
    weights = run.attempt(recorder)
    assert run.trainer.num_training_batches > 5  # so that the middle, the last but one and the last differ
    return run, weights, recorder


MOMENTS = [
    *({"step": step} for step in (2, "per_epoch-1", "per_epoch")),
    *({"validation": epoch} for epoch in (1, 3)),
    *(
        pytest.param({"step": step}, marks=pytest.mark.soak)
        for step in (1, "per_epoch-2", "per_epoch+1", "2*per_epoch")
    ),
    pytest.param({"validation": 2}, marks=pytest.mark.soak),
]
"""Moments of a stop; one test stops at every step, and `make soak` at all of these."""


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_run_stopped_once_ends_with_the_same_weights(moment, whole, dataset, tmp_path):
    run, weights, recorder = whole
    per_epoch = int(run.trainer.num_training_batches)
    moment = {name: eval(str(value), {"per_epoch": per_epoch}) for name, value in moment.items()}
    stopped, before, after = Run(dataset, tmp_path), Recorder(**moment), Recorder()
    stopped.attempt(before)
    assert before.losses.keys() != recorder.losses.keys() or "validation" in moment
    assert are_equal(stopped.attempt(after), weights)
    assert before.losses | after.losses == recorder.losses
    assert sorted({*before.val_losses, *after.val_losses}) == recorder.val_losses
    for name in (LAST, BEST):
        one, two = read_checkpoint(tmp_path / name), read_checkpoint(run.folder / name)
        assert are_equal(one["state_dict"], two["state_dict"]), name
        assert one["epoch_loss"] == two["epoch_loss"]


@pytest.mark.parametrize("workers", [pytest.param(0, marks=pytest.mark.soak), 2])
def test_a_run_stopped_at_every_step_ends_with_the_same_weights(workers, whole, dataset, tmp_path):
    _, weights, recorder = whole
    stopped, losses = Run(dataset, tmp_path, workers=workers), {}
    for step in range(1, max(recorder.losses)):
        attempt = Recorder(step=step)
        stopped.attempt(attempt)
        losses |= attempt.losses
    attempt = Recorder()
    assert are_equal(stopped.attempt(attempt), weights)
    assert losses | attempt.losses == recorder.losses


def test_a_run_stopped_after_an_epoch_resumes_with_the_next(whole, dataset, tmp_path):
    _, weights, recorder = whole
    stopped, resumed = Run(dataset, tmp_path), Recorder()
    for epoch in range(1, EPOCHS):
        stopped.attempt(resumed, StopBefore(epoch))
    assert are_equal(stopped.attempt(resumed), weights)
    assert resumed.losses == recorder.losses
    assert resumed.val_losses == recorder.val_losses


def test_resumed_epochs_of_one_step_end_with_the_same_weights(dataset, tmp_path):
    whole = Run(dataset, tmp_path / "whole", batch_size=5000)
    weights = whole.attempt()
    assert whole.trainer.num_training_batches == 1
    for step in (1, 2):
        stopped = Run(dataset, tmp_path / str(step), batch_size=5000)
        stopped.attempt(Recorder(step=step))
        assert are_equal(stopped.attempt(), weights)


class StopAtEnd(L.Callback):
    """Stop the run when training is over and its last checkpoint is written."""

    def on_train_end(self, trainer, module):
        raise Stopped("SIGKILL")


def test_early_stopping_is_remembered_after_a_stop(dataset, tmp_path):
    """A run stopped just after the decision to end trains no further epoch."""
    whole = Run(dataset, tmp_path / "whole", patience=1)
    weights = whole.attempt()
    assert whole.trainer.current_epoch == 2 < EPOCHS
    for name, moment in {"during": Recorder(validation=2), "after": StopAtEnd()}.items():
        stopped = Run(dataset, tmp_path / name, patience=1)
        stopped.attempt(moment)
        assert are_equal(stopped.attempt(), weights)
        assert are_equal(stopped.attempt(), weights)  # resumed when all is done


class StopByTime(L.Callback):
    """End training after a step, as a time limit does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_index):
        trainer.should_stop = trainer.global_step >= self.step


@pytest.mark.parametrize("step", [2, "per_epoch", "per_epoch+1"])
def test_a_run_cut_by_a_time_limit_goes_on_as_if_it_had_not_been(step, whole, dataset, tmp_path):
    run, weights, recorder = whole
    step = eval(str(step), {"per_epoch": int(run.trainer.num_training_batches)})
    cut, before, after = Run(dataset, tmp_path), Recorder(), Recorder()
    cut.attempt(before, StopByTime(step))
    assert max(before.losses) == step
    assert find_newest_checkpoint(tmp_path)[0] == tmp_path / CUT
    assert are_equal(cut.attempt(after), weights)
    assert before.losses | after.losses == recorder.losses
    assert not (tmp_path / CUT).exists()


def test_a_time_limit_after_the_last_step_leaves_nothing_to_resume(whole, dataset, tmp_path):
    ended = Run(dataset, tmp_path)
    ended.attempt(StopByTime(max(whole[2].losses)))
    assert not (tmp_path / CUT).exists()


def test_a_damaged_checkpoint_is_named_and_the_previous_one_used(whole, dataset, tmp_path):
    _, weights, _ = whole
    for damage in ("cut", "flipped", "foreign"):
        stopped = Run(dataset, tmp_path / damage)
        stopped.attempt(Recorder(step=5))
        last = tmp_path / damage / LAST
        content = bytearray(last.read_bytes())
        if damage == "cut":
            del content[-1000:]
        elif damage == "flipped":
            content[len(content) // 2] ^= 1
        else:
            content = bytearray(b"something else")
        last.write_bytes(content)
        newest, warnings = find_newest_checkpoint(tmp_path / damage)
        assert newest == tmp_path / damage / PREVIOUS
        assert [str(last) in line for line in warnings] == [True]
        assert are_equal(stopped.attempt(), weights)
