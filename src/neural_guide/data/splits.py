"""Selection of records, and division of their tasks into training, validation and test."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neural_guide.data.settings import DataSettings
from neural_guide.errors import UserError

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Columns(Protocol):
    """The columns of a store that selection and splits read."""

    has_programs: bool
    n_tasks: int
    task_of: npt.NDArray[np.int32]
    quality: npt.NDArray[np.float32]
    complexity: npt.NDArray[np.float32]
    input_key: npt.NDArray[np.uint64]

    def programs(self) -> list[tuple[str, ...]]:
        """The primitives of each task."""

    def task_id(self, task: int) -> str:
        """The name of a task."""


@dataclass(frozen=True)
class Splits:
    """Task numbers of each split, ascending, int64."""

    train: Indices
    val: Indices
    test: Indices

    def tasks(self, name: str) -> Indices:
        """The tasks of `train`, `val`, `test`, or of `all` three."""
        if name == "all":
            return np.sort(np.concatenate([self.train, self.val, self.test]))
        return {"train": self.train, "val": self.val, "test": self.test}[name]


def select_records(columns: Columns, settings: DataSettings, seed: int) -> Mask:
    """Select the records that pass the filters: bool [record].

    `max_samples` counts records and keeps whole tasks, drawn by the seed. The same seed draws the same tasks.

    Raises:
        UserError: no record passes.
    """
    # The file holds decimals, the columns float32: 0.7 must pass a threshold of 0.7.
    threshold, low, high = (
        np.float32(value) for value in (settings.quality_threshold, settings.min_complexity, settings.max_complexity)
    )
    selected = (columns.quality >= threshold) & (columns.complexity >= low) & (columns.complexity <= high)
    if settings.max_samples is not None:
        sizes = np.bincount(columns.task_of[selected], minlength=columns.n_tasks)
        order = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(sizes))
        tasks = order[np.cumsum(sizes[order]) <= settings.max_samples]
        selected &= np.isin(columns.task_of, tasks)
    if not selected.any():
        raise UserError(
            f"{settings.path}: none of {len(selected):,} records passes data.quality_threshold="
            f"{settings.quality_threshold}, complexity {settings.min_complexity} to {settings.max_complexity} and "
            f"data.max_samples={settings.max_samples}. Lower the threshold or widen the range."
        )
    return selected


def split_tasks(columns: Columns, selected: Mask, settings: DataSettings) -> Splits:
    """Split by program: `val` has programs of `train` on new grids, `test` has programs that are never trained on.

    Both follow from hashes of the content, so a task keeps its side whatever the filters and the seed.
    Tasks made from the same input grids stay together. A validation task whose program is not in `train` becomes a
    test task. Data whose programs have no order is split by task.

    Args:
        columns: columns of the store.
        selected: bool [record], records that pass the filters.
        settings: shares of the splits.
    """
    tasks = np.unique(columns.task_of[selected]).astype(np.int64)
    if not columns.has_programs:
        shares = _hash_names([columns.task_id(int(task)) for task in tasks])
        test = shares < settings.test_share
        val = ~test & (shares < settings.test_share + settings.val_share)
        return Splits(tasks[~test & ~val], tasks[val], tasks[test])
    all_programs = columns.programs()
    programs = [all_programs[task] for task in tasks]
    known = {program: is_held_out(program, settings.test_share) for program in set(programs)}
    held_out = np.array([known[program] for program in programs], dtype=bool)
    new_grids = (_compute_input_set_keys(columns)[tasks] % 10_000) < settings.val_share * 10_000
    train = ~held_out & ~new_grids
    trained = {program for program, is_trained in zip(programs, train, strict=True) if is_trained}
    val = new_grids & ~held_out & np.array([program in trained for program in programs], dtype=bool)
    return Splits(tasks[train], tasks[val], tasks[~train & ~val])


def is_held_out(program: Sequence[str], test_share: float) -> bool:
    """True if no task with this program is ever trained on, whatever its grids.

    Args:
        program: first step first. A single primitive is no composition: it is always trained on.
        test_share: share of the compositions to hold out, [0, 1].
    """
    return len(program) > 1 and _hash_name(" ".join(program)) < test_share


def select_intermediate_states(
    programs: Sequence[tuple[str, ...]], n_states: int, test_share: float
) -> npt.NDArray[np.bool_]:
    """Select the intermediate states that training may use: bool [task, n_states], by number of executed steps.

    The rest of a program is itself a program; if that program is held out, the intermediate state is held out as well.

    Args:
        programs: program of each task, first step first.
        n_states: states of each task to decide on, after 0 to `n_states` - 1 steps.
        test_share: share of the compositions held out from training, [0, 1].
    """
    known: dict[tuple[str, ...], list[bool]] = {}
    for program in set(programs):
        rests = [program[steps:] for steps in range(min(len(program), n_states))]
        allowed = [not steps or not is_held_out(rest, test_share) for steps, rest in enumerate(rests)]
        known[program] = allowed + [False] * (n_states - len(allowed))
    return np.array([known[program] for program in programs], bool).reshape(len(programs), n_states)


def check_splits(splits: Splits, settings: DataSettings) -> None:
    """Check that there are tasks to train on and tasks to validate on.

    Raises:
        UserError: one of the two splits is empty; use more tasks, or other shares.
    """
    for name in ("train", "val"):
        if not len(splits.tasks(name)):
            raise UserError(
                f"{settings.path}: {len(splits.tasks('all'))} tasks leave none to the {name} split "
                f"(data.val_share={settings.val_share}, data.test_share={settings.test_share}). "
                "Use more tasks, or other shares."
            )


def _hash_names(names: Sequence[str]) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each name, float64 [name]: evenly distributed, and the same on every machine."""
    known = {name: _hash_name(name) for name in set(names)}
    return np.array([known[name] for name in names])


def _hash_name(name: str) -> float:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64


def _compute_input_set_keys(columns: Columns) -> npt.NDArray[np.uint64]:
    """A key of the input grids of each task, uint64 [task]; the order of pairs does not matter."""
    keys = np.full(columns.n_tasks, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(keys, columns.task_of, columns.input_key)
    return keys
