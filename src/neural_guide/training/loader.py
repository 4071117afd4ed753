"""Batches of tasks, gathered whole from the store."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from numpy.random import default_rng

from neural_guide.data.colour_augmentation import ColourMaps, apply_colour_maps
from neural_guide.data.store.feature_cache import MOST_STATES
from neural_guide.data.store.store import Store
from neural_guide.errors import UserError
from neural_guide.runtime.prefetch import iterate_ahead
from neural_guide.training.batches import NO_STEP, Batch, FeatureRows, Underway

AT_ONCE = 2048  # pairs that are drawn and gathered at once, in whole batches: at most 3.7 MB of cells


class Recoloured(NamedTuple):
    """Outputs in other colours.

    Attributes:
        share: of the tasks that are shown so, drawn anew every epoch.
        maps: uint8 [task of the store, 256], see `colour_augmentation.draw_colour_maps`.
        features: of every record against its output under the map; None where no features are shown.
    """

    share: float
    maps: ColourMaps
    features: FeatureRows | None


class _Drawn(NamedTuple):
    """What is shown of some tasks.

    Attributes:
        records: int64 [task, pair], -1 where there is none.
        steps: int64 [task], number of the state underway.
        other: bool [task], whether in other colours.
    """

    records: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    other: npt.NDArray[np.bool_]


class TaskLoader:
    """Iterates over the batches of one epoch.

    The order of an epoch and the pairs drawn in it are a function of (seed, epoch, position) alone, so a run
    that was stopped goes on with exactly the batches that the uninterrupted run would have seen, and batches can
    be prepared ahead by threads. Threads and not processes: numpy lets go of the interpreter while it copies, and
    a batch need not be sent from one process to another.

    Where several processes train together, each takes its share of every batch of all: no task is seen twice or
    left out in an epoch, shares differ by one task at most, and all take the same number of steps.

    Args:
        store: where the records lie.
        features: of every record, or None.
        tasks: int64, numbers of the tasks to draw from.
        passes: bool [record], the records that may be used.
        batch_size: tasks a batch; the last one of an epoch may be smaller.
        pairs: most pairs of a task in a batch. Tasks with more show others every epoch when shuffled.
        shuffle: a new order every epoch; else the order of `tasks` and the first pairs.
        seed: of the order.
        drop_pairs: share of pairs left out at random when shuffled, so that the network learns to do with
            fewer; one pair of each task always stays.
        order: where each name of another vocabulary stands in the store's, None where it is not used; labels
            and rows of features then come in that other order.
        workers: threads that prepare batches ahead; 0: each is prepared when asked for.
        pin: whether batches lie in memory that a GPU copies from without waiting.
        share: (place, number) of this process among those that train together.
        underway: bool [task of the store, MOST_STATES], after how many steps of its program a state of the task is
            shown beside it, at least one a task; None: none is.
        recoloured: what is shown in other colours when shuffled; None: nothing.

    Raises:
        UserError: there are fewer tasks than processes.
    """

    def __init__(
        self,
        store: Store,
        features: FeatureRows | None,
        tasks: npt.NDArray[np.int64],
        passes: npt.NDArray[np.bool_],
        *,
        batch_size: int,
        pairs: int,
        shuffle: bool,
        seed: int = 0,
        drop_pairs: float = 0.0,
        order: Sequence[int | None] | None = None,
        workers: int = 0,
        pin: bool = False,
        share: tuple[int, int] = (0, 1),
        underway: npt.NDArray[np.bool_] | None = None,
        recoloured: Recoloured | None = None,
    ) -> None:
        if tasks.size and len(tasks) < share[1]:
            raise UserError(f"{len(tasks)} tasks cannot be shared by {share[1]} processes. Use hardware.devices=1.")
        self.workers, self.pin, self.share = workers, pin, share
        self.store, self.features, self.tasks = store, features, tasks
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.drop_pairs = drop_pairs
        offsets, self._records, grouped = store.records_by_task(passes)
        place = np.searchsorted(grouped, tasks)
        self._first, self._count = offsets[place], offsets[place + 1] - offsets[place]
        self._most = min(pairs, int(self._count.max(initial=1)))  # pairs of a task that are ever shown
        self._lengths = store.lengths[tasks]
        self._labels = store.labels[tasks] if order is None else _reordered(store.labels[tasks], order)
        self._rows: list[int] | None = None
        if order is not None and features is not None:
            self._rows = [0] + [1 + place for place in order if place is not None]
        self._programs = store.steps(MOST_STATES)[tasks] if underway is not None else None
        self._underway_at = underway[tasks] if underway is not None else None
        self._recoloured = recoloured
        self._epoch = 0
        self._position = 0  # batches of this epoch that were handed out

    def __len__(self) -> int:
        """Batches an epoch."""
        return steps_per_epoch(len(self.tasks), self.batch_size, self.share[1])

    @property
    def n_records(self) -> int:
        """Records of the tasks to draw from."""
        return int(self._count.sum())

    def __iter__(self) -> Iterator[Batch]:
        """The batches of the current epoch that are left; the next call begins the next epoch."""
        order = np.arange(len(self.tasks))
        if self.shuffle:
            order = default_rng([self.seed, self._epoch]).permutation(order)
        epoch, last = self._epoch, len(self) - 1
        first = self._position if self.shuffle else 0  # an order that never changes is never resumed
        for position, batch in enumerate(self._prepared(order, epoch, first), first):
            # Moved on before the batch is handed out: whoever takes the last one need not ask for more.
            self._epoch, self._position = (epoch + 1, 0) if position == last else (epoch, position + 1)
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Where in the data we are; Lightning keeps it in checkpoints."""
        return {"epoch": self._epoch, "position": self._position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where a checkpoint was written."""
        self._epoch, self._position = state["epoch"], state["position"]

    def _prepared(self, order: npt.NDArray[np.int64], epoch: int, first: int) -> Iterator[Batch]:
        """The batches from a position on, in order, made by threads where there are any."""
        groups = [group for group in self._groups() if group.stop > first]
        make = partial(self._group, order, epoch)
        if self.workers:
            threads = ThreadPoolExecutor(self.workers, "batches")
            made: Iterator[list[Batch]] = iterate_ahead(threads, make, groups, limit=2 * self.workers + 1)
        else:
            made = map(make, groups)
        return islice(chain.from_iterable(made), first - groups[0].start if groups else 0, None)

    def _groups(self) -> Iterator[range]:
        """Positions of the batches that are made together; the first of an epoch is alone, to be there at once."""
        at_once = max(1, AT_ONCE // (self.batch_size * self._most))
        begins = [0, *range(1, len(self), at_once), len(self)]
        return map(range, begins, begins[1:])

    def _chosen(self, order: npt.NDArray[np.int64], positions: range) -> tuple[npt.NDArray[np.int64], list[int]]:
        """Where the tasks of this process's share of some batches stand in `tasks`, and how many are of each."""
        process, processes = self.share
        end = len(order) if positions.stop == len(self) else positions.stop * self.batch_size * processes
        chosen = order[positions.start * self.batch_size * processes : end][process::processes]
        sizes = [self.batch_size] * (len(positions) - 1)
        return chosen, [*sizes, len(chosen) - sum(sizes)]

    def _group(self, order: npt.NDArray[np.int64], epoch: int, positions: range) -> list[Batch]:
        """The batches at some positions: numpy takes as long to begin a step for one as for all of one shape."""
        chosen, sizes = self._chosen(order, positions)
        begins = np.cumsum([0, *sizes[:-1]])
        drawn = self._drawn(chosen, epoch, positions.start)
        sides = np.where(drawn.records < 0, 0, self.store.side[drawn.records]).max(axis=1)
        pairs = np.minimum(self._count[chosen], self._most)
        shapes = list(zip(*(np.maximum.reduceat(each, begins).tolist() for each in (sides, pairs)), strict=True))
        made: dict[int, Batch] = {}
        for shape in set(shapes):
            alike = [place for place, each in enumerate(shapes) if each == shape]
            rows = np.flatnonzero(np.repeat([each == shape for each in shapes], sizes))
            shown = _Drawn(drawn.records[rows, : shape[1]], drawn.steps[rows], drawn.other[rows])
            together = self._batch(chosen[rows], shown)
            made |= zip(alike, together.split([sizes[place] for place in alike]), strict=True)
        return [made[place].pinned() if self.pin else made[place] for place in range(len(positions))]

    def _drawn(self, chosen: npt.NDArray[np.int64], epoch: int, position: int) -> _Drawn:
        """What to show of some tasks."""
        count, columns = self._count[chosen][:, None], np.arange(self._most)
        mask, turn = columns < count, np.zeros_like(count)
        other = np.zeros(len(chosen), bool)
        steps = self.tasks[chosen]  # taken before the state underway; where nothing is drawn, all numbers are met
        if self.shuffle:
            rng = default_rng([self.seed, epoch, position])
            turn = rng.integers(count)
            mask &= (rng.random(mask.shape) >= self.drop_pairs) | (columns == 0)
            steps = rng.integers(2**32, size=len(chosen))
            if self._recoloured is not None:
                other = rng.random(len(chosen)) < self._recoloured.share
        places = self._first[chosen][:, None] + (columns + turn) % count
        return _Drawn(np.where(mask, self._records[places], -1), steps, other)

    def _batch(self, chosen: npt.NDArray[np.int64], drawn: _Drawn) -> Batch:
        """All there is of some tasks, each with its row of records."""
        mask = drawn.records >= 0
        inputs, outputs = self.store.gather(drawn.records)
        if self._recoloured is not None:
            outputs[drawn.other] = apply_colour_maps(
                outputs[drawn.other], self._recoloured.maps[self.tasks[chosen[drawn.other]]]
            )
        features = None if self.features is None else self._after(drawn, mask, np.zeros_like(drawn.steps))
        if features is not None and self._rows is not None:
            features = features[:, self._rows]
        return Batch(
            torch.from_numpy(inputs),
            torch.from_numpy(outputs),
            torch.from_numpy(mask),
            None if features is None else torch.from_numpy(_spread(features, mask)),
            torch.from_numpy(self._labels.take(chosen, axis=0)),
            torch.from_numpy(self._lengths[chosen]),
            torch.from_numpy(self.tasks[chosen]),
            None if self._programs is None else self._underway(chosen, drawn, mask),
        )

    def _after(self, drawn: _Drawn, mask: npt.NDArray[np.bool_], steps: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Executed features of what the mask [task, pair] shows, after so many steps [task] of each program."""
        assert self.features is not None
        records, after = drawn.records[mask], np.broadcast_to(steps[:, None], mask.shape)[mask]
        found = self.features.after(records, after)
        other = np.broadcast_to(drawn.other[:, None], mask.shape)[mask]
        if other.any():
            assert self._recoloured is not None
            assert self._recoloured.features is not None
            found[other] = self._recoloured.features.after(records[other], after[other])
        return found

    def _underway(self, chosen: npt.NDArray[np.int64], drawn: _Drawn, mask: npt.NDArray[np.bool_]) -> Underway:
        """A state of each task on its way: the one of number `drawn.steps`, modulo how many may be shown."""
        assert self._programs is not None
        assert self._underway_at is not None
        programs, places, may = self._programs[chosen], np.arange(MOST_STATES), self._underway_at[chosen]
        number = drawn.steps % may.sum(axis=1)
        steps = (may.cumsum(axis=1) <= number[:, None]).sum(axis=1)
        left = (programs >= 0) & (places >= steps[:, None])
        needed = np.zeros((len(chosen), self._labels.shape[1]), bool)
        rows, columns = np.nonzero(left)
        needed[rows, programs[rows, columns]] = True
        features = self._after(drawn, mask, steps)
        ahead = np.pad(programs, ((0, 0), (0, 1)), constant_values=NO_STEP).astype(np.int64)
        following, second = ahead[np.arange(len(chosen)), steps], ahead[np.arange(len(chosen)), steps + 1]
        return Underway(*map(torch.from_numpy, (_spread(features, mask), following, needed, second)))


def steps_per_epoch(tasks: int, batch_size: int, processes: int = 1) -> int:
    """Batches an epoch. Where the last one has fewer tasks than there are processes, the one before takes them."""
    whole, rest = divmod(tasks, batch_size * processes)
    return whole + (rest >= processes or (rest > 0 and whole == 0))


def _reordered(labels: npt.NDArray[np.bool_], order: Sequence[int | None]) -> npt.NDArray[np.bool_]:
    columns = [np.zeros(len(labels), dtype=bool) if place is None else labels[:, place] for place in order]
    return np.stack(columns, axis=1)


def _spread(rows: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Rows [n, ...] put where the mask [batch, pair] is true: [batch, pair, ...], 0 elsewhere."""
    if mask.all():
        return rows.reshape(*mask.shape, *rows.shape[1:])
    spread = np.zeros((*mask.shape, *rows.shape[1:]), dtype=rows.dtype)
    spread[mask] = rows
    return spread
