"""Measure the nodes and seconds that a guide saves, compared with an unguided search.

python -m neural_guide.speedup checkpoint=outputs/latest
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import SpeedupSettings


def speedup(settings: SpeedupSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.speedup import measure_speedup

    measure_speedup(settings, invocation)


if __name__ == "__main__":
    start("speedup", speedup, SURFACE)
