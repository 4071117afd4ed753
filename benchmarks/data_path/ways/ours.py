"""Our store and loader, as training uses them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from batches import BATCH_RECORDS, MIN_QUALITY, Batch

from neural_guide.data.store.feature_cache import open_features
from neural_guide.data.store.store import Store, open_store
from neural_guide.training.batch_loader import Augmentation, BatchSettings, LoaderData, TaskLoader

PAIRS = 4  # maximum number of pairs per task in a batch


def convert(dataset: Path, folder: Path, *, features: bool = False, **_: int) -> None:
    os.link(dataset, folder / dataset.name)  # the store is created beside its dataset
    store = open_prepared(dataset, folder)
    if features:
        open_features(store, progress=False)


def open_prepared(dataset: Path, folder: Path) -> Store:
    return open_store(folder / dataset.name, bad_record_limit=1, progress=False)


def open_epochs(
    dataset: Path, folder: Path, *, workers: int, tasks: int = BATCH_RECORDS, features: bool = False
) -> tuple[list[str], Callable[[int], Iterator[Batch]]]:
    """Open epochs of batches of `tasks` tasks; if each record is a task, the batches hold single records."""
    store = open_prepared(dataset, folder)
    feature_rows = open_features(store, progress=False) if features else None
    selected = store.quality >= MIN_QUALITY
    selected_tasks = store.records_by_task(selected).tasks
    loader = TaskLoader(
        data=LoaderData(store=store, features=feature_rows, tasks=selected_tasks, selected=selected),
        batches=BatchSettings(batch_size=tasks, pairs=PAIRS, workers=workers),
        augmentation=Augmentation(seed=0),
    )
    has_one_pair = bool(np.all(np.diff(store.records_by_task().offsets) == 1))

    def iterate_epoch(_: int) -> Iterator[Batch]:
        for batch in loader:
            if has_one_pair:
                yield Batch(batch.inputs[:, 0], batch.outputs[:, 0], batch.labels)
            else:
                yield Batch(batch.inputs, batch.outputs, batch.labels, batch.pair_mask)

    return list(store.vocabulary.names), iterate_epoch
