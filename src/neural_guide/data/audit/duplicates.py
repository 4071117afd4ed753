"""Records that say the same thing twice: copies within a dataset, contradictions, leaks between splits."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

EXAMPLES = 5  # groups, or leaks of a kind, that are named
SHOWN = 4  # records named of a group


class Groups:
    """Records by a key: those of equal keys stand together, in the order of the file.

    Args:
        keys: uint64 [n], of some records.
        records: int64 [n], their numbers, ascending; None: 0 to n - 1.

    Attributes:
        records: int64 [n], record numbers, group after group.
        starts: int64 [group], where each group begins in `records`.
        sizes: int64 [group], at least 1.
    """

    def __init__(self, keys: Keys, records: Records | None = None) -> None:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        self.records: Records = order if records is None else records[order]
        self.starts: Records = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        self.sizes: Records = np.diff(self.starts, append=len(keys))

    @property
    def firsts(self) -> Records:
        """The first record of each group, int64 [group], ascending."""
        return np.sort(self.records[self.starts])

    def mixed(self, values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Which groups hold records of different values, bool [group]; values: [record]."""
        of_record = values[self.records]
        differ: npt.NDArray[np.bool_] = np.minimum.reduceat(of_record, self.starts) != np.maximum.reduceat(
            of_record, self.starts
        )
        return differ

    def largest(self, wanted: npt.NDArray[np.bool_]) -> list[list[int]]:
        """The first records of the largest groups among those wanted, bool [group]."""
        chosen = np.flatnonzero(wanted)
        chosen = chosen[np.argsort(-self.sizes[chosen], kind="stable")[:EXAMPLES]]
        return [self.records[start : start + min(size, SHOWN)].tolist() for start, size in self._spans(chosen)]

    def _spans(self, chosen: Records) -> list[tuple[int, int]]:
        return list(zip(self.starts[chosen].tolist(), self.sizes[chosen].tolist(), strict=True))


@dataclass(frozen=True)
class Copies:
    """Records that repeat an earlier one.

    Attributes:
        records: records that repeat an earlier one.
        groups: sets of records that are the same.
        largest: records in the largest set; 1 where nothing is repeated.
        within_tasks: those of `records` whose whole set lies in one task.
        examples: numbers of the first records of the largest sets.
    """

    records: int
    groups: int
    largest: int
    within_tasks: int
    examples: list[list[int]]


def exact_copies(pair_key: Keys, task_of: npt.NDArray[np.int32]) -> tuple[Copies, Groups]:
    """Records whose pair stands in an earlier record, and all records by their pair."""
    groups = Groups(pair_key)
    return _copies(groups, task_of), groups


def near_copies(canonical_key: Keys, exact: Groups, task_of: npt.NDArray[np.int32]) -> Copies:
    """Different pairs that are the same up to symmetry and colours; of exact copies only the first counts."""
    firsts = exact.firsts
    return _copies(Groups(canonical_key[firsts], firsts), task_of)


def _copies(groups: Groups, task_of: npt.NDArray[np.int32]) -> Copies:
    repeated = groups.sizes > 1
    within = repeated & ~groups.mixed(task_of)
    return Copies(
        records=int((groups.sizes[repeated] - 1).sum()),
        groups=int(repeated.sum()),
        largest=int(groups.sizes.max()),
        within_tasks=int((groups.sizes[within] - 1).sum()),
        examples=groups.largest(repeated & ~within) or groups.largest(repeated),
    )


@dataclass(frozen=True)
class Contradictions:
    """Equal pairs whose tasks have different sets of labels: records in them, pairs, records of examples."""

    records: int
    pairs: int
    examples: list[list[int]]


def contradictions(exact: Groups, label_set: npt.NDArray[np.int32]) -> Contradictions:
    """Equal pairs with different labels; label_set: a number for the set of labels, int32 [record]."""
    differ = exact.mixed(label_set)
    examples = []
    for records in exact.largest(differ):
        sets = label_set[records].tolist()
        examples.append([record for at, record in enumerate(records) if sets[at] not in sets[:at]])
    return Contradictions(int(exact.sizes[differ].sum()), int(differ.sum()), examples)


@dataclass(frozen=True)
class Leak:
    """Records of one split that are known from another.

    Attributes:
        kind: what is the same: `pair`, `near` (up to symmetry and colours, equal pairs included) or `input`.
        known: the split that has them too.
        split: the split whose records are counted.
        records: how many.
        share: of the records of `split`.
        examples: (record of `split`, record of `known`).
    """

    kind: str
    known: str
    split: str
    records: int
    share: float
    examples: list[tuple[int, int]]


def leaks(keys: Mapping[str, Keys], splits: Mapping[str, Records]) -> list[Leak]:
    """What splits have in common.

    Args:
        keys: uint64 [record] by what they compare.
        splits: record numbers of each split, in the order train, val, test.

    Returns:
        One for each kind and two splits with records, also where nothing is the same.
    """
    found = []
    for kind, key in keys.items():
        for known, split in combinations([name for name, records in splits.items() if len(records)], 2):
            theirs, first = np.unique(key[splits[known]], return_index=True)
            ours = key[splits[split]]
            place = np.minimum(np.searchsorted(theirs, ours), len(theirs) - 1)
            same = np.flatnonzero(theirs[place] == ours)
            named = same[:EXAMPLES]
            twins = zip(splits[split][named].tolist(), splits[known][first[place[named]]].tolist(), strict=True)
            found.append(Leak(kind, known, split, len(same), len(same) / len(ours), list(twins)))
    return found
