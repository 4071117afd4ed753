"""Explore tasks on a local page: the guide's predictions, and the search step by step.

python -m neural_guide.explore checkpoint=outputs/latest tasks=arc1-evaluation
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.explorer.settings import ExploreCommandSettings


def explore(settings: ExploreCommandSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.explorer.server import serve

    serve(settings)


if __name__ == "__main__":
    start("explore", explore, SURFACE, folderless=True)
