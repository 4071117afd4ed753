"""A dataset in a screenful: what to mend in it, and what it holds; for the terminal and for the report."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from neural_guide.data.audit.findings import MEND, NOTE, STOP, Finding
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.reporting.figure_layout import shorten
from neural_guide.reporting.inspection.tables import WANTED
from neural_guide.reporting.report_table import escape_markdown, format_number
from neural_guide.runtime.durations import format_duration

STYLES = {STOP: "bold red", MEND: "bold yellow", NOTE: "dim"}


def tabulate_findings(told: Sequence[Finding], most: int) -> Table:
    """The findings for a terminal, the first `most` of them."""
    table = Table(box=box.SIMPLE_HEAD, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for finding in told[:most]:
        fact = Text(finding.fact)
        if finding.remedy and finding.severity != NOTE:
            fact.append(f" {finding.remedy}", style="dim")
        table.add_row(Text(finding.severity, style=STYLES[finding.severity]), fact)
    if len(told) > most:
        table.add_row("", Text(f"and {len(told) - most} more in the report", style="dim"))
    return table


def findings_list(told: Sequence[Finding]) -> str:
    """The findings as a Markdown list, each with its remedy."""
    lines = [
        f"- **{finding.severity}**: {escape_markdown(finding.fact)}"
        + (f" *{escape_markdown(finding.remedy)}*" if finding.remedy else "")
        for finding in told
    ]
    return "\n".join(lines)


def facts_table(found: AuditResults, cost: Cost | None) -> Table:
    """The dataset at a glance, for a terminal."""
    table = Table(box=box.SIMPLE_HEAD, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, words in summarize_dataset(found, cost).items():
        table.add_row(Text(name, style="bold"), Text(words))
    return table


def facts_list(found: AuditResults, cost: Cost | None) -> str:
    """The dataset at a glance, as a Markdown table."""
    rows = [
        f"| {escape_markdown(name)} | {escape_markdown(words)} |"
        for name, words in summarize_dataset(found, cost).items()
    ]
    return "\n".join(["| | |", "| --- | --- |", *rows])


def summarize_dataset(found: AuditResults, cost: Cost | None) -> dict[str, str]:
    """What there is to say of the dataset in a few lines, by what it is about."""
    records, grids, arc = found.records, found.grids, found.arc
    pairs, tasks = found.tasks["by_pairs"], found.tasks["count"]
    most, least = found.labels[0], found.labels[-1]
    shares = {row.threshold: row.share for row in found.quality}
    per_task = f"{min(pairs)}" if len(pairs) == 1 else f"{min(pairs)} to {max(pairs)}"
    lengths = [f"{length}: {of['tasks'] / tasks:.0%}" for length, of in list(found.lengths.items())[:8]]

    def beside_arc(key: str) -> str:
        kinds = (f"{kind} {grids[kind][key]:.1f} (ARC-1: {arc[kind][key]:.1f})" for kind in ("inputs", "outputs"))
        return ", ".join(kinds)

    return {
        "records": f"{records['kept']:,} kept, {records['set_aside']:,} set aside",
        "tasks": f"{tasks:,}, of {per_task} pair{'s' if max(pairs) > 1 else ''}",
        "labels": f"{len(found.labels):,}: {shorten(most.name, 24)} in {most.tasks / tasks:.1%} of the tasks"
        + (f" ... {shorten(least.name, 24)} in {least.tasks / tasks:.1%}" if len(found.labels) > 1 else ""),
        "program length": ", ".join(lengths) + (", ..." if len(found.lengths) > len(lengths) else ""),
        "quality": ", ".join(f">= {at}: {shares[at]:.0%}" for at in (0.5, *WANTED)),
        "mean side, cells": beside_arc("mean_side"),
        "colours": beside_arc("mean_colours"),
        "copies": f"{found.copies['exact'].records:,} records repeat a pair, {found.copies['near'].records:,} more up "
        f"to symmetry and colours; {found.equal['records']:,} with input = output",
        "splits": ", ".join(f"{name} {of['tasks']:,}" for name, of in found.splits.items()) + " tasks",
        **({} if cost is None else _cost_words(cost)),
    }


def cost_list(cost: Cost) -> str:
    """What training would take here, as a Markdown list."""
    return "\n".join(
        f"- {escape_markdown(name)}: {escape_markdown(words)}" for name, words in _cost_words(cost).items()
    )


def _cost_words(cost: Cost) -> dict[str, str]:
    step = f"{cost.step_seconds * 1000:,.0f} ms"
    words = {
        "epoch, estimated": f"{format_duration(cost.epoch_seconds)}: {cost.batches:,} steps of {step}, "
        f"{cost.data_share:.0%} of it data; {cost.epochs} epochs take "
        f"{format_duration(cost.epochs * cost.epoch_seconds)}"
        + (f", and once {format_duration(cost.features_seconds)} for features" if cost.features_seconds else ""),
        "memory, estimated": f"{cost.memory_gib:.1f} GiB; this machine has {cost.memory_limit_gib:.1f} GiB",
    }
    if cost.load > cost.cores + 0.5:
        words["epoch, estimated"] += f". The machine was busy (load {cost.load:.1f} on {cost.cores} cores): likely less"
    if cost.gpu_memory_gib is not None:
        words["GPU memory, measured"] = f"{format_number(cost.gpu_memory_gib, 2)} GiB"
    return words
