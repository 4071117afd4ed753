"""Search for learning rate and batch size; each trial is a run. The same command again resumes the study.

python -m neural_guide.tune tune.trials=20 experiment=emergency
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import TuneCommandSettings


def tune(settings: TuneCommandSettings, invocation: Invocation) -> None:
    """Import what is heavy once the settings are known to be right, and run."""
    from neural_guide.experiment.tuning import run_study

    run_study(settings, invocation)


if __name__ == "__main__":
    start("tune", tune, SURFACE)
