"""The report of an inspection: findings first, then the measurements, with figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from neural_guide.data.audit.findings import Finding, format_verdict
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.data.store.store import Store
from neural_guide.reporting.inspection.figures import (
    draw_cooccurrence,
    draw_grids,
    draw_labels,
    draw_lengths_and_quality,
)
from neural_guide.reporting.inspection.samples import draw_groups, draw_leaks, draw_tasks
from neural_guide.reporting.inspection.summary import describe_cost, summarize_dataset
from neural_guide.reporting.inspection.tables import (
    tabulate_copies,
    tabulate_grids,
    tabulate_labels,
    tabulate_leaks,
    tabulate_program_lengths,
    tabulate_quality,
    tabulate_reasons,
)
from neural_guide.reporting.rendering import ReportFigure, collect_figures, save_figure, write_rendered
from neural_guide.reporting.report_table import ReportTable, tabulate_facts

CAPTIONS = {
    "labels": "Label frequencies",
    "together": "Labels used together",
    "lengths_quality": "Program lengths and quality",
    "grids": "Grid statistics beside ARC-1",
    "tasks": "Some tasks",
    "exact": "The same pairs",
    "near": "The same pairs up to symmetry and colours",
    "contradictions": "The same pair, other primitives",
    "leaks": "Leaks between splits",
    "equal": "Input equals output",
}
"""Captions of the figures by name; a figure without data is left out."""


@dataclass(frozen=True)
class InspectionContext:
    """Everything that the template `inspection.md` shows.

    Attributes:
        dataset: name of the file.
        verdict: the findings in a sentence.
        findings: the findings, worst first.
        summary: the dataset in a few lines, by topic.
        figures: figures by name; those without data are absent.
        reasons: why records were set aside; may have no rows.
        labels: label frequencies.
        hidden_labels: number of labels beyond the table.
        alias_inputs: number of inputs on which every primitive was executed; 0: none.
        has_aliases: true where primitives have the same effect, or none.
        lengths: tasks by program length.
        quality: records by quality threshold.
        grids: grid statistics beside ARC.
        copies: exact and near copies.
        split_sizes: tasks and records of each split.
        leaks: what splits share; may have no rows.
        cost: estimated cost of training; None where it could not be measured.
        cost_lines: the same in words, by name.
        facts: the command, versions and the like.
    """

    dataset: str
    verdict: str
    findings: Sequence[Finding]
    summary: Mapping[str, str]
    figures: Mapping[str, ReportFigure]
    reasons: ReportTable
    labels: ReportTable
    hidden_labels: int
    alias_inputs: int
    has_aliases: bool
    lengths: ReportTable
    quality: ReportTable
    grids: ReportTable
    copies: ReportTable
    split_sizes: Mapping[str, Mapping[str, int]]
    leaks: ReportTable
    cost: Cost | None
    cost_lines: Mapping[str, str]
    facts: ReportTable


def write_inspection_report(
    folder: Path,
    store: Store,
    results: AuditResults,
    cost: Cost | None,
    findings: Sequence[Finding],
    facts: Mapping[str, str],
) -> Path:
    """Write `report.md` and `figures/*.png` into the folder of a run.

    Args:
        folder: folder of the run.
        store: the data, for the grids that are drawn.
        results: measurements of the audit.
        cost: estimated cost of training; None where it could not be measured.
        findings: the findings, worst first.
        facts: the command, versions and the like, by name.

    Returns:
        The path of `report.md`, which appears whole or not at all.
    """
    labels, aliases = tabulate_labels(results), results.aliases
    context = InspectionContext(
        dataset=Path(store.violations.source).name,
        verdict=format_verdict(findings),
        findings=findings,
        summary=summarize_dataset(results, cost),
        figures={figure.name: figure for figure in collect_figures(_draw_figures(store, results), CAPTIONS)},
        reasons=tabulate_reasons(results),
        labels=labels,
        hidden_labels=len(results.labels) - len(labels.rows),
        alias_inputs=aliases["inputs"],
        has_aliases=bool(aliases["same_effect"] or aliases["no_effect"]),
        lengths=tabulate_program_lengths(results),
        quality=tabulate_quality(results),
        grids=tabulate_grids(results),
        copies=tabulate_copies(results),
        split_sizes=results.splits,
        leaks=tabulate_leaks(results),
        cost=cost,
        cost_lines={} if cost is None else describe_cost(cost),
        facts=tabulate_facts(facts),
    )
    for figure in context.figures.values():
        save_figure(figure, folder)
    return write_rendered(folder / "report.md", "inspection.md", context)


def _draw_figures(store: Store, results: AuditResults) -> dict[str, Figure | None]:
    """Every figure by name; None where there is no data for it."""
    equal = results.equal["examples"]
    return {
        "labels": draw_labels(results),
        "together": draw_cooccurrence(results),
        "lengths_quality": draw_lengths_and_quality(results),
        "grids": draw_grids(results),
        "tasks": draw_tasks(store),
        "exact": draw_groups(store, results.copies["exact"].examples),
        "near": draw_groups(store, results.copies["near"].examples),
        "contradictions": draw_groups(store, results.contradictions.examples),
        "leaks": draw_leaks(store, results),
        "equal": draw_groups(store, [equal] if equal else []),
    }
