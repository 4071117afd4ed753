"""Compare runs side by side: loss, F1, time, memory and cost, by the settings that differ.

python -m neural_guide.compare outputs/train/A outputs/train/B outputs/sweep/C
"""

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.config import SURFACE, CompareSettings


def compare(settings: CompareSettings, invocation: Invocation) -> None:
    """Import heavy modules after the settings are checked, and run."""
    from neural_guide.experiment.sweep import compare_runs

    compare_runs(settings.runs, invocation.folder)


if __name__ == "__main__":
    start("compare", compare, SURFACE, file_key="runs", many=True)
