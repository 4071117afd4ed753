"""Ship a trained guide with the repository: its weights, its card and its figures.

python -m neural_guide.ship checkpoint=outputs/latest
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.experiment.settings import ShipSettings


def ship(settings: ShipSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Import what is heavy once the settings are known to be right, and run."""
    from neural_guide.experiment.release import release_guide

    release_guide(settings)


if __name__ == "__main__":
    start("ship", ship, SURFACE, folderless=True)
