"""Runs that are looked at together: those of a sweep, which ends with one table that compares them, or any others."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from neural_guide.app.command import FAILED
from neural_guide.app.settings_files import read_settings
from neural_guide.errors import UserError
from neural_guide.reporting.comparison.table import ComparedRun, tabulate_comparison

UNFINISHED = "holds no finished run, which has config.yaml and metrics.json."


def report_sweep(folder: Path) -> dict[str, str]:
    """Print the comparison of the runs below a folder and write it there; why jobs failed, by name."""
    runs, failed = read_runs(finished_runs(folder)), read_failures(folder)
    lost = {f"{name} (failed)": _unmeasured(folder / name) for name in failed}
    if runs or lost:
        together = dict(sorted({**runs, **lost}.items(), key=lambda item: _job(item[0])))
        report_comparison(folder, together, {name: f"failed: {why}" for name, why in failed.items()})
    return failed


def report_comparison(folder: Path, runs: Mapping[str, ComparedRun], others: Mapping[str, str] | None = None) -> None:
    """Print the comparison of runs, and what became of others, and write it into a folder."""
    from neural_guide.reporting.comparison.report import write_comparison  # every command imports this module

    Console(width=None if Console().is_terminal else 140).print(tabulate_comparison(runs))
    told = [f"{name} {why}" for name, why in (others or {}).items()]
    print("".join(f"- {each}\n" for each in told) + f"Comparison: {write_comparison(folder, runs, told)}")


def compare_runs(paths: Sequence[str], folder: Path) -> None:
    """Write the comparison of the runs that were named into a folder: one table and a page of pictures."""
    chosen, aside = chosen_runs(paths)
    report_comparison(folder, read_runs(chosen), aside)


def chosen_runs(paths: Sequence[str]) -> tuple[list[Path], dict[str, str]]:
    """Folders of the finished runs that were named, themselves or by a folder that holds them; and what was set aside.

    A pattern such as `outputs/train/*` names runs that were refused or stopped, too: set aside, by name and why.

    Raises:
        UserError: no path, or no finished run at all.
    """
    if not paths:
        raise UserError(
            "Name the runs: python -m neural_guide.compare outputs/train/... outputs/train/..., or a sweep."
        )
    found = {path: [Path(path)] if _is_finished(Path(path)) else finished_runs(Path(path)) for path in paths}
    runs = [run for folders in found.values() for run in folders]
    if not runs:
        raise UserError(f"{paths[0]} {UNFINISHED} Name the folder of a run or of a sweep, e.g. one under outputs/.")
    return list(dict.fromkeys(runs)), {path: UNFINISHED for path, folders in found.items() if not folders}


def finished_runs(folder: Path) -> list[Path]:
    """The finished runs in a sweep's folder, in the order of its jobs."""
    found = (path.parent for path in folder.glob("*/metrics.json") if _is_finished(path.parent))
    return sorted(found, key=lambda run: _job(run.name))


def read_runs(folders: Sequence[Path]) -> dict[str, ComparedRun]:
    """Configuration, metrics and log of finished runs, by names that tell them apart."""
    names = [folder.name for folder in folders]
    told_apart = [name if names.count(name) == 1 else str(folder) for name, folder in zip(names, folders, strict=True)]
    return {name: _read(folder) for name, folder in zip(told_apart, folders, strict=True)}


def read_failures(folder: Path) -> dict[str, str]:
    """Why each job failed that did, in one line, in the order of the jobs."""
    found = {path.parent.name: path.read_text().splitlines()[0] for path in folder.glob(f"*/{FAILED}")}
    return dict(sorted(found.items(), key=lambda item: _job(item[0])))


def _read(folder: Path) -> ComparedRun:
    try:
        metrics = json.loads((folder / "metrics.json").read_text())
        config = _settings(folder / "config.yaml")
    except Exception as error:  # the parsers have errors of their own
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{folder} cannot be compared: its config.yaml or metrics.json is damaged ({reason})."
        ) from None
    if not isinstance(metrics, dict):
        raise UserError(f"{folder} cannot be compared: its metrics.json is no run's.")
    return {"config": config, "metrics": metrics, "history": folder / "metrics.csv"}


def _unmeasured(run: Path) -> ComparedRun:
    """A run without metrics, with the settings that Hydra noted before it began."""
    written = run / ".hydra" / "config.yaml"
    return {"config": _settings(written) if written.exists() else {}, "metrics": {}, "history": run / "metrics.csv"}


def _settings(path: Path) -> dict[str, Any]:
    try:
        return {str(name): value for name, value in read_settings(path).items()}
    except UserError as error:
        raise UserError(f"{path.parent} cannot be compared: {error}") from None


def _is_finished(folder: Path) -> bool:
    return (folder / "metrics.json").is_file() and (folder / "config.yaml").is_file()


def _job(name: str) -> tuple[int, str]:
    number = name.partition("_")[0]
    return (int(number) if number.isdigit() else 0, name)
