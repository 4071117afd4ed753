"""Explore tasks on a local page: what the guide predicts, and how the search proceeds.

python -m neural_guide.explore checkpoint=outputs/latest tasks=arc1-evaluation
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.explorer.settings import ExploreCommandSettings


def explore(settings: ExploreCommandSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Import what is heavy once the settings are known to be right, and run."""
    from neural_guide.explorer.server import serve

    serve(settings)


if __name__ == "__main__":
    start("explore", explore, SURFACE, folderless=True)
