"""Generate a dataset of synthetic tasks.

python -m neural_guide.generate data.path=small.json generate.samples=4000 seed=7
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE
from neural_guide.data.generation.settings import GenerateSettings
from neural_guide.runtime.ray_cluster import RAY, require_ray


def generate(settings: GenerateSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    if settings.generate.processes == RAY:
        require_ray("generate.processes=ray")
    from neural_guide.data.generation.dataset import write_dataset

    write_dataset(settings, invocation)


if __name__ == "__main__":
    start("generate", generate, SURFACE)
