"""The dataset as Lightning sees it."""

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
from neural_guide.dsl.vocabulary import Vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.training.loader import Recoloured, TaskLoader


class TaskDataModule(L.LightningDataModule):
    """Opens the store of a dataset (building it once), selects records and splits tasks.

    Units: `max_samples` counts records and keeps whole tasks, `batch_size` counts tasks. For data of one
    pair a task the two agree.

    Args:
        config: what to use of which dataset.
        seed: of the order of training and of what `max_samples` keeps.
        processes: workers that execute features where they are not cached yet.
        pin: whether batches lie in memory that a GPU copies from without waiting.
        with_features: whether executed features are wanted, where the vocabulary can be executed.
    """

    store: Store
    passes: npt.NDArray[np.bool_]
    splits: Splits

    def __init__(
        self, config: DataSettings, *, seed: int, processes: int = 1, pin: bool = False, with_features: bool = True
    ) -> None:
        super().__init__()
        self.config, self.seed, self.processes = config, seed, processes
        self.pin, self.with_features = pin, with_features
        self._opened = False
        self._training: TaskLoader | None = None
        self._place = {"epoch": 0, "position": 0}

    @property
    def vocabulary(self) -> Vocabulary:
        """The primitives of the labels, in order."""
        return self.store.vocabulary

    @cached_property
    def features(self) -> Features | None:
        """Executed features, where they are wanted and there are any; computed when first asked for.

        On large data that takes minutes: by then everything that may refuse the data has seen it.
        """
        wanted = self.with_features and is_executable(self.store.vocabulary)
        return open_features(self.store, processes=self.processes) if wanted else None

    @property
    def feature_shape(self) -> tuple[int, int] | None:
        """(rows, features) of the executed features; None where there are none."""
        return None if self.features is None else (self.features.shape[1], self.features.shape[2])

    def setup(self, stage: str | None = None) -> None:
        """Open the store, select and split. Raises UserError where the dataset is missing, broken or too small."""
        if self._opened:
            return
        self.store = open_store(
            self.config.path,
            bad_record_limit=self.config.bad_record_limit,
            check_replay=self.config.check_replay,
            store_dir=self.config.store_dir,
        )
        self.passes = select_records(self.store, self.config, self.seed)
        self.splits = split_tasks(self.store, self.passes, self.config)
        if self.config.colour_augmentation and not is_executable(self.store.vocabulary):
            raise UserError(
                f"data.colour_augmentation={self.config.colour_augmentation}: outputs in other colours teach what a "
                f"search binds last, and none can execute the primitives of {self.config.path}. Use "
                "data.colour_augmentation=0."
            )
        self._opened = True

    def loader(
        self,
        tasks: str | npt.NDArray[np.int64],
        *,
        shuffle: bool = False,
        order: Sequence[int | None] | None = None,
        share: tuple[int, int] = (0, 1),
        recoloured: Recoloured | None = None,
    ) -> TaskLoader:
        """Batches of one split (train, val, test or all) or of some tasks; the rest as in TaskLoader."""
        return TaskLoader(
            self.store,
            self.features,
            self.splits.tasks(tasks) if isinstance(tasks, str) else tasks,
            self.passes,
            batch_size=self.config.batch_size,
            pairs=self.config.pairs_per_task,
            shuffle=shuffle,
            seed=self.seed,
            drop_pairs=self.config.drop_pairs,
            order=order,
            workers=self.config.workers,
            pin=self.pin,
            share=share,
            underway=self._underway if order is None else None,
            recoloured=recoloured,
        )

    @cached_property
    def _recoloured(self) -> Recoloured | None:
        """Outputs in other colours, where training is to show some."""
        if not self.config.colour_augmentation:
            return None
        wanted = self.features is not None
        features = open_features(self.store, augmented=True, processes=self.processes) if wanted else None
        return Recoloured(self.config.colour_augmentation, draw_colour_maps(self.store), features)

    @cached_property
    def _underway(self) -> npt.NDArray[np.bool_] | None:
        """Which states of programs are shown; None where there are no programs, or none that can be executed."""
        if self.features is None or not self.store.has_programs:
            return None
        return select_intermediate_states(self.store.programs(), MOST_STATES, self.config.test_share)

    def train_dataloader(self) -> TaskLoader:
        """Shuffled anew every epoch; the only one with outputs in other colours."""
        check_splits(self.splits, self.config)
        self._training = self.loader("train", shuffle=True, share=self._share, recoloured=self._recoloured)
        self._training.load_state_dict(self._place)
        return self._training

    def val_dataloader(self) -> TaskLoader:
        """In the order of the file."""
        return self.loader("val", share=self._share)

    def state_dict(self) -> dict[str, int]:
        """Where in the training data we are. Lightning's own record of it is not read after whole epochs."""
        return self._place if self._training is None else self._training.state_dict()

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on where a checkpoint was written."""
        self._place = dict(state_dict)

    @property
    def _share(self) -> tuple[int, int]:
        """This process among those that train together."""
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
