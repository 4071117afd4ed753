"""Train and validate with two processes; run as a script by test_ddp.py.

Each process writes its tasks of each epoch, its mean loss of the last one and the one that was logged; the first
process also the metrics of the validation split.
"""

import json
import sys
from pathlib import Path

import lightning as L

from neural_guide.data.settings import DataSettings
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.checkpoint_writing import StepSeeding
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import OptimizerSettings

EPOCHS = 2


class TaskRecorder(L.Callback):
    """Record the tasks of this process, epoch by epoch."""

    def __init__(self) -> None:
        self.epochs: list[list[list[int]]] = []

    def on_train_epoch_start(self, trainer, module):
        self.epochs.append([])

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_index):
        self.epochs[-1].append(batch.tasks.tolist())


def build_data_and_module(path: Path) -> tuple[TaskDataModule, GuideModule]:
    """Build data and an untrained module, the same in every process."""
    L.seed_everything(0, verbose=False)
    settings = DataSettings(path=str(path), quality_threshold=0.0, batch_size=16)
    data = TaskDataModule(settings, seed=0, processes=1)
    data.setup()
    network = NetworkSettings(width=16, grids=False)
    return data, GuideModule.build(data.vocabulary.names, data.feature_shape, network, OptimizerSettings())


def build_trainer(devices: int, *callbacks: L.Callback) -> L.Trainer:
    """Build a silent trainer on CPUs."""
    return L.Trainer(
        accelerator="cpu",
        devices=devices,
        strategy="ddp" if devices > 1 else "auto",
        max_epochs=EPOCHS,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[StepSeeding(0), *callbacks],
    )


if __name__ == "__main__":
    dataset, folder = Path(sys.argv[1]), Path(sys.argv[2])
    data, module = build_data_and_module(dataset)
    recorder = TaskRecorder()
    trainer = build_trainer(2, recorder)
    trainer.fit(module, data)
    (folder / f"seen-{trainer.global_rank}.json").write_text(json.dumps(recorder.epochs))
    losses = [module.epoch_loss, float(trainer.callback_metrics["train/epoch_loss"])]
    (folder / f"losses-{trainer.global_rank}.json").write_text(json.dumps(losses))
    (metrics,) = trainer.validate(module, data, verbose=False)
    trainer.save_checkpoint(folder / "trained.ckpt")
    if trainer.is_global_zero:
        (folder / "metrics.json").write_text(json.dumps(metrics))
