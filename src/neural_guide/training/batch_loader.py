"""The loader of training: batches of tasks, gathered in groups from the store."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
from neural_guide.training.batch_types import NO_STEP, Batch, FeatureRows, IntermediateStates

GROUP_PAIRS = 2048  # pairs that are drawn and gathered together, in whole batches: at most 3.7 MB of cells


@dataclass(frozen=True)
class LoaderData:
    """The tasks that a loader draws from.

    Args:
        store: store of the records.
        features: features of every record, or None.
        tasks: int64 [task], numbers in the store of the tasks to draw from.
        selected: bool [record], the records that may be used.
        intermediate: bool [task of the store, MOST_STATES], true where the state after so many steps of the program may
            be used, at least one a task; None: no intermediate states.
        order: position of each name of another vocabulary in the store's, None for a name it lacks. Labels and rows
            of features then follow that other vocabulary. None: the store's order.
    """

    store: Store
    features: FeatureRows | None
    tasks: npt.NDArray[np.int64]
    selected: npt.NDArray[np.bool_]
    intermediate: npt.NDArray[np.bool_] | None = None
    order: Sequence[int | None] | None = None


@dataclass(frozen=True)
class BatchSettings:
    """Size and preparation of batches.

    Args:
        batch_size: tasks a batch; the last one of an epoch may be smaller.
        pairs: most pairs of a task in a batch.
        workers: threads that prepare batches ahead; 0: each is prepared when it is requested.
        pin: put batches into memory that a GPU copies from asynchronously.
        share: (rank, number) of this process among those that train together.
    """

    batch_size: int
    pairs: int
    workers: int = 0
    pin: bool = False
    share: tuple[int, int] = (0, 1)


class ColourRelabelling(NamedTuple):
    """Outputs under a map of colours.

    Attributes:
        share: share of the tasks that are relabelled, drawn anew every epoch.
        maps: uint8 [task of the store, 256], see `colour_augmentation.draw_colour_maps`.
        features: features of every record against its output under the map; None where no features are used.
    """

    share: float
    maps: ColourMaps
    features: FeatureRows | None


@dataclass(frozen=True)
class Augmentation:
    """Random order and content of every epoch. Tasks with more pairs than a batch takes show others every epoch.

    Args:
        seed: seed of the order and of every draw.
        drop_pairs: share of pairs left out at random, so that the network learns to use fewer; one pair of each task
            always stays.
        relabelling: colours of outputs; None: unchanged.
    """

    seed: int
    drop_pairs: float = 0.0
    relabelling: ColourRelabelling | None = None


class _Draw(NamedTuple):
    """The pairs and states of some tasks.

    Attributes:
        records: int64 [task, pair], -1 where there is none.
        steps: int64 [task], number of the intermediate state.
        relabelled: bool [task], true where the outputs have other colours.
    """

    records: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]
    relabelled: npt.NDArray[np.bool_]


class TaskLoader:
    """Iterate over the batches of one epoch.

    The order of an epoch and the pairs drawn in it are a function of (seed, epoch, position) alone. So a resumed run
    gets exactly the batches of an uninterrupted run, and threads can prepare batches ahead. Threads and not
    processes: numpy releases the interpreter while it copies, and no batch is sent from one process to another.

    Where several processes train together, each takes its share of every common batch. No task is repeated or left
    out in an epoch, shares differ by one task at most, and all processes take the same number of steps.

    Args:
        data: tasks to draw from.
        batches: size and preparation of batches.
        augmentation: random order and content; None: the order of `data.tasks` and the first pairs.

    Raises:
        UserError: there are fewer tasks than processes.
    """

    def __init__(self, *, data: LoaderData, batches: BatchSettings, augmentation: Augmentation | None = None) -> None:
        tasks, store, order = data.tasks, data.store, data.order
        if tasks.size and len(tasks) < batches.share[1]:
            raise UserError(
                f"{len(tasks)} tasks cannot be shared by {batches.share[1]} processes. Use hardware.devices=1."
            )
        self.store, self.tasks = store, tasks
        self.batches, self.augmentation = batches, augmentation
        self._features = data.features
        offsets, self._records, task_numbers = store.records_by_task(data.selected)
        positions = np.searchsorted(task_numbers, tasks)
        self._first, self._count = offsets[positions], offsets[positions + 1] - offsets[positions]
        self._max_pairs = min(batches.pairs, int(self._count.max(initial=1)))  # pairs of a task that are ever shown
        self._lengths = store.lengths[tasks]
        self._labels = store.labels[tasks] if order is None else _reorder(store.labels[tasks], order)
        self._rows: list[int] | None = None
        if order is not None and data.features is not None:
            self._rows = [0] + [1 + position for position in order if position is not None]
        self._programs = store.steps(MOST_STATES)[tasks] if data.intermediate is not None else None
        self._allowed_steps = data.intermediate[tasks] if data.intermediate is not None else None
        self._relabelling = augmentation.relabelling if augmentation is not None else None
        self._epoch = 0
        self._position = 0  # batches of this epoch that were yielded

    def __len__(self) -> int:
        """Batches an epoch."""
        return steps_per_epoch(len(self.tasks), self.batches.batch_size, self.batches.share[1])

    @property
    def n_records(self) -> int:
        """Records of the tasks to draw from."""
        return int(self._count.sum())

    def __iter__(self) -> Iterator[Batch]:
        """The remaining batches of the current epoch; the next call begins the next epoch."""
        order = np.arange(len(self.tasks))
        if self.augmentation is not None:
            order = default_rng([self.augmentation.seed, self._epoch]).permutation(order)
        epoch, last = self._epoch, len(self) - 1
        first = self._position if self.augmentation is not None else 0  # a fixed order is never resumed
        for position, batch in enumerate(self._prepare_batches(order, epoch, first), first):
            # Advanced before the yield: after the last batch the caller need not request another.
            self._epoch, self._position = (epoch + 1, 0) if position == last else (epoch, position + 1)
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Position in the data; Lightning keeps it in checkpoints."""
        return {"epoch": self._epoch, "position": self._position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue at the position of a checkpoint."""
        self._epoch, self._position = state["epoch"], state["position"]

    def _prepare_batches(self, order: npt.NDArray[np.int64], epoch: int, first: int) -> Iterator[Batch]:
        """The batches from a position on, in order, prepared by threads if there are any."""
        groups = [group for group in self._group_positions() if group.stop > first]
        make = partial(self._make_group, order, epoch)
        workers = self.batches.workers
        batches: Iterator[list[Batch]] = map(make, groups)
        if workers:
            batches = iterate_ahead(ThreadPoolExecutor(workers, "batches"), make, groups, limit=2 * workers + 1)
        return islice(chain.from_iterable(batches), first - groups[0].start if groups else 0, None)

    def _group_positions(self) -> Iterator[range]:
        """Positions of the batches that are made together; the first batch alone, to be ready at once."""
        group_size = max(1, GROUP_PAIRS // (self.batches.batch_size * self._max_pairs))
        starts = [0, *range(1, len(self), group_size), len(self)]
        return map(range, starts, starts[1:])

    def _choose_tasks(self, order: npt.NDArray[np.int64], positions: range) -> tuple[npt.NDArray[np.int64], list[int]]:
        """Indices in `tasks` of this process's share of some batches, and the size of each batch."""
        rank, processes = self.batches.share
        batch_size = self.batches.batch_size
        end = len(order) if positions.stop == len(self) else positions.stop * batch_size * processes
        chosen = order[positions.start * batch_size * processes : end][rank::processes]
        sizes = [batch_size] * (len(positions) - 1)
        return chosen, [*sizes, len(chosen) - sum(sizes)]

    def _make_group(self, order: npt.NDArray[np.int64], epoch: int, positions: range) -> list[Batch]:
        """The batches at some positions, those of one shape together: numpy's overhead is then paid once for all."""
        chosen, sizes = self._choose_tasks(order, positions)
        starts = np.cumsum([0, *sizes[:-1]])
        draw = self._draw(chosen, epoch, positions.start)
        sides = np.where(draw.records < 0, 0, self.store.side[draw.records]).max(axis=1)
        pairs = np.minimum(self._count[chosen], self._max_pairs)
        shapes = list(zip(*(np.maximum.reduceat(values, starts).tolist() for values in (sides, pairs)), strict=True))
        batches: dict[int, Batch] = {}
        for shape in set(shapes):
            alike = [index for index, other in enumerate(shapes) if other == shape]
            rows = np.flatnonzero(np.repeat([other == shape for other in shapes], sizes))
            part = _Draw(draw.records[rows, : shape[1]], draw.steps[rows], draw.relabelled[rows])
            together = self._make_batch(chosen[rows], part)
            batches |= zip(alike, together.split([sizes[index] for index in alike]), strict=True)
        return [batches[index].pin_memory() if self.batches.pin else batches[index] for index in range(len(positions))]

    def _draw(self, chosen: npt.NDArray[np.int64], epoch: int, position: int) -> _Draw:
        """Draw the pairs, intermediate states and colours of some tasks."""
        count, columns = self._count[chosen][:, None], np.arange(self._max_pairs)
        mask, offset = columns < count, np.zeros_like(count)
        relabelled = np.zeros(len(chosen), bool)
        steps = self.tasks[chosen]  # modulo the allowed steps; without draws every number occurs
        if self.augmentation is not None:
            rng = default_rng([self.augmentation.seed, epoch, position])
            offset = rng.integers(count)
            mask &= (rng.random(mask.shape) >= self.augmentation.drop_pairs) | (columns == 0)
            steps = rng.integers(2**32, size=len(chosen))
            if self._relabelling is not None:
                relabelled = rng.random(len(chosen)) < self._relabelling.share
        indices = self._first[chosen][:, None] + (columns + offset) % count
        return _Draw(np.where(mask, self._records[indices], -1), steps, relabelled)

    def _make_batch(self, chosen: npt.NDArray[np.int64], draw: _Draw) -> Batch:
        """One batch of some tasks, each with its row of records."""
        mask = draw.records >= 0
        inputs, outputs = self.store.gather(draw.records)
        if self._relabelling is not None:
            maps = self._relabelling.maps[self.tasks[chosen[draw.relabelled]]]
            outputs[draw.relabelled] = apply_colour_maps(outputs[draw.relabelled], maps)
        features = None if self._features is None else self._gather_features(draw, mask, np.zeros_like(draw.steps))
        if features is not None and self._rows is not None:
            features = features[:, self._rows]
        return Batch(
            inputs=torch.from_numpy(inputs),
            outputs=torch.from_numpy(outputs),
            pair_mask=torch.from_numpy(mask),
            features=None if features is None else torch.from_numpy(_scatter(features, mask)),
            labels=torch.from_numpy(self._labels.take(chosen, axis=0)),
            lengths=torch.from_numpy(self._lengths[chosen]),
            tasks=torch.from_numpy(self.tasks[chosen]),
            intermediate=None if self._programs is None else self._make_intermediate(chosen, draw, mask),
        )

    def _gather_features(
        self, draw: _Draw, mask: npt.NDArray[np.bool_], steps: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        """Executed features of the pairs under the mask [task, pair], after so many steps [task] of each program."""
        assert self._features is not None
        records, after = draw.records[mask], np.broadcast_to(steps[:, None], mask.shape)[mask]
        features = self._features.after(records, after)
        relabelled = np.broadcast_to(draw.relabelled[:, None], mask.shape)[mask]
        if relabelled.any():
            assert self._relabelling is not None
            assert self._relabelling.features is not None
            features[relabelled] = self._relabelling.features.after(records[relabelled], after[relabelled])
        return features

    def _make_intermediate(
        self, chosen: npt.NDArray[np.int64], draw: _Draw, mask: npt.NDArray[np.bool_]
    ) -> IntermediateStates:
        """One intermediate state of each task: number `draw.steps`, modulo the number of allowed ones."""
        assert self._programs is not None
        assert self._allowed_steps is not None
        programs, columns, allowed = self._programs[chosen], np.arange(MOST_STATES), self._allowed_steps[chosen]
        number = draw.steps % allowed.sum(axis=1)
        steps = (allowed.cumsum(axis=1) <= number[:, None]).sum(axis=1)
        is_left = (programs >= 0) & (columns >= steps[:, None])
        remaining = np.zeros((len(chosen), self._labels.shape[1]), bool)
        task_indices, step_indices = np.nonzero(is_left)
        remaining[task_indices, programs[task_indices, step_indices]] = True
        features = self._gather_features(draw, mask, steps)
        padded = np.pad(programs, ((0, 0), (0, 1)), constant_values=NO_STEP).astype(np.int64)
        rows = np.arange(len(chosen))
        return IntermediateStates(
            features=torch.from_numpy(_scatter(features, mask)),
            next_primitive=torch.from_numpy(padded[rows, steps]),
            remaining=torch.from_numpy(remaining),
            transition=torch.from_numpy(padded[rows, steps + 1]),
        )


def steps_per_epoch(tasks: int, batch_size: int, processes: int = 1) -> int:
    """Batches an epoch. A last one with fewer tasks than processes is merged into the one before."""
    whole, rest = divmod(tasks, batch_size * processes)
    return whole + (rest >= processes or (rest > 0 and whole == 0))


def _reorder(labels: npt.NDArray[np.bool_], order: Sequence[int | None]) -> npt.NDArray[np.bool_]:
    columns = [np.zeros(len(labels), dtype=bool) if index is None else labels[:, index] for index in order]
    return np.stack(columns, axis=1)


def _scatter(rows: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Place rows [n, ...] where the mask [batch, pair] is true: [batch, pair, ...], 0 elsewhere."""
    if mask.all():
        return rows.reshape(*mask.shape, *rows.shape[1:])
    scattered = np.zeros((*mask.shape, *rows.shape[1:]), dtype=rows.dtype)
    scattered[mask] = rows
    return scattered
