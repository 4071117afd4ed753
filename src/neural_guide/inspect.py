"""Inspect a dataset before training on it: copies, contradictions, leaks, balance, cost of a step.

python -m neural_guide.inspect data.path=small.json data.quality_threshold=0.8
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.training.settings import TrainingSettings


def inspect(settings: TrainingSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.inspection import inspect_dataset

    inspect_dataset(settings, invocation)


if __name__ == "__main__":
    start("inspect", inspect, SURFACE)
