"""What a sweep ends with: one table that compares its runs."""

import json
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from neural_guide.reporting.tables import Compared, comparison_table


class CompareRuns(Callback):
    """Hydra calls this when all jobs of a multirun have ended, whatever launched them."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Print the comparison and write it into the sweep's folder."""
        folder = Path(config.hydra.sweep.dir)
        runs = read_runs(folder)
        if not runs:
            return
        table = comparison_table(runs)
        Console(width=None if Console().is_terminal else 140).print(table)
        (folder / "comparison.md").write_text(table.markdown() + "\n")
        print(f"Comparison: {folder / 'comparison.md'}")


def read_runs(folder: Path) -> dict[str, Compared]:
    """Configuration and metrics of each finished run below a sweep's folder, in the order of its jobs."""
    finished = [path.parent for path in folder.glob("*/metrics.json") if (path.parent / "config.yaml").exists()]
    return {
        run.name: {
            "config": _settings(run / "config.yaml"),
            "metrics": json.loads((run / "metrics.json").read_text()),
        }
        for run in sorted(finished, key=_job)
    }


def _job(run: Path) -> tuple[int, str]:
    number = run.name.partition("_")[0]
    return (int(number) if number.isdigit() else 0, run.name)


def _settings(path: Path) -> dict[str, Any]:
    settings = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(settings, dict)
    return {str(name): value for name, value in settings.items()}
