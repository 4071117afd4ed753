"""What a sweep ends with: one table that compares its runs, those that failed among them."""

import json
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from neural_guide.command import FAILED, USAGE_EXIT
from neural_guide.reporting.tables import Compared, comparison_table


class CompareRuns(Callback):
    """Hydra calls this when all jobs of a multirun have ended, whatever launched them."""

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Print the comparison and write it into the sweep's folder; where a job failed, end with its exit code."""
        if tell(Path(config.hydra.sweep.dir)):
            raise SystemExit(USAGE_EXIT)


def tell(folder: Path) -> dict[str, str]:
    """Print the comparison of the runs below a folder and write it there; why jobs failed, by name."""
    runs, failed = read_runs(folder), read_failures(folder)
    if not runs and not failed:
        return failed
    lost = {f"{name} (failed)": _unmeasured(folder / name) for name in failed}
    table = comparison_table(dict(sorted({**runs, **lost}.items(), key=lambda item: _job(item[0]))))
    Console(width=None if Console().is_terminal else 140).print(table)
    told = "".join(f"- {name} failed: {why}\n" for name, why in failed.items())
    (folder / "comparison.md").write_text(f"{table.markdown()}\n{told}")
    print(f"{told}Comparison: {folder / 'comparison.md'}")
    return failed


def read_runs(folder: Path) -> dict[str, Compared]:
    """Configuration and metrics of each finished run below a sweep's folder, in the order of its jobs."""
    finished = [path.parent for path in folder.glob("*/metrics.json") if (path.parent / "config.yaml").exists()]
    return {
        run.name: {
            "config": _settings(run / "config.yaml"),
            "metrics": json.loads((run / "metrics.json").read_text()),
        }
        for run in sorted(finished, key=lambda run: _job(run.name))
    }


def read_failures(folder: Path) -> dict[str, str]:
    """Why each job failed that did, in one line, in the order of the jobs."""
    found = {path.parent.name: path.read_text().splitlines()[0] for path in folder.glob(f"*/{FAILED}")}
    return dict(sorted(found.items(), key=lambda item: _job(item[0])))


def _unmeasured(run: Path) -> Compared:
    """A run without metrics, with the settings that Hydra noted before it began."""
    written = run / ".hydra" / "config.yaml"
    return {"config": _settings(written) if written.exists() else {}, "metrics": {}}


def _job(name: str) -> tuple[int, str]:
    number = name.partition("_")[0]
    return (int(number) if number.isdigit() else 0, name)


def _settings(path: Path) -> dict[str, Any]:
    settings = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(settings, dict)
    return {str(name): value for name, value in settings.items()}
