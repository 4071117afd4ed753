"""What only the whole dataset can tell of a record: is it set aside for its names, its program, its task?

The order matters: a record that is set aside for itself neither gives its task its labels nor is it the first of
two equal pairs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.data.format.replay import MAX_STEPS, RIGHT, UNKNOWN, WRONG
from neural_guide.data.format.violations import (
    EXAMPLES,
    RULE_DUPLICATE,
    RULE_LABELS,
    RULE_NAMES,
    RULE_REPLAY,
    Violations,
)
from neural_guide.data.store.staging import Column, StagedColumns
from neural_guide.dsl.vocabulary import VOCABULARIES, Vocabulary

FOREIGN_SHARE = 0.01  # of the records; where fewer have a name that is not ours, the name is a mistake
OTHER_MEANING_SHARE = (
    0.5  # of the records that could be executed; where more do not replay, our names mean other things
)
REPLAY_SHARE = 0.95  # must replay where nobody is set aside for it, or else lists of primitives are no programs

SORTED_AT_ONCE = 1 << 17  # records; equal keys are found by sorting, a part of the keys at a time

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DatasetCheck:
    """What is kept of a dataset.

    Attributes:
        kept: bool [record], in the order of the spool.
        task_of: int32 [kept], tasks numbered by first appearance.
        first: int64 [task], position in the spool of each task's first record.
        vocabulary: the first of ours that has the names, but for mistakes, whole and in its order; else the data's
            names, sorted.
        has_programs: whether lists of primitives, executed in order, give the outputs.
    """

    kept: Mask
    task_of: npt.NDArray[np.int32]
    first: npt.NDArray[np.int64]
    vocabulary: Vocabulary
    has_programs: bool


def check_dataset(
    spool: StagedColumns, lists: list[tuple[str, ...]], violations: Violations, *, check_replay: bool
) -> DatasetCheck:
    """Set aside what the whole dataset shows to be wrong, and count it.

    Args:
        spool: the records that keep the contract one by one; at least one.
        lists: the lists of primitives, as the spool numbers them.
        violations: is told what is set aside.
        check_replay: whether to set records aside whose primitives do not make the output of the input.
    """
    kept, vocabulary = _of_one_vocabulary(spool, lists, violations)
    has_programs = False
    if vocabulary in VOCABULARIES.values():
        has_programs = _replayed(spool, kept, lists, violations, check_replay=check_replay)
    # Tasks by the hash of the task_id: a million texts in a dict would take more memory than the rest together,
    # and two of a million share one of 2**64 hashes with a chance of 3 in 100 million.
    leaders = _leaders(spool, "task_key", kept)
    firsts = kept & (leaders == np.arange(spool.rows, dtype=np.int32))
    kept &= _same_labels(spool, kept, leaders, lists, violations)
    kept &= _once(spool, kept, violations)
    task_of = (np.cumsum(firsts, dtype=np.int32) - 1)[leaders[kept]]
    return DatasetCheck(kept, task_of, np.flatnonzero(firsts), vocabulary, has_programs)


def _of_one_vocabulary(
    spool: StagedColumns, lists: list[tuple[str, ...]], violations: Violations
) -> tuple[Mask, Vocabulary]:
    """Mask [record] of those whose names are in the vocabulary, and the vocabulary."""
    program = spool.column("program")
    for vocabulary in VOCABULARIES.values():
        foreign = np.array([not all(name in vocabulary for name in names) for names in lists])[program]
        if foreign.sum() <= FOREIGN_SHARE * len(foreign):
            break
    else:
        names = {name for each in lists for name in each}
        return np.ones(len(foreign), bool), Vocabulary(tuple(sorted(names)))

    def fact(at: int) -> str:
        name = next(name for name in lists[program[at]] if name not in vocabulary)
        return f"primitives has {_quoted(name)}, which is no name of ours as in the other records"

    _set_aside(spool, np.flatnonzero(foreign), RULE_NAMES, fact, violations)
    return ~foreign, vocabulary


def _replayed(
    spool: StagedColumns, good: Mask, lists: list[tuple[str, ...]], violations: Violations, *, check_replay: bool
) -> bool:
    """Whether lists are programs; records that do not replay are taken out of `good`."""
    replay = np.where(good, spool.column("replay"), UNKNOWN)
    wrong, right = np.flatnonzero(replay == WRONG), int((replay == RIGHT).sum())
    asked = right + len(wrong)
    if not check_replay:
        return right > 0 and right >= REPLAY_SHARE * asked
    if len(wrong) > OTHER_MEANING_SHARE * asked:
        violations.notes.append(
            f"The primitives of {len(wrong):,} of {asked:,} records have our names, but do not make the output of the "
            "input: the names mean something else here. All are kept, as labels without an order."
        )
        return False
    program = spool.column("program")

    def fact(at: int) -> str:
        names = lists[program[at]]
        what = f"has more than {MAX_STEPS} names" if len(names) > MAX_STEPS else "makes another output of the input"
        return f"{_quoted(', '.join(names))} {what}"

    _set_aside(spool, wrong, RULE_REPLAY, fact, violations)
    good[wrong] = False
    return right > 0


def _leaders(spool: StagedColumns, key: str, chosen: Mask) -> npt.NDArray[np.int32]:
    """The first chosen record with the same key as each, int32 [record]; 0 where a record is not chosen.

    Keys are hashes, so their remainders part them evenly: equal keys fall into the same part.
    """
    leaders = np.zeros(spool.rows, np.int32)
    parts = -(-spool.rows // SORTED_AT_ONCE)
    for part in range(parts):
        places, keys = [], []
        for start, some in spool.pieces(key):
            at = np.flatnonzero(chosen[start : start + len(some)] & (some.view(np.uint64) % parts == part))
            places.append((start + at).astype(np.int32))
            keys.append(some[at])
        records, values = np.concatenate(places), np.concatenate(keys)
        order = np.argsort(values, kind="stable")
        records, values = records[order], values[order]
        begins = np.ones(len(values), bool)
        np.not_equal(values[1:], values[:-1], out=begins[1:])
        leaders[records] = records[begins][np.cumsum(begins) - 1]
    return leaders


def _same_labels(
    spool: StagedColumns, kept: Mask, leaders: Column, lists: list[tuple[str, ...]], violations: Violations
) -> Mask:
    """Mask [record]: whether a record's primitives are those of its leader, the first record of its task."""
    sets: dict[frozenset[str], int] = {}
    set_of = np.array([sets.setdefault(frozenset(names), len(sets)) for names in lists], np.int32)
    labels = set_of[spool.column("program")]
    same: Mask = labels == labels[leaders]

    def fact(at: int) -> str:
        return f"primitives differ from those of the first record of task {_task(spool, at)}"

    _set_aside(spool, np.flatnonzero(kept & ~same), RULE_LABELS, fact, violations)
    return same


def _once(spool: StagedColumns, kept: Mask, violations: Violations) -> Mask:
    """Mask [record]: false where a kept record before it has the same task, input and output; by their hash."""
    once: Mask = _leaders(spool, "pair_key", kept) == np.arange(spool.rows, dtype=np.int32)

    def fact(at: int) -> str:
        return f"the same pair stands in task {_task(spool, at)} before"

    _set_aside(spool, np.flatnonzero(kept & ~once), RULE_DUPLICATE, fact, violations)
    return once


def _set_aside(
    spool: StagedColumns, records: Column, rule: str, fact: Callable[[int], str], violations: Violations
) -> None:
    """Count records of the spool as set aside, with examples."""
    if not len(records):
        return
    numbers, bytes_ = spool.column("number"), spool.column("byte")
    for at in records[:EXAMPLES].tolist():
        violations.add(rule, fact(at), int(numbers[at]), int(bytes_[at]))
    violations.counts[rule] = len(records)


def _task(spool: StagedColumns, record: int) -> str:
    (task_id,) = spool.task_ids(np.array([record]))
    return _quoted(task_id)


def _quoted(text: str, limit: int = 60) -> str:
    return json.dumps(text if len(text) <= limit else text[:limit] + "...", ensure_ascii=False)
