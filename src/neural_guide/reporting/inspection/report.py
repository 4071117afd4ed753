"""The report page of an inspection: what to mend first, then what was measured, with pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from neural_guide.data.audit.findings import Finding, format_verdict
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.data.store.store import Store
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.inspection.figures import (
    draw_grids,
    draw_labels,
    draw_lengths_and_quality,
    draw_together,
)
from neural_guide.reporting.inspection.samples import draw_groups, draw_leaks, draw_tasks
from neural_guide.reporting.inspection.summary import cost_list, facts_list, findings_list
from neural_guide.reporting.inspection.tables import (
    tabulate_copies,
    tabulate_grids,
    tabulate_labels,
    tabulate_leaks,
    tabulate_program_lengths,
    tabulate_quality,
    tabulate_reasons,
)
from neural_guide.reporting.report_table import Cell, ReportTable, escape_markdown
from neural_guide.runtime.atomic_files import replace_file


def write_inspection_report(
    folder: Path,
    store: Store,
    found: AuditResults,
    cost: Cost | None,
    told: Sequence[Finding],
    facts: Mapping[str, str],
) -> Path:
    """Write `report.md` and `figures/*.png` into the folder of a run.

    Args:
        folder: of the run.
        store: the data, for the grids that are drawn.
        found: what was measured.
        cost: what training would take; None where it could not be measured.
        told: the findings, worst first.
        facts: the command, versions and the like, by name.

    Returns:
        The path of `report.md`, which appears whole or not at all.
    """
    pictures = _pictures(folder / "figures", store, found)
    sections = [
        f"# What {escape_markdown(Path(store.violations.source).name)} is worth",
        f"**{format_verdict(told)}**",
        findings_list(told),
        "## At a glance",
        facts_list(found, cost),
        *_records(found),
        "## Labels",
        *pictures["labels"],
        tabulate_labels(found).markdown(),
        *_rest_of_labels(found),
        *pictures["together"],
        "## Program lengths and quality",
        *pictures["lengths_quality"],
        tabulate_program_lengths(found).markdown(),
        tabulate_quality(found).markdown(),
        "## Grids beside ARC",
        *pictures["grids"],
        tabulate_grids(found).markdown(),
        "## Some tasks",
        *pictures["tasks"],
        *_copies(found, pictures),
        *_leaks(found, pictures),
        *_cost(cost),
        "## Facts of the run",
        ReportTable(
            "Facts", ["fact", "value"], [[Cell(name), Cell(value)] for name, value in facts.items()]
        ).markdown(),
        "Resolved configuration: [config.yaml](config.yaml). Everything measured: [inspection.json](inspection.json).",
    ]
    report = folder / "report.md"
    with replace_file(report) as temporary:
        text = "\n\n".join(section.strip("\n") for section in sections if section) + "\n"
        temporary.write_text(text, encoding="utf-8")
    return report


def _pictures(folder: Path, store: Store, found: AuditResults) -> dict[str, list[str]]:
    """Each picture as Markdown, or nothing where there is nothing to draw."""
    near, exact = found.copies["near"].examples, found.copies["exact"].examples
    figures: dict[str, tuple[str, Figure | None]] = {
        "labels": ("Label frequencies", draw_labels(found)),
        "together": ("Labels used together", draw_together(found)),
        "lengths_quality": ("Program lengths and quality", draw_lengths_and_quality(found)),
        "grids": ("Grid statistics beside ARC-1", draw_grids(found)),
        "tasks": ("Some tasks", draw_tasks(store)),
        "exact": ("The same pairs", draw_groups(store, exact)),
        "near": ("The same pairs up to symmetry and colours", draw_groups(store, near)),
        "contradictions": ("The same pair, other primitives", draw_groups(store, found.contradictions.examples)),
        "leaks": ("Leaks between splits", draw_leaks(store, found)),
        "equal": ("Input equals output", draw_groups(store, _in_one(found.equal["examples"]))),
    }
    return {
        name: [] if figure is None else [_image(words, save_png(figure, folder / f"{name}.png"))]
        for name, (words, figure) in figures.items()
    }


def _in_one(records: Sequence[int]) -> list[Sequence[int]]:
    return [records] if records else []


def _records(found: AuditResults) -> list[str]:
    sheet = tabulate_reasons(found)
    return ["## Records set aside", sheet.markdown()] if sheet.rows else []


def _rest_of_labels(found: AuditResults) -> list[str]:
    blocks = []
    hidden = len(found.labels) - len(tabulate_labels(found).rows)
    if hidden:
        blocks.append(f"{hidden:,} rarer labels stand in [inspection.json](inspection.json).")
    aliases = found.aliases
    if aliases["inputs"]:
        alike = aliases["same_effect"] or aliases["no_effect"]
        told = "what is alike stands above" if alike else "no two give the same grids, and each changes some"
        blocks.append(f"Every primitive was executed on {aliases['inputs']:,} inputs of the data: {told}.")
    return blocks


def _copies(found: AuditResults, pictures: Mapping[str, list[str]]) -> list[str]:
    blocks = ["## Copies", tabulate_copies(found).markdown()]
    for name, heading in (
        ("exact", "The same pair more than once"),
        ("near", "The same up to symmetry and colours"),
        ("contradictions", "The same pair, other primitives"),
        ("equal", "Input equals output"),
    ):
        if pictures[name]:
            blocks += [f"### {heading}", *pictures[name]]
    return blocks


def _leaks(found: AuditResults, pictures: Mapping[str, list[str]]) -> list[str]:
    sizes = ", ".join(f"{name} {of['tasks']:,} tasks of {of['records']:,} records" for name, of in found.splits.items())
    blocks = ["## Splits and leaks", f"As `data.*` splits them: {sizes}."]
    if found.leaks:
        blocks.append(tabulate_leaks(found).markdown())
    return [*blocks, *pictures["leaks"]]


def _cost(cost: Cost | None) -> list[str]:
    if cost is None:
        return ["## Cost of training", "Not measured: there is nothing to train on, or too much; see the findings."]
    words = (
        f"Estimated from {cost.steps} real training steps of a throw-away network (median), batches gathered from "
        f"the store, on {escape_markdown(cost.machine)}. An epoch is its training steps and its validation. Memory is "
        "that of the process after the steps, plus the executed features of all records, which an epoch reads. "
        "Start-up, the store and the report come on top."
    )
    return ["## Cost of training", words, cost_list(cost)]


def _image(caption: str, path: Path) -> str:
    return f"![{escape_markdown(caption)}]({path.parent.name}/{path.name})"
