"""Evaluate a guide beside its baselines on any dataset of the same vocabulary.

python -m neural_guide.evaluate checkpoint=outputs/latest data.path=small.json evaluate.split=val
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import EvaluateSettings


def evaluate(settings: EvaluateSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.evaluation import evaluate_guide

    evaluate_guide(settings, invocation)


if __name__ == "__main__":
    start("evaluate", evaluate, SURFACE)
