"""Train a guide, evaluate it and write its report.

python -m neural_guide.train hardware=g4dn experiment=emergency
python -m neural_guide.train -m data.batch_size=4,8,16,32,64
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import RunSettings


def train(settings: RunSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.runtime.launchers import find_launch

    find_launch(settings.hardware.devices, settings.hardware.nodes)  # before Lightning reads what a scheduler left
    from neural_guide.experiment.training_run import run_training

    run_training(settings, invocation)


if __name__ == "__main__":
    start("train", train, SURFACE)
