"""Ship a trained guide with the repository: weights, card and figures.

python -m neural_guide.ship checkpoint=outputs/latest
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import ShipSettings


def ship(settings: ShipSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.release import release_guide

    release_guide(settings)


if __name__ == "__main__":
    start("ship", ship, SURFACE, folderless=True)
