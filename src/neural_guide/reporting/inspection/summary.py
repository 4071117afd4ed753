"""A dataset in a screenful: its findings and its contents, for the terminal and for the report."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from neural_guide.data.audit.findings import MEND, NOTE, STOP, Finding
from neural_guide.data.audit.results import AuditResults, Cost
from neural_guide.reporting.figure_layout import shorten
from neural_guide.reporting.inspection.tables import REQUESTED
from neural_guide.reporting.report_table import format_number
from neural_guide.runtime.durations import format_duration

STYLES = {STOP: "bold red", MEND: "bold yellow", NOTE: "dim"}


def tabulate_findings(findings: Sequence[Finding], limit: int) -> Table:
    """The first `limit` findings for a terminal."""
    table = _start_table()
    for finding in findings[:limit]:
        fact = Text(finding.fact)
        if finding.remedy and finding.severity != NOTE:
            fact.append(f" {finding.remedy}", style="dim")
        table.add_row(Text(finding.severity, style=STYLES[finding.severity]), fact)
    if len(findings) > limit:
        table.add_row("", Text(f"and {len(findings) - limit} more in the report", style="dim"))
    return table


def tabulate_summary(results: AuditResults, cost: Cost | None) -> Table:
    """The dataset at a glance, for a terminal."""
    table = _start_table()
    for topic, words in summarize_dataset(results, cost).items():
        table.add_row(Text(topic, style="bold"), Text(words))
    return table


def _start_table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    return table


def summarize_dataset(results: AuditResults, cost: Cost | None) -> dict[str, str]:
    """The dataset in a few lines, by topic."""
    records, grids, arc = results.records, results.grids, results.arc
    pairs, tasks = results.tasks["by_pairs"], results.tasks["count"]
    most, least = results.labels[0], results.labels[-1]
    shares = {row.threshold: row.share for row in results.quality}
    per_task = f"{min(pairs)}" if len(pairs) == 1 else f"{min(pairs)} to {max(pairs)}"
    lengths = [f"{length}: {counts['tasks'] / tasks:.0%}" for length, counts in list(results.lengths.items())[:8]]

    def compare_with_arc(key: str) -> str:
        sides = (f"{side} {grids[side][key]:.1f} (ARC-1: {arc[side][key]:.1f})" for side in ("inputs", "outputs"))
        return ", ".join(sides)

    return {
        "records": f"{records['kept']:,} kept, {records['set_aside']:,} set aside",
        "tasks": f"{tasks:,}, of {per_task} pair{'s' if max(pairs) > 1 else ''}",
        "labels": f"{len(results.labels):,}: {shorten(most.name, 24)} in {most.tasks / tasks:.1%} of the tasks"
        + (f" ... {shorten(least.name, 24)} in {least.tasks / tasks:.1%}" if len(results.labels) > 1 else ""),
        "program length": ", ".join(lengths) + (", ..." if len(results.lengths) > len(lengths) else ""),
        "quality": ", ".join(f">= {threshold}: {shares[threshold]:.0%}" for threshold in (0.5, *REQUESTED)),
        "mean side, cells": compare_with_arc("mean_side"),
        "colours": compare_with_arc("mean_colours"),
        "copies": f"{results.copies['exact'].records:,} records repeat a pair, {results.copies['near'].records:,} more "
        f"up to symmetry and colours; {results.equal['records']:,} with input = output",
        "splits": ", ".join(f"{name} {counts['tasks']:,}" for name, counts in results.splits.items()) + " tasks",
        **({} if cost is None else describe_cost(cost)),
    }


def describe_cost(cost: Cost) -> dict[str, str]:
    """The estimated cost of training, in words, by name."""
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
