"""Predict time, memory, disk and cost of a training run, on this machine and on rented ones.

python -m neural_guide.plan experiment=attempt2 hardware=c5 deadline=4h budget=4
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.planning.settings import BoundedTrainingSettings


def plan(settings: BoundedTrainingSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.planning.planner import plan_run

    plan_run(settings, invocation)


if __name__ == "__main__":
    start("plan", plan, SURFACE)
