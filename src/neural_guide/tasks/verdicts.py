"""What only the whole dataset can tell of a record: is it set aside for its names, its program, its task?

The order matters: a record that is set aside for itself neither gives its task its labels nor is it the first of
two equal pairs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neural_guide.dsl.vocabulary import VOCABULARIES, Vocabulary
from neural_guide.tasks.faults import EXAMPLES, RULE_DUPLICATE, RULE_LABELS, RULE_NAMES, RULE_REPLAY, Faults
from neural_guide.tasks.replay import MAX_STEPS, RIGHT, UNKNOWN, WRONG
from neural_guide.tasks.spool import Column, Spool

FOREIGN_SHARE = 0.01  # of the records; where fewer have a name that is not ours, the name is a mistake
OTHER_MEANING_SHARE = (
    0.5  # of the records that could be executed; where more do not replay, our names mean other things
)
REPLAY_SHARE = 0.95  # must replay where nobody is set aside for it, or else lists of primitives are no programs

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """What is kept of a dataset.

    Attributes:
        kept: int64 [kept], positions in the spool, ascending.
        task_of: int32 [kept], tasks numbered by first appearance.
        first: int64 [task], position in the spool of each task's first record.
        vocabulary: the first of ours that has the names, but for mistakes, whole and in its order; else the data's
            names, sorted.
        ordered: whether lists of primitives, executed in order, give the outputs.
    """

    kept: npt.NDArray[np.int64]
    task_of: npt.NDArray[np.int32]
    first: npt.NDArray[np.int64]
    vocabulary: Vocabulary
    ordered: bool


def judge(spool: Spool, lists: list[tuple[str, ...]], faults: Faults, *, check_replay: bool) -> Verdict:
    """Set aside what the whole dataset shows to be wrong, and count it.

    Args:
        spool: the records that keep the contract one by one; at least one.
        lists: the lists of primitives, as the spool numbers them.
        faults: is told what is set aside.
        check_replay: whether to set records aside whose primitives do not make the output of the input.
    """
    good, vocabulary = _of_one_vocabulary(spool, lists, faults)
    ordered = False
    if vocabulary in VOCABULARIES.values():
        ordered = _replayed(spool, good, lists, faults, check_replay=check_replay)
    kept = np.flatnonzero(good)
    task_of, first = _number_tasks(spool.column("task_key")[kept])
    first = kept[first]
    same = _same_labels(spool, kept, first[task_of], lists, faults)
    kept, task_of = kept[same], task_of[same]
    once = _once(spool, kept, faults)
    return Verdict(kept[once], task_of[once], first, vocabulary, ordered)


def _of_one_vocabulary(spool: Spool, lists: list[tuple[str, ...]], faults: Faults) -> tuple[Mask, Vocabulary]:
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

    _set_aside(spool, np.flatnonzero(foreign), RULE_NAMES, fact, faults)
    return ~foreign, vocabulary


def _replayed(spool: Spool, good: Mask, lists: list[tuple[str, ...]], faults: Faults, *, check_replay: bool) -> bool:
    """Whether lists are programs; records that do not replay are taken out of `good`."""
    replay = np.where(good, spool.column("replay"), UNKNOWN)
    wrong, right = np.flatnonzero(replay == WRONG), int((replay == RIGHT).sum())
    asked = right + len(wrong)
    if not check_replay:
        return right > 0 and right >= REPLAY_SHARE * asked
    if len(wrong) > OTHER_MEANING_SHARE * asked:
        faults.notes.append(
            f"The primitives of {len(wrong):,} of {asked:,} records have our names, but do not make the output of the "
            "input: the names mean something else here. All are kept, as labels without an order."
        )
        return False
    program = spool.column("program")

    def fact(at: int) -> str:
        names = lists[program[at]]
        what = f"has more than {MAX_STEPS} names" if len(names) > MAX_STEPS else "makes another output of the input"
        return f"{_quoted(', '.join(names))} {what}"

    _set_aside(spool, wrong, RULE_REPLAY, fact, faults)
    good[wrong] = False
    return right > 0


def _number_tasks(task_keys: Column) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Tasks by first appearance: int32 [record] each record's task, int64 [task] each task's first record.

    By the hash of the task_id: a million texts in a dict would take more memory than the rest together, and
    two of a million share one of 2**64 hashes with a chance of 3 in 100 million.
    """
    order, begins = _sorted(task_keys)
    first = order[begins]
    number = np.empty(len(first), np.int32)
    number[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    task_of = np.empty(len(order), np.int32)
    task_of[order] = number[np.cumsum(begins, dtype=np.int32) - 1]
    return task_of, np.sort(first).astype(np.int64)


def _sorted(keys: Column) -> tuple[npt.NDArray[np.int32], Mask]:
    """Positions of the keys in their order, equal ones in the order of the file, and where a new key begins.

    What np.unique does, in half the memory.
    """
    order = np.argsort(keys, kind="stable").astype(np.int32)
    keys = keys[order]
    begins = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    return order, begins


def _same_labels(spool: Spool, kept: Column, leaders: Column, lists: list[tuple[str, ...]], faults: Faults) -> Mask:
    """Mask [kept]: whether a record's primitives are those of its leader, the first record of its task."""
    sets: dict[frozenset[str], int] = {}
    set_of = np.array([sets.setdefault(frozenset(names), len(sets)) for names in lists], np.int32)
    labels = set_of[spool.column("program")]
    same: Mask = labels[kept] == labels[leaders]

    def fact(at: int) -> str:
        return f"primitives differ from those of the first record of task {_task(spool, at)}"

    _set_aside(spool, kept[~same], RULE_LABELS, fact, faults)
    return same


def _once(spool: Spool, kept: Column, faults: Faults) -> Mask:
    """Mask [kept]: false where a record before it has the same task, input and output; by their hash."""
    once = np.zeros(len(kept), bool)
    order, begins = _sorted(spool.column("pair_key")[kept])
    once[order[begins]] = True

    def fact(at: int) -> str:
        return f"the same pair stands in task {_task(spool, at)} before"

    _set_aside(spool, kept[~once], RULE_DUPLICATE, fact, faults)
    return once


def _set_aside(spool: Spool, records: Column, rule: str, fact: Callable[[int], str], faults: Faults) -> None:
    """Count records of the spool as set aside, with examples."""
    if not len(records):
        return
    numbers, bytes_ = spool.column("number"), spool.column("byte")
    for at in records[:EXAMPLES].tolist():
        faults.add(rule, fact(at), int(numbers[at]), int(bytes_[at]))
    faults.counts[rule] = len(records)


def _task(spool: Spool, record: int) -> str:
    (task_id,) = spool.task_ids(np.array([record]))
    return _quoted(task_id)


def _quoted(text: str, limit: int = 60) -> str:
    return json.dumps(text if len(text) <= limit else text[:limit] + "...", ensure_ascii=False)
