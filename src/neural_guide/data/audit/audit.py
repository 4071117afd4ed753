"""Audit of a prepared dataset: everything worth measuring before training on it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.data.audit.duplicates import find_contradictions, find_exact_copies, find_leaks, find_near_copies
from neural_guide.data.audit.grid_statistics import tally_arc_pairs
from neural_guide.data.audit.label_statistics import LabelTable, find_same_effect
from neural_guide.data.audit.results import AuditResults, LabelCounts, ThresholdCounts
from neural_guide.data.audit.scan import scan_pairs
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import Splits, check_splits, select_records, split_tasks
from neural_guide.data.store.store import Store
from neural_guide.dsl.vocabulary import PRIMITIVES, is_executable
from neural_guide.errors import UserError

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
MAX_EXECUTED_INPUTS = 400  # inputs, evenly spaced, that every primitive is executed on
SPLITS = ("train", "val", "test")
MAX_EXAMPLES = 5  # records listed as examples


class RecordSelection(NamedTuple):
    """The records that training would use.

    Attributes:
        selected: bool [record], true for the records that pass the filters.
        splits: tasks of each split; empty if training would refuse the dataset before it splits.
        refusals: reasons why training would stop before its first step.
    """

    selected: npt.NDArray[np.bool_]
    splits: Splits
    refusals: list[str]


def audit_store(
    store: Store, settings: DataSettings, selection: RecordSelection, on_progress: Callable[[int], None]
) -> AuditResults:
    """Measure everything.

    Args:
        store: dataset of at least one record.
        settings: settings that `selection` comes from.
        selection: records that training would use.
        on_progress: called now and then with the number of records read so far.
    """
    scan = scan_pairs(store, on_progress)
    exact, groups = find_exact_copies(scan.pair_key, store.task_of)
    pair_counts = np.bincount(store.task_of, minlength=store.n_tasks)
    table = LabelTable(store.programs(), store.vocabulary)
    selected, splits, refusals = selection
    split_records = {name: list_split_records(store, splits, name, selected) for name in SPLITS}
    keys = {"pair": scan.pair_key, "near": scan.canonical_key, "input": store.input_key}
    equal = np.flatnonzero(scan.equal)
    by_pairs = np.bincount(pair_counts)
    return AuditResults(
        records=_summarise_records(store, settings.bad_record_limit),
        tasks={"count": store.n_tasks, "by_pairs": {int(n): int(by_pairs[n]) for n in np.flatnonzero(by_pairs)}},
        vocabulary={
            "size": len(store.vocabulary),
            "ours": sum(name in PRIMITIVES for name in store.vocabulary.names),
            "executable": is_executable(store.vocabulary),
            "ordered": store.has_programs,
        },
        **_count_labels(store, table, pair_counts, splits),
        aliases=_find_aliases(store, table),
        lengths={
            length: {"tasks": tasks, "records": records}
            for length, (tasks, records) in table.count_lengths(pair_counts).items()
        },
        quality=[_count_above(store, threshold) for threshold in THRESHOLDS],
        quality_values=len(np.unique(store.quality)),
        complexity=np.quantile(store.complexity, (0, 0.25, 0.5, 0.75, 1)).round(4).tolist(),
        grids=scan.tally.as_dict(),
        arc=tally_arc_pairs().as_dict(),
        equal={"records": len(equal), "examples": equal[:MAX_EXAMPLES].tolist()},
        copies={"exact": exact, "near": find_near_copies(scan.canonical_key, groups, store.task_of)},
        contradictions=find_contradictions(groups, table.label_sets[store.task_of]),
        splits={
            name: {"tasks": len(splits.tasks(name)), "records": len(records)} for name, records in split_records.items()
        },
        passing=int(selected.sum()),
        refusals=refusals,
        leaks=find_leaks(keys, split_records),
    )


def select_for_training(store: Store, settings: DataSettings, seed: int) -> RecordSelection:
    """Select the records of a store that training would use, and collect its reasons to refuse the dataset.

    Args:
        store: dataset of at least one record.
        settings: filters, shares of the splits, and limit of invalid records.
        seed: seed of the selection under `data.max_samples`.
    """
    refusals = []
    empty = np.zeros(0, np.int64)
    selected, splits = np.zeros(len(store), np.bool_), Splits(empty, empty, empty)
    try:
        store.violations.check(settings.bad_record_limit)
    except UserError:
        share, limit = store.violations.n_set_aside / store.violations.records, settings.bad_record_limit
        refusals.append(
            f"{share:.1%} of the records break the contract; data.bad_record_limit allows {limit:.1%}. Mend the "
            "file, or raise the limit."
        )
    try:
        selected = select_records(store, settings, seed)
        splits = split_tasks(store, selected, settings)
        check_splits(splits, settings)
    except UserError as error:
        refusals.append(str(error).removeprefix(f"{settings.path}: "))
    return RecordSelection(selected, splits, refusals)


def list_split_records(
    store: Store, splits: Splits, name: str, selected: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """List the selected records of a split, int64, ascending."""
    in_split = np.zeros(store.n_tasks, np.bool_)
    in_split[splits.tasks(name)] = True
    return np.flatnonzero(selected & in_split[store.task_of])


def spread_evenly(n: int, count: int) -> npt.NDArray[np.int64]:
    """Up to `count` different numbers evenly spaced from 0 to n - 1, ascending."""
    return np.unique(np.linspace(0, n - 1, min(n, count)).astype(np.int64))


def _summarise_records(store: Store, limit: float) -> dict[str, Any]:
    violations = store.violations
    reasons = [
        {"rule": rule, "count": count, "examples": [asdict(example) for example in violations.examples.get(rule, [])]}
        for rule, count in sorted(violations.counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    counts = {"seen": violations.records, "kept": len(store), "set_aside": violations.n_set_aside, "limit": limit}
    return {**counts, "reasons": reasons}


def _count_labels(
    store: Store, table: LabelTable, pair_counts: npt.NDArray[np.int64], splits: Splits
) -> dict[str, Any]:
    columns = [table.count_tasks(), table.count_tasks(pair_counts)]
    for name in SPLITS:
        in_split = np.zeros(store.n_tasks, np.int64)
        in_split[splits.tasks(name)] = 1
        columns.append(table.count_tasks(in_split))
    rows = zip(store.vocabulary.names, *(column.tolist() for column in columns), strict=True)
    labels = sorted((LabelCounts(*row) for row in rows), key=lambda label: -label.tasks)
    names, matrix = table.count_co_occurrences()
    return {
        "labels": [label for label in labels if label.tasks],
        "unused": [label.name for label in labels if not label.tasks],
        "together": {"names": names, "tasks": matrix},
    }


def _find_aliases(store: Store, table: LabelTable) -> dict[str, Any]:
    """Find names with the same meaning. Names are executed on different inputs, if they mean our primitives."""
    used = [name for name, count in zip(store.vocabulary.names, table.count_tasks(), strict=True) if count]
    inputs: list[Grid] = []
    if store.has_programs:
        _, first = np.unique(store.input_key, return_index=True)
        records = np.sort(first)[spread_evenly(len(first), MAX_EXECUTED_INPUTS)]
        inputs = [grid for grid, _ in store.pairs(records)]
    same_effect, no_effect = find_same_effect(used, inputs) if inputs else ([], [])
    return {
        "always_together": table.find_inseparable(),
        "same_effect": same_effect,
        "no_effect": no_effect,
        "inputs": len(inputs),
    }


def _count_above(store: Store, threshold: float) -> ThresholdCounts:
    above = store.quality >= np.float32(threshold)
    records = int(above.sum())
    return ThresholdCounts(
        threshold=threshold,
        records=records,
        share=records / len(store),
        tasks=len(np.unique(store.task_of[above])),
    )
