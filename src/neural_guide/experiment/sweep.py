"""Comparison of runs: those of a sweep, which ends with one table of all, or any others."""

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
    """Print and write the comparison of the runs below a folder; return why jobs failed, by name."""
    runs, failures = read_runs(find_finished_runs(folder)), read_failures(folder)
    failed_runs = {f"{name} (failed)": _read_unfinished(folder / name) for name in failures}
    if runs or failed_runs:
        in_order = dict(sorted({**runs, **failed_runs}.items(), key=lambda item: _job_order(item[0])))
        report_comparison(folder, in_order, {name: f"failed: {reason}" for name, reason in failures.items()})
    return failures


def report_comparison(folder: Path, runs: Mapping[str, ComparedRun], notes: Mapping[str, str] | None = None) -> None:
    """Print the comparison of runs and write it into a folder.

    Args:
        folder: to write to.
        runs: by name.
        notes: what happened to runs that are not compared, by name.
    """
    from neural_guide.reporting.comparison.report import write_comparison  # every command imports this module

    lines = [f"{name} {reason}" for name, reason in (notes or {}).items()]
    path = write_comparison(folder, runs, lines)
    Console(width=None if Console().is_terminal else 140).print(tabulate_comparison(runs))
    print("".join(f"- {line}\n" for line in lines) + f"Comparison: {path}")


def compare_runs(paths: Sequence[str], folder: Path) -> None:
    """Write the comparison of the runs that were named into a folder: one table and a page of pictures."""
    runs, set_aside = choose_runs(paths)
    report_comparison(folder, read_runs(runs), set_aside)


def choose_runs(paths: Sequence[str]) -> tuple[list[Path], dict[str, str]]:
    """Folders of the finished runs that were named, themselves or by a folder that holds them; and what is set aside.

    A pattern such as `outputs/train/*` also names runs that were refused or stopped: those are set aside, by name and
    reason.

    Raises:
        UserError: no path, or no finished run at all.
    """
    if not paths:
        raise UserError(
            "Name the runs: python -m neural_guide.compare outputs/train/... outputs/train/..., or a sweep."
        )
    by_path = {path: [Path(path)] if _is_finished(Path(path)) else find_finished_runs(Path(path)) for path in paths}
    runs = [run for folders in by_path.values() for run in folders]
    if not runs:
        raise UserError(f"{paths[0]} {UNFINISHED} Name the folder of a run or of a sweep, e.g. one under outputs/.")
    return list(dict.fromkeys(runs)), {path: UNFINISHED for path, folders in by_path.items() if not folders}


def find_finished_runs(folder: Path) -> list[Path]:
    """The finished runs in a sweep's folder, in the order of its jobs."""
    runs = (path.parent for path in folder.glob("*/metrics.json") if _is_finished(path.parent))
    return sorted(runs, key=lambda run: _job_order(run.name))


def read_runs(folders: Sequence[Path]) -> dict[str, ComparedRun]:
    """Configuration, metrics and log of finished runs, by names that tell them apart."""
    names = [folder.name for folder in folders]
    unique = [name if names.count(name) == 1 else str(folder) for name, folder in zip(names, folders, strict=True)]
    return {name: _read(folder) for name, folder in zip(unique, folders, strict=True)}


def read_failures(folder: Path) -> dict[str, str]:
    """The reason of each failed job, in one line, in the order of the jobs."""
    reasons = {
        path.parent.name: path.read_text(encoding="utf-8").splitlines()[0] for path in folder.glob(f"*/{FAILED}")
    }
    return dict(sorted(reasons.items(), key=lambda item: _job_order(item[0])))


def _read(folder: Path) -> ComparedRun:
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        config = _read_config(folder / "config.yaml")
    except Exception as error:  # the parsers have errors of their own
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"{folder} cannot be compared: its config.yaml or metrics.json is damaged ({reason})."
        ) from None
    if not isinstance(metrics, dict):
        raise UserError(f"{folder} cannot be compared: its metrics.json is no run's.")
    return {"config": config, "metrics": metrics, "history": folder / "metrics.csv"}


def _read_unfinished(run: Path) -> ComparedRun:
    """A run without metrics, with the settings that Hydra recorded before it began."""
    path = run / ".hydra" / "config.yaml"
    return {"config": _read_config(path) if path.exists() else {}, "metrics": {}, "history": run / "metrics.csv"}


def _read_config(path: Path) -> dict[str, Any]:
    try:
        return {str(name): value for name, value in read_settings(path).items()}
    except UserError as error:
        raise UserError(f"{path.parent} cannot be compared: {error}") from None


def _is_finished(folder: Path) -> bool:
    return (folder / "metrics.json").is_file() and (folder / "config.yaml").is_file()


def _job_order(name: str) -> tuple[int, str]:
    number = name.partition("_")[0]
    return (int(number) if number.isdigit() else 0, name)
