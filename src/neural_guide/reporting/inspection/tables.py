"""Tables of the contents of a dataset, for its report."""

from collections.abc import Sequence

from neural_guide.data.audit.results import AuditResults
from neural_guide.reporting.figure_layout import shorten
from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable

REQUESTED = {0.7: 50_000, 0.8: 15_000, 0.85: 20_000, 0.9: 15_000}
"""Number of records that conf/experiment requests, by quality threshold."""
EQUALITIES = {"pair": "the same pair", "near": "the same pair up to symmetry and colours", "input": "the same input"}
MAX_ROWS = 60  # of a table in the report


def tabulate_labels(results: AuditResults) -> ReportTable:
    """The frequency of every label, in total and by split."""
    tasks = max(results.tasks["count"], 1)
    rows = [
        [
            Cell(label.name),
            *(Cell(f"{count:,}") for count in (label.tasks, label.records)),
            Cell(f"{label.tasks / tasks:.1%}"),
            *(Cell(f"{count:,}") for count in (label.train, label.val, label.test)),
        ]
        for label in results.labels[:MAX_ROWS]
    ]
    return ReportTable("Labels", ["label", "tasks", "records", "share", "train", "val", "test"], rows)


def tabulate_reasons(results: AuditResults) -> ReportTable:
    """The reasons why records were set aside, with the first example of each."""
    rows = [
        [Cell(reason["rule"]), Cell(f"{reason['count']:,}"), Cell(_describe_first(reason["examples"]))]
        for reason in results.records["reasons"]
    ]
    return ReportTable("Set aside", ["rule", "records", "first"], rows)


def _describe_first(examples: Sequence[dict[str, object]]) -> str:
    if not examples:
        return NO_VALUE
    first = examples[0]
    return f"record {first['record']:,} (byte {first['byte']:,}): {shorten(str(first['fact']), 90)}"


def tabulate_program_lengths(results: AuditResults) -> ReportTable:
    """Tasks by program length."""
    tasks = max(results.tasks["count"], 1)
    rows = [
        [
            Cell(str(length)),
            Cell(f"{counts['tasks']:,}"),
            Cell(f"{counts['records']:,}"),
            Cell(f"{counts['tasks'] / tasks:.1%}"),
        ]
        for length, counts in results.lengths.items()
    ]
    return ReportTable("Program lengths", ["primitives", "tasks", "records", "share"], rows[:MAX_ROWS])


def tabulate_quality(results: AuditResults) -> ReportTable:
    """Records at each quality threshold, beside the number that the shipped experiments request."""
    rows = []
    for row in results.quality:
        count = REQUESTED.get(row.threshold)
        request = NO_VALUE if count is None else f"{count:,} ({'there' if row.records >= count else 'too few'})"
        rows.append(
            [
                Cell(f"{row.threshold:.2f}"),
                Cell(f"{row.records:,}"),
                Cell(f"{row.share:.1%}"),
                Cell(f"{row.tasks:,}"),
                Cell(request),
            ]
        )
    headers = ["quality >=", "records", "share", "tasks", "asked for by conf/experiment"]
    return ReportTable("Quality", headers, rows)


def tabulate_grids(results: AuditResults) -> ReportTable:
    """Grid statistics beside those of ARC-1 training."""
    data, arc = results.grids, results.arc
    rows = []
    for side in ("inputs", "outputs"):
        for key, label, template in (
            ("mean_side", "mean side (cells)", "{:.1f}"),
            ("side_quartiles", "side quartiles (cells)", "{}"),
            ("mean_colours", "colours", "{:.2f}"),
            ("mean_background", "background", "{:.0%}"),
        ):
            cells = [Cell(template.format(_join_list(grids[side][key]))) for grids in (data, arc)]
            rows.append([Cell(f"{side}: {label}"), *cells])
    for key, label in (
        ("same_size", "pairs of one size"),
        ("smaller", "output with fewer cells"),
        ("larger", "output with more cells"),
        ("equal", "output equals input"),
        ("mean_changed", "cells that change, in pairs of one size"),
    ):
        rows.append([Cell(label), *(Cell(f"{grids[key]:.1%}") for grids in (data, arc))])
    return ReportTable("Grids", ["", "this dataset", "ARC-1 training"], rows)


def tabulate_copies(results: AuditResults) -> ReportTable:
    """Exact and near copies."""
    labels = {"exact": EQUALITIES["pair"], "near": EQUALITIES["near"]}
    rows = [
        [
            Cell(labels[kind]),
            *(Cell(f"{count:,}") for count in (copies.records, copies.groups, copies.largest, copies.within_tasks)),
        ]
        for kind, copies in results.copies.items()
    ]
    return ReportTable("Copies", ["", "records too many", "groups", "largest group", "of them within a task"], rows)


def tabulate_leaks(results: AuditResults) -> ReportTable:
    """Records that two splits share."""
    rows = [
        [
            Cell(f"{leak.split} in {leak.known}"),
            Cell(EQUALITIES[leak.kind]),
            Cell(f"{leak.records:,}"),
            Cell(f"{leak.share:.1%}"),
        ]
        for leak in results.leaks
    ]
    return ReportTable("Leaks", ["splits", "what is the same", "records", "share"], rows)


def _join_list(value: object) -> object:
    return " / ".join(map(str, value)) if isinstance(value, list) else value
