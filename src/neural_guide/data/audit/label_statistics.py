"""Which primitives a dataset names, how often, beside which others, and which names say the same."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import Grid
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary

Counts = npt.NDArray[np.int64]
SHOWN_TOGETHER = 40  # names whose co-occurrence is counted: the most frequent
MATRIX_ROWS = 4096  # programs at once


class LabelTable:
    """The labels of tasks: their different programs, and the program of each task.

    Attributes:
        vocabulary: the names.
        programs: different lists of names, by first appearance.
        program_of: int32 [task].
        label_set: int32 [task], a number for the set of names.
    """

    def __init__(self, programs: Sequence[tuple[str, ...]], vocabulary: Vocabulary) -> None:
        numbers: dict[tuple[str, ...], int] = {}
        self.vocabulary = vocabulary
        self.program_of = np.fromiter((numbers.setdefault(p, len(numbers)) for p in programs), np.int32, len(programs))
        self.programs = list(numbers)
        sets: dict[frozenset[str], int] = {}
        of_program = np.array([sets.setdefault(frozenset(p), len(sets)) for p in self.programs], np.int32)
        self.label_set: npt.NDArray[np.int32] = of_program[self.program_of]

    @cached_property
    def _uses(self) -> tuple[Counts, Counts]:
        """(program, name) of every name that a program uses, each once; int64 [use] each."""
        place = {name: position for position, name in enumerate(self.vocabulary.names)}
        sets = [{place[name] for name in program} for program in self.programs]
        programs = np.repeat(np.arange(len(sets)), [len(names) for names in sets])
        return programs, np.fromiter((name for names in sets for name in sorted(names)), np.int64, len(programs))

    def counts(self, weights: npt.NDArray[np.integer] | None = None) -> Counts:
        """Tasks that use each name, int64 [vocabulary]; each task counted `weights[task]` times, or once."""
        of_program = np.bincount(self.program_of, weights, minlength=len(self.programs))
        programs, names = self._uses
        return np.bincount(names, of_program[programs], minlength=len(self.vocabulary)).round().astype(np.int64)

    def lengths(self, weights: npt.NDArray[np.integer]) -> dict[int, tuple[int, int]]:
        """By how many primitives a program has: tasks, and tasks counted `weights[task]` times; ascending."""
        length = np.array([len(program) for program in self.programs], np.int64)[self.program_of]
        tasks, records = np.bincount(length), np.bincount(length, weights)
        return {int(at): (int(tasks[at]), round(float(records[at]))) for at in np.flatnonzero(tasks)}

    def together(self) -> tuple[list[str], list[list[int]]]:
        """Tasks that use two names, for each two of the most frequent names, which come first.

        Returns:
            The names, and a symmetric matrix of counts whose diagonal counts the tasks with the name.
        """
        counts = self.counts()
        chosen = np.argsort(-counts, kind="stable")[:SHOWN_TOGETHER]
        chosen = chosen[counts[chosen] > 0]
        column = np.full(len(self.vocabulary), -1)
        column[chosen] = np.arange(len(chosen))
        programs, names = self._uses
        tasks = np.bincount(self.program_of, minlength=len(self.programs)).astype(np.float64)
        matrix = np.zeros((len(chosen), len(chosen)))
        for start in range(0, len(self.programs), MATRIX_ROWS):
            rows = np.zeros((min(MATRIX_ROWS, len(self.programs) - start), len(chosen)))
            begin, end = np.searchsorted(programs, (start, start + len(rows)))
            used = column[names[begin:end]]
            rows[programs[begin:end][used >= 0] - start, used[used >= 0]] = 1
            matrix += rows.T @ (rows * tasks[start : start + len(rows), None])
        return [self.vocabulary.names[at] for at in chosen], matrix.round().astype(int).tolist()

    def always_together(self) -> list[list[str]]:
        """Sets of two or more names that every task uses together or not at all; unused names are left out."""
        programs, names = self._uses
        weights = np.random.default_rng(0).integers(1 << 62, size=len(self.programs), dtype=np.uint64)
        sums = np.zeros(len(self.vocabulary), np.uint64)
        np.add.at(sums, names, weights[programs])
        sets: dict[int, list[str]] = {}
        for name in np.unique(names).tolist():
            sets.setdefault(int(sums[name]), []).append(self.vocabulary.names[name])
        return [group for group in sets.values() if len(group) > 1]


def same_effect(names: Sequence[str], inputs: Sequence[Grid]) -> tuple[list[list[str]], list[str]]:
    """Names that cannot be told apart by what they do.

    Args:
        names: those that are no primitives of ours are left out.
        inputs: grids to execute them on; at least one.

    Returns:
        Sets of names whose primitives give the same result on every input (or apply to none), and names whose
        primitives change no input.
    """
    results: dict[tuple[bytes | None, ...], list[str]] = {}
    before = tuple(_bytes(grid) for grid in inputs)
    for name in names:
        if name in PRIMITIVES:
            results.setdefault(tuple(_bytes(PRIMITIVES[name](grid)) for grid in inputs), []).append(name)
    idle = [
        name
        for made, group in results.items()
        if all(after in (None, grid) for after, grid in zip(made, before, strict=True))
        for name in group
    ]
    return [group for group in results.values() if len(group) > 1], idle


def _bytes(grid: Grid | None) -> bytes | None:
    return None if grid is None else bytes(grid.shape) + grid.tobytes()


def rare(counts: Mapping[str, int], least: int) -> list[str]:
    """Names that fewer than `least` tasks use, the rarest first; names that no task uses are left out."""
    return sorted((name for name, count in counts.items() if 0 < count < least), key=lambda name: counts[name])
