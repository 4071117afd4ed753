"""Make a folder that solves tasks without a network.

python -m neural_guide.bundle
python -m neural_guide.bundle checkpoint=outputs/latest
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.deploy.bundle.settings import BundleCommandSettings


def bundle(settings: BundleCommandSettings, invocation: Invocation) -> None:  # noqa: ARG001 - it leaves no run folder
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.deploy.bundle.build import build_bundle

    build_bundle(settings)


if __name__ == "__main__":
    start("bundle", bundle, SURFACE, folderless=True)
