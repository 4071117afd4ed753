"""Measures what a prepared dataset is worth before anyone trains on it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.data.audit.duplicates import contradictions, exact_copies, leaks, near_copies
from neural_guide.data.audit.grid_statistics import tally_arc_pairs
from neural_guide.data.audit.label_statistics import LabelTable, same_effect
from neural_guide.data.audit.results import AuditResults, Label, Passing
from neural_guide.data.audit.scan import scan
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import Splits, check_splits, select_records, split_tasks
from neural_guide.data.store.store import Store
from neural_guide.dsl.vocabulary import PRIMITIVES, is_executable
from neural_guide.errors import UserError

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
EXECUTED = 400  # inputs, spread evenly, that every primitive is executed on
NAMED = 5  # records that are named as examples


class RecordSelection(NamedTuple):
    """What training would use.

    Attributes:
        selected: bool [record], the records that pass the filters.
        splits: the tasks of each split; none where training would refuse before it splits.
        refusals: why training would stop before its first step.
    """

    selected: npt.NDArray[np.bool_]
    splits: Splits
    refusals: list[str]


def audit_store(
    store: Store, config: DataSettings, selection: RecordSelection, on_record: Callable[[int], None]
) -> AuditResults:
    """Measure everything.

    Args:
        store: at least one record.
        config: the settings that `selection` comes from.
        selection: what training would use.
        on_record: told now and then how many records were looked at.
    """
    found = scan(store, on_record)
    exact, groups = exact_copies(found.pair_key, store.task_of)
    pairs_of = np.bincount(store.task_of, minlength=store.n_tasks)
    table = LabelTable(store.programs(), store.vocabulary)
    passes, splits, refusals = selection
    parts = {name: records_of(store, splits, name, passes) for name in ("train", "val", "test")}
    keys = {"pair": found.pair_key, "near": found.canonical_key, "input": store.input_key}
    equal = np.flatnonzero(found.equal)
    by_pairs = np.bincount(pairs_of)
    return AuditResults(
        records=_records(store, config.bad_record_limit),
        tasks={"count": store.n_tasks, "by_pairs": {int(n): int(by_pairs[n]) for n in np.flatnonzero(by_pairs)}},
        vocabulary={
            "size": len(store.vocabulary),
            "ours": sum(name in PRIMITIVES for name in store.vocabulary.names),
            "executable": is_executable(store.vocabulary),
            "ordered": store.has_programs,
        },
        **_labels(store, table, pairs_of, splits),
        aliases=_aliases(store, table),
        lengths={n: {"tasks": tasks, "records": of} for n, (tasks, of) in table.lengths(pairs_of).items()},
        quality=[_passing(store, threshold) for threshold in THRESHOLDS],
        quality_values=len(np.unique(store.quality)),
        complexity=np.quantile(store.complexity, (0, 0.25, 0.5, 0.75, 1)).round(4).tolist(),
        grids=found.tally.as_dict(),
        arc=tally_arc_pairs().as_dict(),
        equal={"records": len(equal), "examples": equal[:NAMED].tolist()},
        copies={"exact": exact, "near": near_copies(found.canonical_key, groups, store.task_of)},
        contradictions=contradictions(groups, table.label_set[store.task_of]),
        splits={name: {"tasks": len(splits.tasks(name)), "records": len(records)} for name, records in parts.items()},
        passing=int(passes.sum()),
        refusals=refusals,
        leaks=leaks(keys, parts),
    )


def select_for_training(store: Store, config: DataSettings, seed: int) -> RecordSelection:
    """What training would use of a store; `seed`: of the records that `data.max_samples` keeps."""
    refusals = []
    none = np.zeros(0, np.int64)
    passes, splits = np.zeros(len(store), np.bool_), Splits(none, none, none)
    try:
        store.violations.check(config.bad_record_limit)
    except UserError:
        share, limit = store.violations.n_set_aside / store.violations.records, config.bad_record_limit
        refusals.append(
            f"{share:.1%} of the records break the contract; data.bad_record_limit allows {limit:.1%}. Mend the "
            "file, or raise the limit."
        )
    try:
        passes = select_records(store, config, seed)
        splits = split_tasks(store, passes, config)
        check_splits(splits, config)
    except UserError as error:
        refusals.append(str(error).removeprefix(f"{config.path}: "))
    return RecordSelection(passes, splits, refusals)


def records_of(store: Store, splits: Splits, name: str, passes: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The records of a split, int64, ascending."""
    chosen = np.zeros(store.n_tasks, np.bool_)
    chosen[splits.tasks(name)] = True
    return np.flatnonzero(passes & chosen[store.task_of])


def spread_evenly(n: int, count: int) -> npt.NDArray[np.int64]:
    """Up to `count` numbers spread evenly over 0 to n - 1, ascending, each once."""
    return np.unique(np.linspace(0, n - 1, min(n, count)).astype(np.int64))


def _records(store: Store, limit: float) -> dict[str, Any]:
    violations = store.violations
    reasons = [
        {"rule": rule, "count": count, "examples": [asdict(example) for example in violations.examples.get(rule, [])]}
        for rule, count in sorted(violations.counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    counts = {"seen": violations.records, "kept": len(store), "set_aside": violations.n_set_aside, "limit": limit}
    return {**counts, "reasons": reasons}


def _labels(store: Store, table: LabelTable, pairs_of: npt.NDArray[np.int64], splits: Splits) -> dict[str, Any]:
    masks = {name: np.zeros(store.n_tasks, np.int64) for name in ("train", "val", "test")}
    for name, mask in masks.items():
        mask[splits.tasks(name)] = 1
    columns = [table.counts(), table.counts(pairs_of), *(table.counts(mask) for mask in masks.values())]
    rows = [Label(*row) for row in zip(store.vocabulary.names, *(c.tolist() for c in columns), strict=True)]
    rows.sort(key=lambda label: -label.tasks)
    names, matrix = table.together()
    return {
        "labels": [label for label in rows if label.tasks],
        "unused": [label.name for label in rows if not label.tasks],
        "together": {"names": names, "tasks": matrix},
    }


def _aliases(store: Store, table: LabelTable) -> dict[str, Any]:
    """Names that say the same; executed on different inputs, and only where names mean what ours mean."""
    used = [name for name, count in zip(store.vocabulary.names, table.counts(), strict=True) if count]
    inputs: list[Grid] = []
    if store.has_programs:
        _, first = np.unique(store.input_key, return_index=True)
        records = np.sort(first)[spread_evenly(len(first), EXECUTED)]
        inputs = [before for before, _ in store.pairs(records)]
    effect, idle = same_effect(used, inputs) if inputs else ([], [])
    return {
        "always_together": table.always_together(),
        "same_effect": effect,
        "no_effect": idle,
        "inputs": len(inputs),
    }


def _passing(store: Store, threshold: float) -> Passing:
    passes = store.quality >= np.float32(threshold)
    count = int(passes.sum())
    return Passing(threshold, count, count / len(store), len(np.unique(store.task_of[passes])))
