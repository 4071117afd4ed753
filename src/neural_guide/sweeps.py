"""Runs that are looked at together: those of a sweep, which ends with one table that compares them, or any others."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from neural_guide.errors import UserError
from neural_guide.reporting.comparison import Compared, comparison_table
from neural_guide.reporting.comparison_report import write_comparison


class CompareRuns(Callback):
    """Hydra calls this when all jobs of a multirun have ended, whatever launched them."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Print the comparison and write it into the sweep's folder."""
        folder = Path(config.hydra.sweep.dir)
        finished = finished_runs(folder)
        if finished:
            tell_comparison(folder, read_runs(finished))


def tell_comparison(folder: Path, runs: dict[str, Compared]) -> None:
    """Print the comparison of runs and write it into a folder."""
    Console(width=None if Console().is_terminal else 140).print(comparison_table(runs))
    print(f"Comparison: {write_comparison(folder, runs)}")


def chosen_runs(paths: Sequence[str]) -> list[Path]:
    """Folders of the finished runs that were named, themselves or by a folder that holds them.

    Raises:
        UserError: no path, or one where there is no finished run.
    """
    if not paths:
        raise UserError(
            "Name the runs: python -m neural_guide.compare outputs/train/... outputs/train/..., or a sweep."
        )
    found: list[Path] = []
    for path in map(Path, paths):
        runs = [path] if _is_finished(path) else finished_runs(path)
        if not runs:
            raise UserError(
                f"{path} holds no finished run, which has config.yaml and metrics.json. Name the folder of a run or of "
                "a sweep, e.g. one under outputs/."
            )
        found += runs
    return list(dict.fromkeys(found))


def finished_runs(folder: Path) -> list[Path]:
    """The finished runs in a sweep's folder, in the order of its jobs."""
    return sorted((path.parent for path in folder.glob("*/metrics.json") if _is_finished(path.parent)), key=_job)


def read_runs(folders: Sequence[Path]) -> dict[str, Compared]:
    """Configuration, metrics and log of finished runs, by names that tell them apart."""
    names = [folder.name for folder in folders]
    told_apart = [name if names.count(name) == 1 else str(folder) for name, folder in zip(names, folders, strict=True)]
    return {name: _read(folder) for name, folder in zip(told_apart, folders, strict=True)}


def _read(folder: Path) -> Compared:
    try:
        metrics = json.loads((folder / "metrics.json").read_text())
        settings = OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"))
    except Exception as error:  # the parsers have errors of their own
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{folder} cannot be compared: its config.yaml or metrics.json is damaged ({reason})."
        ) from None
    if not isinstance(metrics, dict) or not isinstance(settings, dict):
        raise UserError(f"{folder} cannot be compared: its config.yaml or metrics.json is no run's.")
    config = {str(name): value for name, value in settings.items()}
    return {"config": config, "metrics": metrics, "history": folder / "metrics.csv"}


def _is_finished(folder: Path) -> bool:
    return (folder / "metrics.json").is_file() and (folder / "config.yaml").is_file()


def _job(run: Path) -> tuple[int, str]:
    number = run.name.partition("_")[0]
    return (int(number) if number.isdigit() else 0, run.name)
