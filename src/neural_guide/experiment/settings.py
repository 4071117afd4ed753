"""Settings of a training run, and of a search over learning rate and batch size."""

from dataclasses import dataclass

from neural_guide.app.common_settings import (
    checkpoint_setting,
    dsl_setting,
    explain_deadline,
    prior_setting,
    seed_setting,
    solutions_setting,
    tasks_setting,
    workers_setting,
)
from neural_guide.app.settings import group, list_keys, setting
from neural_guide.data.settings import DataSettings
from neural_guide.deploy.aws.settings import SpotSettings
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.training.settings import HardwareSettings, TrainingSettings

TRAINING_GROUPS = ("data", "hardware", "compile", "experiment")
"""Groups of conf/ that hold settings of training."""


@dataclass
class RunSettings(BoundedTrainingSettings):
    """A training run: what is trained, where it stops, where it resumes and where its copy goes."""

    resume: str | None = setting(
        None, "Folder or checkpoint of a stopped run, or auto for the newest stopped run of these settings."
    )
    upload: str | None = setting(
        None, "Copy the run folder to s3://bucket/run while training, and resume a run found there."
    )
    cloud: SpotSettings = group(SpotSettings)


# Settings that may change while a run is stopped: none of them decides what is learned from which record.
CHANGEABLE_KEYS = (
    *("resume", "data.path", "data.store_dir", "data.workers", "trainer.max_time", "trainer.arc_tasks"),
    *("trainer.checkpoint_every_minutes", "trainer.checkpoint_every_steps", "trainer.log_every_steps"),
    *("hardware.name", "hardware.accelerator", "hardware.precision", "hardware.threads", "hardware.interop_threads"),
    *("hardware.processes", "hardware.matmul_precision", "hardware.cudnn_benchmark", "hardware.pin_memory"),
    *("hardware.channels_last", "hardware.allocator", "hardware.cuda_alloc_conf", "hardware.price", "hardware.fit"),
    *("deadline", "budget.dollars", "upload", *list_keys(SpotSettings, "cloud.")),
    *("compile.enabled", "compile.mode"),
)


LENGTH_KEYS = ("trainer.max_epochs", "trainer.max_steps")
"""Settings of how long a run is, on which its learning rate depends from the first step."""
LIMIT_KEYS = ("trainer.max_time", "deadline", "budget.dollars", "hardware.price")
"""Settings that may end training before its length."""
PLACE_KEYS = ("resume", "upload", *list_keys(SpotSettings, "cloud."))
"""Settings of where a run is found and copied to."""


@dataclass
class TuneSettings:
    """A search over learning rate and batch size; each trial is a run."""

    trials: int = setting(20, "Trials in all, those before a stop included.", low=1, high=1000, unit="trials")
    study: str = setting("outputs/tune", "Folder of the study and its runs.")
    lr_low: float = setting(1e-4, "Lowest learning rate.", low=1e-8, high=1)
    lr_high: float = setting(1e-2, "Highest learning rate.", low=1e-8, high=1)
    batch_sizes: list[int] = setting([16, 32, 64, 128], "Batch sizes to choose from.", low=1, unit="tasks")

    def problem(self) -> str | None:
        """The contradiction between these settings, or None."""
        if self.lr_low <= self.lr_high:
            return None
        return f"tune.lr_low={self.lr_low} is above tune.lr_high={self.lr_high}. Swap them."


@dataclass
class EvaluateGroup:
    """The part of a dataset that is evaluated."""

    split: str = setting("all", "Split to evaluate.", allowed=("all", "train", "val", "test"))


@dataclass
class EvaluateSettings:
    """Evaluate a guide on a dataset."""

    seed: int = seed_setting()
    checkpoint: str | None = checkpoint_setting(has_default=False)
    evaluate: EvaluateGroup = group(EvaluateGroup)
    data: DataSettings = group(DataSettings)
    hardware: HardwareSettings = group(HardwareSettings)


@dataclass
class EvaluateSchema(TrainingSettings):
    """The schema of `evaluate`: a profile may also set values that only training reads."""

    checkpoint: str | None = None
    evaluate: EvaluateGroup = group(EvaluateGroup)


@dataclass
class TuneCommandSettings(RunSettings):
    """Search over learning rate and batch size; what is typed for training is passed on to every trial."""

    tune: TuneSettings = group(TuneSettings)


@dataclass
class SolveSettings:
    """Solve ARC tasks."""

    seed: int = seed_setting()
    checkpoint: str | None = checkpoint_setting(has_default=True)
    resume: str | None = setting(
        None, "never starts anew; auto or null resumes a stopped run of these settings.", allowed=("auto", "never")
    )
    tasks: str = tasks_setting()
    solutions: str | None = solutions_setting()
    submission: str | None = setting(None, "File to write the submission to, besides the run folder.")
    task: str | None = setting(None, "Id of a single task to solve.")
    limit: int | None = setting(None, "Tasks to solve, drawn by the seed; null solves all.", low=1, unit="tasks")
    bad_task_limit: float = setting(0.5, "Share of invalid tasks above which a run stops.", low=0, high=1)
    workers: int | str | None = workers_setting(takes_ray=True)
    deadline: str | None = setting(
        None, "Time limit of the whole run, as 11h, 90m or DD:HH:MM:SS; it shortens the search for each task."
    )
    dsl: str | None = dsl_setting(of_guide=True)
    prior: str = prior_setting()
    budget: SearchBudget = group(SearchBudget)
    search: SearchSettings = group(SearchSettings)

    def problem(self) -> str | None:
        """Explain why the deadline cannot be read; None: it can."""
        return explain_deadline(self.deadline)


@dataclass
class HeldOutShare:
    """The programs that count as held out."""

    test_share: float = setting(0.1, "Share of program compositions never trained on, as in training.", low=0, high=0.5)


@dataclass
class SpeedupGroup:
    """Held-out tasks that priors are compared on, beside the real tasks of `tasks`."""

    tasks_per_length: int = setting(
        200, "Held-out synthetic tasks of each length, 2 to 5; in all of a guide of words.", low=1, unit="tasks"
    )
    folder: str = setting("data/held_out", "Folder to keep them in; generating them takes minutes.")


@dataclass
class SpeedupSettings:
    """Measure how much a guide saves in search."""

    seed: int = seed_setting()
    checkpoint: str | None = checkpoint_setting(has_default=True)
    tasks: str = tasks_setting()
    solutions: str | None = solutions_setting()
    limit: int | None = setting(None, "Real tasks to compare on; null takes all.", low=1, unit="tasks")
    workers: int | None = workers_setting(takes_ray=False)
    dsl: str | None = dsl_setting(of_guide=True)
    data: HeldOutShare = group(HeldOutShare)
    speedup: SpeedupGroup = group(SpeedupGroup)
    budget: SearchBudget = group(SearchBudget)
    search: SearchSettings = group(SearchSettings)


@dataclass
class ShipGroup:
    """The place of the shipped guide."""

    folder: str | None = setting(None, "Folder to write; null takes guides/ and the name of its vocabulary.")


@dataclass
class ShipSettings:
    """Ship a guide with the repository."""

    checkpoint: str | None = checkpoint_setting(has_default=False)
    ship: ShipGroup = group(ShipGroup)
