"""Tune learning rate and batch size with Optuna; each trial is a run.

python -m neural_guide.tune tune.trials=20 experiment=emergency

The same command resumes a stopped study.
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import TuneCommandSettings


def tune(settings: TuneCommandSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.tuning import run_study

    run_study(settings, invocation)


if __name__ == "__main__":
    start("tune", tune, SURFACE)
