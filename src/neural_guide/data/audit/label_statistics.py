"""Statistics of labels: frequency and co-occurrence of the names in a dataset, and names with the same meaning."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary

Counts = npt.NDArray[np.int64]
MAX_NAMES = 40  # most frequent names, whose co-occurrence is counted
MATRIX_ROWS = 4096  # programs in one matrix product


class LabelTable:
    """Labels of tasks: the different programs, and the program of each task.

    Args:
        programs: names of each task, in order.
        vocabulary: all names.

    Attributes:
        vocabulary: the same.
        programs: different lists of names, by first appearance.
        program_ids: int32 [task], position of the task's program in `programs`.
        label_sets: int32 [task], number of the task's set of names.
    """

    def __init__(self, programs: Sequence[tuple[str, ...]], vocabulary: Vocabulary) -> None:
        numbers: dict[tuple[str, ...], int] = {}
        self.vocabulary = vocabulary
        self.program_ids = np.fromiter(
            (numbers.setdefault(program, len(numbers)) for program in programs), np.int32, len(programs)
        )
        self.programs = list(numbers)
        sets: dict[frozenset[str], int] = {}
        set_ids = [sets.setdefault(frozenset(program), len(sets)) for program in self.programs]
        self.label_sets: npt.NDArray[np.int32] = np.array(set_ids, np.int32)[self.program_ids]

    @cached_property
    def _uses(self) -> tuple[Counts, Counts]:
        """Every (program, name) such that the program uses the name, each once; int64 [use] each."""
        positions = {name: position for position, name in enumerate(self.vocabulary.names)}
        sets = [{positions[name] for name in program} for program in self.programs]
        programs = np.repeat(np.arange(len(sets)), [len(names) for names in sets])
        return programs, np.fromiter((name for names in sets for name in sorted(names)), np.int64, len(programs))

    def count_tasks(self, weights: npt.NDArray[np.integer] | None = None) -> Counts:
        """Count the tasks that use each name, int64 [vocabulary]; each counts `weights[task]` times, or once."""
        task_counts = np.bincount(self.program_ids, weights, minlength=len(self.programs))
        programs, names = self._uses
        return np.bincount(names, task_counts[programs], minlength=len(self.vocabulary)).round().astype(np.int64)

    def count_lengths(self, weights: npt.NDArray[np.integer]) -> dict[int, tuple[int, int]]:
        """Count tasks by program length, ascending: tasks, and tasks counted `weights[task]` times."""
        lengths = np.array([len(program) for program in self.programs], np.int64)[self.program_ids]
        tasks, records = np.bincount(lengths), np.bincount(lengths, weights)
        return {int(length): (int(tasks[length]), round(float(records[length]))) for length in np.flatnonzero(tasks)}

    def count_co_occurrences(self) -> tuple[list[str], list[list[int]]]:
        """Count the tasks that use two names, for each two of the `MAX_NAMES` most frequent names.

        Returns:
            The names, most frequent first, and a symmetric matrix of counts; the diagonal counts tasks with the name.
        """
        counts = self.count_tasks()
        chosen = np.argsort(-counts, kind="stable")[:MAX_NAMES]
        chosen = chosen[counts[chosen] > 0]
        column = np.full(len(self.vocabulary), -1)
        column[chosen] = np.arange(len(chosen))
        programs, names = self._uses
        tasks = np.bincount(self.program_ids, minlength=len(self.programs)).astype(np.float64)
        matrix = np.zeros((len(chosen), len(chosen)))
        for start in range(0, len(self.programs), MATRIX_ROWS):
            rows = np.zeros((min(MATRIX_ROWS, len(self.programs) - start), len(chosen)))
            begin, end = np.searchsorted(programs, (start, start + len(rows)))
            used = column[names[begin:end]]
            rows[programs[begin:end][used >= 0] - start, used[used >= 0]] = 1
            matrix += rows.T @ (rows * tasks[start : start + len(rows), None])
        return [self.vocabulary.names[name] for name in chosen], matrix.round().astype(int).tolist()

    def find_inseparable(self) -> list[list[str]]:
        """Find sets of two or more names that every task uses together or not at all; unused names are left out."""
        programs, names = self._uses
        weights = np.random.default_rng(0).integers(1 << 62, size=len(self.programs), dtype=np.uint64)
        sums = np.zeros(len(self.vocabulary), np.uint64)
        np.add.at(sums, names, weights[programs])
        sets: dict[int, list[str]] = {}
        for name in np.unique(names).tolist():
            sets.setdefault(int(sums[name]), []).append(self.vocabulary.names[name])
        return [group for group in sets.values() if len(group) > 1]


def find_same_effect(names: Sequence[str], inputs: Sequence[Grid]) -> tuple[list[list[str]], list[str]]:
    """Find names whose primitives have the same effect on every input.

    Args:
        names: names to compare; names that are no primitives of ours are left out.
        inputs: grids to execute them on; at least one.

    Returns:
        Sets of names whose primitives give the same result on every input (or apply to none), and names whose
        primitives change no input.
    """
    results: dict[tuple[bytes | None, ...], list[str]] = {}
    unchanged = tuple(_encode(grid) for grid in inputs)
    for name in names:
        if name in PRIMITIVES:
            results.setdefault(tuple(_encode(PRIMITIVES[name](grid)) for grid in inputs), []).append(name)
    no_effect = [
        name
        for outputs, group in results.items()
        if all(output in (None, grid) for output, grid in zip(outputs, unchanged, strict=True))
        for name in group
    ]
    return [group for group in results.values() if len(group) > 1], no_effect


def _encode(grid: Grid | None) -> bytes | None:
    return None if grid is None else bytes(grid.shape) + grid.tobytes()


def list_rare_names(counts: Mapping[str, int], least: int) -> list[str]:
    """List the names that fewer than `least` tasks use, the rarest first; unused names are left out."""
    return sorted((name for name, count in counts.items() if 0 < count < least), key=lambda name: counts[name])
