"""Compare runs: python -m neural_guide.compare outputs/train/A outputs/train/B ..., or the folder of a sweep."""

from pathlib import Path

from neural_guide.app.command import start
from neural_guide.config import Config
from neural_guide.experiment.sweep import chosen_runs, read_runs, tell_comparison


def compare(config: Config, folder: Path) -> None:
    """One table and a page of pictures: loss, F1, time, memory and cost by what differed."""
    chosen, aside = chosen_runs(config.runs)
    tell_comparison(folder, read_runs(chosen), aside)


if __name__ == "__main__":
    start("compare", compare, file_key="runs", many=True)
