"""The dataset as a Lightning data module."""

from collections.abc import Sequence
from functools import cached_property

import lightning as L
import numpy as np
import numpy.typing as npt

from neural_guide.data.colour_augmentation import draw_colour_maps
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import Splits, check_splits, select_intermediate_states, select_records, split_tasks
from neural_guide.data.store.feature_cache import MOST_STATES, Features, open_features
from neural_guide.data.store.store import Store, open_store
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.errors import UserError
from neural_guide.search.evidence import has_features
from neural_guide.training.batch_loader import Augmentation, BatchSettings, ColourRelabelling, LoaderData, TaskLoader


class TaskDataModule(L.LightningDataModule):
    """Open the store of a dataset (building it once), select records and split tasks.

    Units: `max_samples` counts records and keeps whole tasks, `batch_size` counts tasks. For data of one
    pair a task the two agree.

    Args:
        settings: settings of the dataset.
        seed: seed of the order of training and of the records that `max_samples` keeps.
        processes: workers that execute features where they are not cached yet.
        pin: put batches into memory that a GPU copies from asynchronously.
        with_features: use executed features where the vocabulary can be executed.
    """

    store: Store
    selected: npt.NDArray[np.bool_]
    splits: Splits

    def __init__(
        self, settings: DataSettings, *, seed: int, processes: int = 1, pin: bool = False, with_features: bool = True
    ) -> None:
        super().__init__()
        self.settings, self.seed, self.processes = settings, seed, processes
        self.pin, self.with_features = pin, with_features
        self._is_open = False
        self._training: TaskLoader | None = None
        self._position = {"epoch": 0, "position": 0}

    @property
    def vocabulary(self) -> Vocabulary:
        """The primitives of the labels, in order."""
        return self.store.vocabulary

    @cached_property
    def features(self) -> Features | None:
        """Executed features, if they are used and can be computed; computed at the first access.

        On large data that takes minutes: by then every check that may refuse the data has run.
        """
        used = self.with_features and has_features(self.store.vocabulary)
        return open_features(self.store, processes=self.processes) if used else None

    @property
    def feature_shape(self) -> tuple[int, int] | None:
        """(rows, features) of the executed features; None without them."""
        return None if self.features is None else (self.features.shape[1], self.features.shape[2])

    def setup(self, stage: str | None = None) -> None:
        """Open the store, select and split. Raises UserError where the dataset is missing, broken or too small."""
        if self._is_open:
            return
        settings = self.settings
        self.store = open_store(
            settings.path,
            bad_record_limit=settings.bad_record_limit,
            check_replay=settings.check_replay,
            store_dir=settings.store_dir,
        )
        self.selected = select_records(self.store, settings, self.seed)
        self.splits = split_tasks(self.store, self.selected, settings)
        if settings.colour_augmentation and not has_features(self.store.vocabulary):
            raise UserError(
                f"data.colour_augmentation={settings.colour_augmentation}: outputs in other colours teach what a "
                f"search binds last, and none can execute the primitives of {settings.path}. Use "
                "data.colour_augmentation=0."
            )
        self._is_open = True

    def make_loader(
        self,
        tasks: str | npt.NDArray[np.int64],
        *,
        shuffle: bool = False,
        order: Sequence[int | None] | None = None,
        share: tuple[int, int] = (0, 1),
        relabelling: ColourRelabelling | None = None,
    ) -> TaskLoader:
        """Make a loader of one split or of some tasks.

        Args:
            tasks: train, val, test or all; or int64 [task], numbers of tasks in the store.
            shuffle: draw the order and the pairs anew every epoch.
            order: see `LoaderData`; no intermediate states with an order.
            share: see `BatchSettings`.
            relabelling: colours of outputs where shuffled; None: unchanged.
        """
        settings = self.settings
        return TaskLoader(
            data=LoaderData(
                store=self.store,
                features=self.features,
                tasks=self.splits.tasks(tasks) if isinstance(tasks, str) else tasks,
                selected=self.selected,
                intermediate=self._intermediate if order is None else None,
                order=order,
            ),
            batches=BatchSettings(
                batch_size=settings.batch_size,
                pairs=settings.pairs_per_task,
                workers=settings.workers,
                pin=self.pin,
                share=share,
            ),
            augmentation=(
                Augmentation(seed=self.seed, drop_pairs=settings.drop_pairs, relabelling=relabelling)
                if shuffle
                else None
            ),
        )

    @cached_property
    def _relabelling(self) -> ColourRelabelling | None:
        """Colours of outputs in training; None where they stay unchanged."""
        if not self.settings.colour_augmentation:
            return None
        used = self.features is not None
        features = open_features(self.store, augmented=True, processes=self.processes) if used else None
        return ColourRelabelling(self.settings.colour_augmentation, draw_colour_maps(self.store), features)

    @cached_property
    def _intermediate(self) -> npt.NDArray[np.bool_] | None:
        """Intermediate states that may be used; None without programs, or where none can be executed."""
        if self.features is None or not self.store.has_programs:
            return None
        return select_intermediate_states(self.store.programs(), MOST_STATES, self.settings.test_share)

    def train_dataloader(self) -> TaskLoader:
        """The training split, shuffled every epoch; the only loader that relabels colours."""
        check_splits(self.splits, self.settings)
        self._training = self.make_loader("train", shuffle=True, share=self._share, relabelling=self._relabelling)
        self._training.load_state_dict(self._position)
        return self._training

    def val_dataloader(self) -> TaskLoader:
        """The validation split, in the order of the file."""
        return self.make_loader("val", share=self._share)

    def state_dict(self) -> dict[str, int]:
        """Position in the training data. Lightning does not read its own record of it after whole epochs."""
        return self._position if self._training is None else self._training.state_dict()

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Continue at the position of a checkpoint."""
        self._position = dict(state_dict)

    @property
    def _share(self) -> tuple[int, int]:
        """(rank, number) of this process among those that train together."""
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
