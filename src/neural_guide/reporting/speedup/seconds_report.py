"""The report of a comparison of priors in seconds: `report.md` with its figures, and `seconds.json`."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neural_guide.reporting.rendering import ReportFigure, save_figure, write_rendered
from neural_guide.reporting.report_table import ReportTable, tabulate_facts
from neural_guide.reporting.solve.curve import Needs, draw_curves, tabulate_curves
from neural_guide.runtime.atomic_files import replace_file


class SecondsGroup(NamedTuple):
    """A group of tasks: its name, and the seconds to each output by prior."""

    name: str
    needs: Mapping[str, Needs]


class _GroupSection(NamedTuple):
    heading: str
    table: ReportTable


@dataclass(frozen=True)
class SecondsContext:
    """Everything that the template `seconds.md` shows.

    Attributes:
        groups: outputs solved within some seconds, for each group of tasks.
        figures: curves of outputs against seconds.
        facts: the command, budget, versions and the like.
    """

    groups: list[_GroupSection]
    figures: list[ReportFigure]
    facts: ReportTable


def write_seconds_report(folder: Path, groups: list[SecondsGroup], drawn: list[str], facts: Mapping[str, str]) -> Path:
    """Write `report.md`, `seconds.json` and `figures/seconds_*.png` into the folder of a run.

    Args:
        folder: folder of the run; created if it is missing.
        groups: groups of tasks in reading order.
        drawn: names of the groups that get a figure.
        facts: the command, budget, versions and the like, by name.

    Returns:
        The path of `report.md`, which appears whole or not at all, like `seconds.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = [
        ReportFigure(f"seconds_{number}", f"Outputs solved against seconds: {group.name}", draw_curves(group.needs))
        for number, group in enumerate(group for group in groups if group.name in drawn)
    ]
    for figure in figures:
        save_figure(figure, folder)
    sections = [_GroupSection(group.name, tabulate_curves(group.needs)) for group in groups]
    with replace_file(folder / "seconds.json") as temporary:
        temporary.write_text(json.dumps(_to_plain_values(groups), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return write_rendered(folder / "report.md", "seconds.md", SecondsContext(sections, figures, tabulate_facts(facts)))


def _to_plain_values(groups: list[SecondsGroup]) -> dict[str, dict[str, dict[str, float | None]]]:
    """Seconds to each output by group, prior and output; null for one that is not solved."""
    return {
        group.name: {
            prior: {
                f"{task} {output}": second if math.isfinite(second) else None
                for (task, output), second in needs.items()
            }
            for prior, needs in group.needs.items()
        }
        for group in groups
    }
