"""The report of a comparison of priors: tables, pictures and everything as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_guide.harness.effort import MEASURES, EffortComparison
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.report_table import Cell, ReportTable
from neural_guide.reporting.speedup.figures import draw_solved
from neural_guide.reporting.speedup.tables import tabulate_needs, tabulate_ratios, tabulate_summary
from neural_guide.runtime.atomic_files import replace_file

EXPLAINED = (
    "Shares are of all tasks of a group: an unsolved task is one that takes longer than what was spent on it. "
    "`>` is a lower bound, where the budget ended first; a ratio above 1 says that the guide needs less. In "
    "brackets the 95 % interval of a paired bootstrap over tasks; `?` where its upper end lies beyond the budget, a "
    "dash where the guide itself does not solve the share."
)


def write_speedup_report(folder: Path, comparisons: Sequence[EffortComparison], facts: Mapping[str, str]) -> Path:
    """Write `report.md`, `speedup.json` and `figures/solved_*.png` into the folder of a run.

    Args:
        folder: of the run; made where it is missing.
        comparisons: one a group of tasks, one or more, in reading order.
        facts: the command, budget, versions and the like, by name.

    Returns:
        The path of `report.md`, which appears whole or not at all, like `speedup.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [
        save_png(draw_solved(comparisons, measure), folder / "figures" / f"solved_{measure}.png")
        for measure in MEASURES
    ]
    summary = tabulate_summary(comparisons)
    sections = [
        "# How much sooner the guide solves tasks",
        f"{summary.title}:",
        summary.markdown(),
        EXPLAINED,
        *map(_image, pictures),
        *(block for comparison in comparisons for block in _group(comparison)),
        "## Facts of the run",
        ReportTable(
            "Facts", ["fact", "value"], [[Cell(name), Cell(value)] for name, value in facts.items()]
        ).markdown(),
        "Everything measured, task by task: [speedup.json](speedup.json).",
    ]
    _write(folder / "speedup.json", json.dumps(to_plain_values(comparisons, facts), indent=1, allow_nan=False) + "\n")
    _write(folder / "report.md", "\n\n".join(section.strip("\n") for section in sections) + "\n")
    return folder / "report.md"


def to_plain_values(comparisons: Sequence[EffortComparison], facts: Mapping[str, str]) -> dict[str, Any]:
    """Everything as plain values for JSON; a value that is not known is null."""
    groups = []
    for one in comparisons:
        efforts = {
            prior: {
                "solved": effort.solved.tolist(),
                "nodes": effort.get_lower_bounds("nodes").tolist(),
                "seconds": effort.get_lower_bounds("seconds").tolist(),
            }
            for prior, effort in one.efforts.items()
        }
        needs, ratios = [vars(need) for need in one.quantiles], [vars(ratio) for ratio in one.ratios]
        groups.append(
            {"group": one.group, "tasks": one.task_count, "needs": needs, "ratios": ratios, "efforts": efforts}
        )
    return {"facts": dict(facts), "groups": groups}


def _group(comparison: EffortComparison) -> list[str]:
    blocks = [f"## {comparison.group[0].upper()}{comparison.group[1:]} ({comparison.task_count:,} tasks)"]
    for measure in MEASURES:
        blocks += [tabulate_needs(comparison, measure).markdown(), tabulate_ratios(comparison, measure).markdown()]
    return blocks


def _image(path: Path) -> str:
    measure = path.stem.removeprefix("solved_")
    return f"![Share of tasks solved against {measure}]({path.parent.name}/{path.name})"


def _write(path: Path, text: str) -> None:
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
