"""Tables of what a dataset holds, for its report."""

from collections.abc import Sequence

from neural_guide.data.audit.results import AuditResults
from neural_guide.reporting.figure_layout import shorten
from neural_guide.reporting.report_table import NO_VALUE, Cell, ReportTable

WANTED = {0.7: 50_000, 0.8: 15_000, 0.85: 20_000, 0.9: 15_000}  # records that conf/experiment asks for
SAME = {"pair": "the same pair", "near": "the same pair up to symmetry and colours", "input": "the same input"}
MOST_ROWS = 60  # of a table in the report


def tabulate_labels(found: AuditResults) -> ReportTable:
    """Every label: how often, and in which splits."""
    tasks = max(found.tasks["count"], 1)
    rows = [
        [
            Cell(label.name),
            *(Cell(f"{count:,}") for count in (label.tasks, label.records)),
            Cell(f"{label.tasks / tasks:.1%}"),
            *(Cell(f"{count:,}") for count in (label.train, label.val, label.test)),
        ]
        for label in found.labels[:MOST_ROWS]
    ]
    return ReportTable("Labels", ["label", "tasks", "records", "share", "train", "val", "test"], rows)


def tabulate_reasons(found: AuditResults) -> ReportTable:
    """Why records were set aside, with the first examples of each reason."""
    rows = [
        [Cell(reason["rule"]), Cell(f"{reason['count']:,}"), Cell(_example(reason["examples"]))]
        for reason in found.records["reasons"]
    ]
    return ReportTable("Set aside", ["rule", "records", "first"], rows)


def _example(examples: Sequence[dict[str, object]]) -> str:
    if not examples:
        return NO_VALUE
    first = examples[0]
    return f"record {first['record']:,} (byte {first['byte']:,}): {shorten(str(first['fact']), 90)}"


def tabulate_program_lengths(found: AuditResults) -> ReportTable:
    """Tasks by program length."""
    tasks = max(found.tasks["count"], 1)
    rows = [
        [Cell(str(length)), Cell(f"{of['tasks']:,}"), Cell(f"{of['records']:,}"), Cell(f"{of['tasks'] / tasks:.1%}")]
        for length, of in found.lengths.items()
    ]
    return ReportTable("Program lengths", ["primitives", "tasks", "records", "share"], rows[:MOST_ROWS])


def tabulate_quality(found: AuditResults) -> ReportTable:
    """Records at each quality threshold, beside what the shipped experiments ask for."""
    rows = []
    for row in found.quality:
        wanted = WANTED.get(row.threshold)
        asked = NO_VALUE if wanted is None else f"{wanted:,} ({'there' if row.records >= wanted else 'too few'})"
        rows.append(
            [
                Cell(f"{row.threshold:.2f}"),
                Cell(f"{row.records:,}"),
                Cell(f"{row.share:.1%}"),
                Cell(f"{row.tasks:,}"),
                Cell(asked),
            ]
        )
    return ReportTable("Quality", ["quality >=", "records", "share", "tasks", "asked for by conf/experiment"], rows)


def tabulate_grids(found: AuditResults) -> ReportTable:
    """Grid statistics beside those of ARC-1 training."""
    data, arc = found.grids, found.arc
    rows = []
    for kind in ("inputs", "outputs"):
        for key, words, form in (
            ("mean_side", "mean side (cells)", "{:.1f}"),
            ("side_quartiles", "side quartiles (cells)", "{}"),
            ("mean_colours", "colours", "{:.2f}"),
            ("mean_background", "background", "{:.0%}"),
        ):
            cells = [Cell(form.format(_plain(side[kind][key]))) for side in (data, arc)]
            rows.append([Cell(f"{kind}: {words}"), *cells])
    for key, words in (
        ("same_size", "pairs of one size"),
        ("smaller", "output with fewer cells"),
        ("larger", "output with more cells"),
        ("equal", "output equals input"),
        ("mean_changed", "cells that change, in pairs of one size"),
    ):
        rows.append([Cell(words), *(Cell(f"{side[key]:.1%}") for side in (data, arc))])
    return ReportTable("Grids", ["", "this dataset", "ARC-1 training"], rows)


def tabulate_copies(found: AuditResults) -> ReportTable:
    """Exact and near copies."""
    rows = [
        [
            Cell({"exact": "the same pair", "near": SAME["near"]}[kind]),
            *(Cell(f"{count:,}") for count in (copies.records, copies.groups, copies.largest, copies.within_tasks)),
        ]
        for kind, copies in found.copies.items()
    ]
    return ReportTable("Copies", ["", "records too many", "groups", "largest group", "of them within a task"], rows)


def tabulate_leaks(found: AuditResults) -> ReportTable:
    """What splits have in common."""
    rows = [
        [
            Cell(f"{leak.split} in {leak.known}"),
            Cell(SAME[leak.kind]),
            Cell(f"{leak.records:,}"),
            Cell(f"{leak.share:.1%}"),
        ]
        for leak in found.leaks
    ]
    return ReportTable("Leaks", ["splits", "what is the same", "records", "share"], rows)


def _plain(value: object) -> object:
    return " / ".join(map(str, value)) if isinstance(value, list) else value
