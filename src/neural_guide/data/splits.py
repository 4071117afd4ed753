"""Which records are used, and which tasks train, validate and test."""

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
    """The columns of a store that selection and splits look at."""

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


def select_records(columns: Columns, config: DataSettings, seed: int) -> Mask:
    """Which records pass the filters: bool [record].

    `max_samples` counts records and keeps whole tasks, drawn by the seed: the same ones for the same seed.

    Raises:
        UserError: where no record passes.
    """
    # The file holds decimals, the columns float32: 0.7 must pass a threshold of 0.7.
    threshold, low, high = (
        np.float32(value) for value in (config.quality_threshold, config.min_complexity, config.max_complexity)
    )
    passes = (columns.quality >= threshold) & (columns.complexity >= low) & (columns.complexity <= high)
    if config.max_samples is not None:
        records = np.bincount(columns.task_of[passes], minlength=columns.n_tasks)
        order = np.random.default_rng([seed, 1]).permutation(np.flatnonzero(records))
        chosen = order[np.cumsum(records[order]) <= config.max_samples]
        passes &= np.isin(columns.task_of, chosen)
    if not passes.any():
        raise UserError(
            f"{config.path}: none of {len(passes):,} records passes data.quality_threshold="
            f"{config.quality_threshold}, complexity {config.min_complexity} to {config.max_complexity} and "
            f"data.max_samples={config.max_samples}. Lower the threshold or widen the range."
        )
    return passes


def split_tasks(columns: Columns, passes: Mask, config: DataSettings) -> Splits:
    """Splits by program: `val` has programs of `train` on new grids, `test` programs never trained on.

    Both follow from hashes of the content, so a task stays on its side whatever the filters and the seed.
    Tasks made from the same input grids stay together; a validation task whose program training does not
    have is a test task. Data whose programs have no order is split by task.
    """
    tasks = np.unique(columns.task_of[passes]).astype(np.int64)
    if not columns.has_programs:
        drawn = _shares([columns.task_id(int(task)) for task in tasks])
        test = drawn < config.test_share
        val = ~test & (drawn < config.test_share + config.val_share)
        return Splits(tasks[~test & ~val], tasks[val], tasks[test])
    programs = columns.programs()
    names = [programs[task] for task in tasks]
    kept = {name: is_held_out(name, config.test_share) for name in set(names)}
    held_out = np.array([kept[name] for name in names], dtype=bool)
    new_grids = (_input_sets(columns)[tasks] % 10_000) < config.val_share * 10_000
    train = ~held_out & ~new_grids
    trained = {name for name, trains in zip(names, train, strict=True) if trains}
    val = new_grids & ~held_out & np.array([name in trained for name in names], dtype=bool)
    return Splits(tasks[train], tasks[val], tasks[~train & ~val])


def is_held_out(program: Sequence[str], test_share: float) -> bool:
    """Whether no task with this program is ever trained on, whatever its grids.

    Args:
        program: first step first. A single primitive is no composition: it is always trained on.
        test_share: share of the compositions that are kept, [0, 1].
    """
    return len(program) > 1 and _share(" ".join(program)) < test_share


def select_intermediate_states(
    programs: Sequence[tuple[str, ...]], most: int, test_share: float
) -> npt.NDArray[np.bool_]:
    """After how many steps of each program training may show the state, bool [task, most].

    What is left of a program after some steps is a program too: where that is kept from training, so is the state.

    Args:
        programs: of each task, first step first.
        most: columns, for 0 to `most` - 1 steps.
        test_share: share of the compositions that are kept from training, [0, 1].
    """
    known: dict[tuple[str, ...], list[bool]] = {}
    for program in set(programs):
        left = [program[steps:] for steps in range(min(len(program), most))]
        allowed = [not steps or not is_held_out(tail, test_share) for steps, tail in enumerate(left)]
        known[program] = allowed + [False] * (most - len(allowed))
    return np.array([known[program] for program in programs], bool).reshape(len(programs), most)


def check_splits(splits: Splits, config: DataSettings) -> None:
    """Raises UserError where there is nothing to train on or nothing to validate on."""
    for name in ("train", "val"):
        if not len(splits.tasks(name)):
            raise UserError(
                f"{config.path}: {len(splits.tasks('all'))} tasks leave none to the {name} split "
                f"(data.val_share={config.val_share}, data.test_share={config.test_share}). "
                "Use more tasks, or other shares."
            )


def _shares(names: Sequence[str]) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each name, spread evenly and the same on every machine."""
    known = {name: _share(name) for name in set(names)}
    return np.array([known[name] for name in names])


def _share(name: str) -> float:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64


def _input_sets(columns: Columns) -> npt.NDArray[np.uint64]:
    """A key of the input grids of each task, uint64 [task]; the order of pairs does not matter."""
    keys = np.full(columns.n_tasks, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(keys, columns.task_of, columns.input_key)
    return keys
