"""The report of a comparison of priors: `report.md` with its figures, and `speedup.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from neural_guide.harness.effort import MEASURES, EffortComparison
from neural_guide.reporting.rendering import ReportFigure, save_figure, write_rendered
from neural_guide.reporting.report_table import ReportTable, tabulate_facts
from neural_guide.reporting.speedup.figures import draw_solved
from neural_guide.reporting.speedup.tables import tabulate_needs, tabulate_ratios, tabulate_summary
from neural_guide.runtime.atomic_files import replace_file


class GroupSection(NamedTuple):
    """A group of tasks and its tables, in reading order."""

    heading: str
    tables: Sequence[ReportTable]


@dataclass(frozen=True)
class SpeedupContext:
    """Everything that the template `speedup.md` shows.

    Attributes:
        summary: effort of the guide and ratios of the other priors at one share of the tasks.
        figures: share of solved tasks against the effort, one figure for each measure.
        groups: needs and ratios of each group of tasks.
        facts: the command, budget, versions and the like.
    """

    summary: ReportTable
    figures: Sequence[ReportFigure]
    groups: Sequence[GroupSection]
    facts: ReportTable


def write_speedup_report(folder: Path, comparisons: Sequence[EffortComparison], facts: Mapping[str, str]) -> Path:
    """Write `report.md`, `speedup.json` and `figures/solved_*.png` into the folder of a run.

    Args:
        folder: folder of the run; created if it is missing.
        comparisons: one for each group of tasks, one or more, in reading order.
        facts: the command, budget, versions and the like, by name.

    Returns:
        The path of `report.md`, which appears whole or not at all, like `speedup.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = SpeedupContext(
        summary=tabulate_summary(comparisons),
        figures=[
            ReportFigure(
                f"solved_{measure}", f"Share of tasks solved against {measure}", draw_solved(comparisons, measure)
            )
            for measure in MEASURES
        ],
        groups=[_build_group(comparison) for comparison in comparisons],
        facts=tabulate_facts(facts),
    )
    for figure in context.figures:
        save_figure(figure, folder)
    text = json.dumps(to_plain_values(comparisons, facts), indent=1, allow_nan=False) + "\n"
    with replace_file(folder / "speedup.json") as temporary:
        temporary.write_text(text, encoding="utf-8")
    return write_rendered(folder / "report.md", "speedup.md", context)


def to_plain_values(comparisons: Sequence[EffortComparison], facts: Mapping[str, str]) -> dict[str, Any]:
    """Every measurement as plain values for JSON; an unknown value is null."""
    groups = []
    for comparison in comparisons:
        efforts = {
            prior: {
                "solved": effort.solved.tolist(),
                "nodes": effort.get_lower_bounds("nodes").tolist(),
                "seconds": effort.get_lower_bounds("seconds").tolist(),
            }
            for prior, effort in comparison.efforts.items()
        }
        groups.append(
            {
                "group": comparison.group,
                "tasks": comparison.task_count,
                "needs": [vars(need) for need in comparison.quantiles],
                "ratios": [vars(ratio) for ratio in comparison.ratios],
                "efforts": efforts,
            }
        )
    return {"facts": dict(facts), "groups": groups}


def _build_group(comparison: EffortComparison) -> GroupSection:
    tables = [
        table
        for measure in MEASURES
        for table in (tabulate_needs(comparison, measure), tabulate_ratios(comparison, measure))
    ]
    heading = f"{comparison.group[0].upper()}{comparison.group[1:]} ({comparison.task_count:,} tasks)"
    return GroupSection(heading, tables)
