"""Solve ARC tasks and write a submission.

python -m neural_guide.solve checkpoint=outputs/latest tasks=arc1-evaluation
python -m neural_guide.solve tasks=my_tasks.json limit=20
"""

import time

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import SolveSettings
from neural_guide.runtime.ray_cluster import RAY, require_ray


def solve(settings: SolveSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    started = time.monotonic()  # before the imports, which take seconds of a deadline
    if settings.workers == RAY:
        require_ray("workers=ray")
    from neural_guide.experiment.solving import solve_tasks

    solve_tasks(settings, invocation, started)


if __name__ == "__main__":
    start("solve", solve, SURFACE)
