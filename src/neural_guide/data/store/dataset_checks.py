"""Checks of the whole dataset: vocabulary, replay, labels of a task and duplicate pairs.

Their order matters: a record that is set aside for its own names or program neither gives its task its labels nor
counts as the first of two equal pairs.
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
from neural_guide.search.words import LANGUAGE

# Share of all records. Up to it, names that are not ours count as mistakes; above it, as another vocabulary.
FOREIGN_SHARE = 0.01
# Share of the executable records. Above it, mismatches show that our names mean other things in this dataset.
OTHER_MEANING_SHARE = 0.5
# Share of the executable records that must replay, where none is set aside, for lists to count as programs.
REPLAY_SHARE = 0.95

SORTED_AT_ONCE = 1 << 17  # records; equal keys are found by sorting, a part of the keys at a time

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DatasetCheck:
    """The result of the checks: the records that are kept, their tasks and their vocabulary.

    Attributes:
        kept: bool [record], in the order of the staged columns.
        task_of: int32 [kept], tasks numbered by first appearance.
        first: int64 [task], position in the staged columns of each task's first record.
        vocabulary: the first of our vocabularies that has all names but mistakes, whole and in its order, all words of
            the language last; if none has, the names of the dataset, sorted.
        has_programs: whether lists of primitives, executed in order, give the outputs.
    """

    kept: Mask
    task_of: npt.NDArray[np.int32]
    first: npt.NDArray[np.int64]
    vocabulary: Vocabulary
    has_programs: bool


def check_dataset(
    staged: StagedColumns, lists: list[tuple[str, ...]], violations: Violations, *, check_replay: bool
) -> DatasetCheck:
    """Set aside the records that only the whole dataset shows to be wrong, and count them.

    Args:
        staged: the records that pass the checks of single records; at least one.
        lists: the lists of primitives, as the staged columns number them.
        violations: counts of the records set aside, updated in place.
        check_replay: whether to set records aside whose primitives do not turn the input into the output.
    """
    kept, vocabulary = _check_names(staged, lists, violations)
    has_programs = False
    if vocabulary in VOCABULARIES.values():
        has_programs = _check_replay(staged, kept, lists, violations, check_replay=check_replay)
    # Tasks by the hash of the task_id: a million texts in a dict would take more memory than the rest together,
    # and two of a million share one of 2**64 hashes with a chance of 3 in 100 million.
    leaders = _find_leaders(staged, "task_key", kept)
    firsts = kept & (leaders == np.arange(staged.rows, dtype=np.int32))
    kept &= _check_labels(staged, kept, leaders, lists, violations)
    kept &= _check_duplicates(staged, kept, violations)
    task_of = (np.cumsum(firsts, dtype=np.int32) - 1)[leaders[kept]]
    return DatasetCheck(kept, task_of, np.flatnonzero(firsts), vocabulary, has_programs)


def _check_names(
    staged: StagedColumns, lists: list[tuple[str, ...]], violations: Violations
) -> tuple[Mask, Vocabulary]:
    """Return the mask [record] of the records whose names are in the vocabulary, and the vocabulary."""
    program = staged.read("program")
    for vocabulary in (*VOCABULARIES.values(), LANGUAGE):
        foreign = np.array([not all(name in vocabulary for name in names) for names in lists])[program]
        if foreign.sum() <= FOREIGN_SHARE * len(foreign):
            break
    else:
        all_names = {name for names in lists for name in names}
        return np.ones(len(foreign), bool), Vocabulary(tuple(sorted(all_names)))

    def describe(record: int) -> str:
        name = next(name for name in lists[program[record]] if name not in vocabulary)
        return f"primitives has {_quote(name)}, which is no name of ours as in the other records"

    _set_aside(staged, np.flatnonzero(foreign), RULE_NAMES, describe, violations)
    return ~foreign, vocabulary


def _check_replay(
    staged: StagedColumns, kept: Mask, lists: list[tuple[str, ...]], violations: Violations, *, check_replay: bool
) -> bool:
    """Return whether lists are programs; take the records that do not replay out of `kept`."""
    replay = np.where(kept, staged.read("replay"), UNKNOWN)
    wrong, right = np.flatnonzero(replay == WRONG), int((replay == RIGHT).sum())
    executed = right + len(wrong)
    if not check_replay:
        return right > 0 and right >= REPLAY_SHARE * executed
    if len(wrong) > OTHER_MEANING_SHARE * executed:
        violations.notes.append(
            f"The primitives of {len(wrong):,} of {executed:,} records have our names, but do not make the output of "
            "the input: the names mean something else here. All are kept, as labels without an order."
        )
        return False
    program = staged.read("program")

    def describe(record: int) -> str:
        names = lists[program[record]]
        fact = f"has more than {MAX_STEPS} names" if len(names) > MAX_STEPS else "makes another output of the input"
        return f"{_quote(', '.join(names))} {fact}"

    _set_aside(staged, wrong, RULE_REPLAY, describe, violations)
    kept[wrong] = False
    return right > 0


def _find_leaders(staged: StagedColumns, key: str, selected: Mask) -> npt.NDArray[np.int32]:
    """Find the first selected record with the same key as each, int32 [record]; 0 where a record is not selected.

    Keys are hashes, so their remainders part them evenly: equal keys fall into the same part.
    """
    leaders = np.zeros(staged.rows, np.int32)
    parts = -(-staged.rows // SORTED_AT_ONCE)
    for part in range(parts):
        part_records, part_keys = [], []
        for start, piece in staged.iterate_pieces(key):
            indices = np.flatnonzero(selected[start : start + len(piece)] & (piece.view(np.uint64) % parts == part))
            part_records.append((start + indices).astype(np.int32))
            part_keys.append(piece[indices])
        records, keys = np.concatenate(part_records), np.concatenate(part_keys)
        order = np.argsort(keys, kind="stable")
        records, keys = records[order], keys[order]
        begins = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=begins[1:])
        leaders[records] = records[begins][np.cumsum(begins) - 1]
    return leaders


def _check_labels(
    staged: StagedColumns, kept: Mask, leaders: Column, lists: list[tuple[str, ...]], violations: Violations
) -> Mask:
    """Return the mask [record]: true where the primitives are those of the leader, the first record of the task."""
    set_numbers: dict[frozenset[str], int] = {}
    set_of = np.array([set_numbers.setdefault(frozenset(names), len(set_numbers)) for names in lists], np.int32)
    labels = set_of[staged.read("program")]
    same: Mask = labels == labels[leaders]

    def describe(record: int) -> str:
        return f"primitives differ from those of the first record of task {_quote_task_id(staged, record)}"

    _set_aside(staged, np.flatnonzero(kept & ~same), RULE_LABELS, describe, violations)
    return same


def _check_duplicates(staged: StagedColumns, kept: Mask, violations: Violations) -> Mask:
    """Return the mask [record]: false where an earlier kept record has the same hash of task, input and output."""
    is_first: Mask = _find_leaders(staged, "pair_key", kept) == np.arange(staged.rows, dtype=np.int32)

    def describe(record: int) -> str:
        return f"the same pair stands in task {_quote_task_id(staged, record)} before"

    _set_aside(staged, np.flatnonzero(kept & ~is_first), RULE_DUPLICATE, describe, violations)
    return is_first


def _set_aside(
    staged: StagedColumns, records: Column, rule: str, describe: Callable[[int], str], violations: Violations
) -> None:
    """Count staged records as set aside, with examples."""
    if not len(records):
        return
    numbers, positions = staged.read("number"), staged.read("byte")
    for record in records[:EXAMPLES].tolist():
        violations.add(rule, describe(record), int(numbers[record]), int(positions[record]))
    violations.counts[rule] = len(records)


def _quote_task_id(staged: StagedColumns, record: int) -> str:
    (task_id,) = staged.read_task_ids(np.array([record]))
    return _quote(task_id)


def _quote(text: str, limit: int = 60) -> str:
    return json.dumps(text if len(text) <= limit else text[:limit] + "...", ensure_ascii=False)
