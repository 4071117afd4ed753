"""The report of a run: `report.md` with its figures, and `report.html` that needs no other file."""

from pathlib import Path

from neural_guide.reporting.rendering import save_figure, write_rendered
from neural_guide.reporting.results import RunResults
from neural_guide.reporting.run.context import build_run_context


def write_run_report(folder: Path, results: RunResults) -> Path:
    """Write `report.md`, `figures/*.png` and `report.html` into the folder of a run.

    What was not measured is left out: results with metrics of one split and no history make the report
    of an evaluation. Each file appears whole or not at all.

    Returns:
        The path of `report.html`.
    """
    context = build_run_context(results, folder / "config.yaml")
    for figure in context.list_figures():
        save_figure(figure, folder)
    write_rendered(folder / "report.md", "run.md", context)
    return write_rendered(folder / "report.html", "run.html", context)
