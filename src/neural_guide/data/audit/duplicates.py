"""Duplicates between records: copies within a dataset, contradictions, and leaks between splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

MAX_EXAMPLES = 5  # groups, or leaks of one kind, listed as examples
MAX_GROUP_EXAMPLES = 4  # records listed of one group


class RecordGroups:
    """Records grouped by a key, each group in the order of the file.

    Args:
        keys: uint64 [n], keys of some records.
        records: int64 [n], their numbers, ascending; None means 0 to n - 1.

    Attributes:
        records: int64 [n], record numbers, group after group.
        starts: int64 [group], position of the first record of each group in `records`.
        sizes: int64 [group], at least 1.
    """

    def __init__(self, keys: Keys, records: Records | None = None) -> None:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        self.records: Records = order if records is None else records[order]
        self.starts: Records = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        self.sizes: Records = np.diff(self.starts, append=len(keys))

    @property
    def first_records(self) -> Records:
        """The first record of each group, int64 [group], ascending."""
        return np.sort(self.records[self.starts])

    def find_mixed(self, values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Find the groups whose records have different values, bool [group]; values: [record]."""
        by_group = values[self.records]
        mixed: npt.NDArray[np.bool_] = np.minimum.reduceat(by_group, self.starts) != np.maximum.reduceat(
            by_group, self.starts
        )
        return mixed

    def list_largest(self, mask: npt.NDArray[np.bool_]) -> list[list[int]]:
        """List the first records of the largest groups in a mask, bool [group]."""
        groups = np.flatnonzero(mask)
        groups = groups[np.argsort(-self.sizes[groups], kind="stable")[:MAX_EXAMPLES]]
        spans = zip(self.starts[groups].tolist(), self.sizes[groups].tolist(), strict=True)
        return [self.records[start : start + min(size, MAX_GROUP_EXAMPLES)].tolist() for start, size in spans]


@dataclass(frozen=True)
class Copies:
    """Records that repeat an earlier one.

    Attributes:
        records: number of records that repeat an earlier one.
        groups: number of sets of equal records.
        largest: number of records in the largest set; 1 if nothing is repeated.
        within_tasks: number of the `records` whose whole set lies in one task.
        examples: numbers of the first records of the largest sets.
    """

    records: int
    groups: int
    largest: int
    within_tasks: int
    examples: list[list[int]]


def find_exact_copies(pair_key: Keys, task_of: npt.NDArray[np.int32]) -> tuple[Copies, RecordGroups]:
    """Find the records whose pair occurs in an earlier record; also return all records grouped by their pair."""
    groups = RecordGroups(pair_key)
    return _count_copies(groups, task_of), groups


def find_near_copies(canonical_key: Keys, exact: RecordGroups, task_of: npt.NDArray[np.int32]) -> Copies:
    """Find different pairs that are equal up to symmetry and colours; of exact copies only the first counts."""
    records = exact.first_records
    return _count_copies(RecordGroups(canonical_key[records], records), task_of)


def _count_copies(groups: RecordGroups, task_of: npt.NDArray[np.int32]) -> Copies:
    repeated = groups.sizes > 1
    within = repeated & ~groups.find_mixed(task_of)
    return Copies(
        records=int((groups.sizes[repeated] - 1).sum()),
        groups=int(repeated.sum()),
        largest=int(groups.sizes.max()),
        within_tasks=int((groups.sizes[within] - 1).sum()),
        examples=groups.list_largest(repeated & ~within) or groups.list_largest(repeated),
    )


@dataclass(frozen=True)
class Contradictions:
    """Equal pairs whose tasks have different sets of labels.

    Attributes:
        records: number of records with such a pair.
        pairs: number of such pairs.
        examples: for some of these pairs, one record of each set of labels.
    """

    records: int
    pairs: int
    examples: list[list[int]]


def find_contradictions(exact: RecordGroups, label_set: npt.NDArray[np.int32]) -> Contradictions:
    """Find equal pairs with different labels; label_set: number of the set of labels, int32 [record]."""
    mixed = exact.find_mixed(label_set)
    examples = []
    for records in exact.list_largest(mixed):
        sets = label_set[records].tolist()
        examples.append([record for index, record in enumerate(records) if sets[index] not in sets[:index]])
    return Contradictions(int(exact.sizes[mixed].sum()), int(mixed.sum()), examples)


@dataclass(frozen=True)
class Leak:
    """Records of one split that are known from another.

    Attributes:
        kind: part that is equal: `pair`, `near` (up to symmetry and colours, equal pairs included) or `input`.
        known: the split that has them too.
        split: the split whose records are counted.
        records: number of such records.
        share: their share of the records of `split`.
        examples: (record of `split`, record of `known`).
    """

    kind: str
    known: str
    split: str
    records: int
    share: float
    examples: list[tuple[int, int]]


def find_leaks(keys: Mapping[str, Keys], splits: Mapping[str, Records]) -> list[Leak]:
    """Find the records that two splits have in common.

    Args:
        keys: uint64 [record] by the kind of comparison.
        splits: record numbers of each split, in the order train, val, test.

    Returns:
        One entry for each kind and each two splits with records, also if they have nothing in common.
    """
    leaks = []
    for kind, key in keys.items():
        for known, split in combinations([name for name, records in splits.items() if len(records)], 2):
            known_keys, first = np.unique(key[splits[known]], return_index=True)
            split_keys = key[splits[split]]
            positions = np.minimum(np.searchsorted(known_keys, split_keys), len(known_keys) - 1)
            same = np.flatnonzero(known_keys[positions] == split_keys)
            shown = same[:MAX_EXAMPLES]
            twins = splits[known][first[positions[shown]]]
            examples = list(zip(splits[split][shown].tolist(), twins.tolist(), strict=True))
            leaks.append(Leak(kind, known, split, len(same), len(same) / len(split_keys), examples))
    return leaks
