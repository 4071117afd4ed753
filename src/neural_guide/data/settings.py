"""Settings of a dataset: the file, the selection of records, and the batches."""

from dataclasses import dataclass

from neural_guide.app.settings import setting

DEFAULT_PATH = "data/synthetic/enhanced_synthetic_dataset_v2.json"


@dataclass
class DataSettings:
    """Selection of records, and their division into batches."""

    path: str = setting(DEFAULT_PATH, "Dataset in the record format: a file, a quoted glob, or a URL.")
    quality_threshold: float = setting(0.7, "Leave out records of lower quality.", low=0, high=1)
    min_complexity: float = setting(0.0, "Leave out records of lower complexity.", low=0, high=1)
    max_complexity: float = setting(1.0, "Leave out records of higher complexity.", low=0, high=1)
    max_samples: int | None = setting(
        None, "Use at most so many records, keeping whole tasks; null uses all.", low=1, unit="records"
    )
    batch_size: int = setting(64, "Tasks in a step on each device.", low=1, unit="tasks")
    pairs_per_task: int = setting(4, "Most pairs of a task shown at once.", low=1, high=5, unit="pairs")
    drop_pairs: float = setting(
        0.0, "Share of pairs hidden in training; each task keeps at least one.", low=0, high=0.9
    )
    colour_augmentation: float = setting(
        0.0, "Share of training tasks shown with their outputs in other colours.", low=0, high=0.9
    )
    val_share: float = setting(0.1, "Share of input sets kept for validation.", low=0, high=0.5)
    test_share: float = setting(0.1, "Share of program compositions never trained on.", low=0, high=0.5)
    bad_record_limit: float = setting(0.01, "Share of invalid records above which a run stops.", low=0, high=1)
    check_replay: bool = setting(
        True, "Set aside records whose primitives, all ours, do not turn the input into the output."
    )
    store_dir: str | None = setting(
        None, "Folder for prepared data; null puts it beside the dataset, or into the user's cache."
    )
    workers: int = setting(
        0, "Threads that prepare batches ahead; 0 prepares each when needed.", low=0, high=64, unit="threads"
    )

    @property
    def views(self) -> int:
        """Versions of every output in training: 1, or 2 with colour augmentation."""
        return 2 if self.colour_augmentation else 1

    def problem(self) -> str | None:
        """The contradiction between these settings, with its remedy; None if they agree."""
        if self.min_complexity <= self.max_complexity:
            return None
        return (
            f"data.min_complexity={self.min_complexity} is above data.max_complexity={self.max_complexity}. "
            "No record can pass; lower the first or raise the second."
        )
