"""The settings of each command, composed of those that live beside their algorithms.

Each command has a root of its own: a dataclass with just the settings that it reads. The YAML files under conf/ choose
values; the settings classes say which keys exist, what they mean and what they allow.
"""

from dataclasses import dataclass, field
from pathlib import Path

from neural_guide.app.common_settings import checkpoint_setting, solutions_setting, tasks_setting
from neural_guide.app.settings import group, setting
from neural_guide.app.settings_files import RENAMED
from neural_guide.app.surface import Surface
from neural_guide.data.generation.settings import GenerateSettings
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.deploy.bundle.settings import BundleCommandSettings
from neural_guide.experiment.settings import (
    TRAINING_GROUPS,
    EvaluateSchema,
    EvaluateSettings,
    RunSettings,
    ShipSettings,
    SolveSettings,
    SpeedupSettings,
    TuneCommandSettings,
)
from neural_guide.explorer.settings import ExploreCommandSettings
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.training.settings import TrainingSettings


@dataclass
class CloudCommandSettings(RunSettings):
    """Rent a spot machine for a run; what is typed for training is passed on to it."""

    cloud: CloudSettings = group(CloudSettings)


@dataclass
class ExportGroup:
    """The guide as an ONNX file."""

    path: str | None = setting(None, "File to write; null puts it beside the guide.")
    overwrite: bool = setting(False, "Replace a file that exists.")


@dataclass
class ExportSettings:
    """Export a guide as an ONNX file."""

    checkpoint: str | None = checkpoint_setting(has_default=False)
    export: ExportGroup = group(ExportGroup)


@dataclass
class CompareSettings:
    """Compare runs."""

    runs: list[str] = field(default_factory=list, metadata={"help": "Folders of runs or sweeps; typed without a key."})


@dataclass
class ValidateSubmissionSettings:
    """Check a submission."""

    submission: str | None = setting(None, "File to check; typed without a key.")
    tasks: str = tasks_setting()
    solutions: str | None = solutions_setting()


ROOTS: dict[str, type] = {
    "train": RunSettings,
    "generate": GenerateSettings,
    "inspect": TrainingSettings,
    "evaluate": EvaluateSettings,
    "plan": BoundedTrainingSettings,
    "tune": TuneCommandSettings,
    "cloud": CloudCommandSettings,
    "solve": SolveSettings,
    "speedup": SpeedupSettings,
    "explore": ExploreCommandSettings,
    "bundle": BundleCommandSettings,
    "export": ExportSettings,
    "ship": ShipSettings,
    "compare": CompareSettings,
    "validate_submission": ValidateSubmissionSettings,
}
"""The settings of each command that takes any, by the command's name."""

GROUPS: dict[str, tuple[str, ...]] = {
    "train": (*TRAINING_GROUPS, "sweep"),
    "inspect": TRAINING_GROUPS,
    "evaluate": ("data", "hardware", "experiment"),
    "plan": TRAINING_GROUPS,
    "tune": TRAINING_GROUPS,
    "cloud": TRAINING_GROUPS,
}
"""Groups of conf/ that a command takes an option of, e.g. hardware=g4dn."""


REMOVED: dict[str, str] = {
    "plan.old_trainer": "why the trainer of July 2025 ran out of memory stands in docs/log.md.",
}
"""Keys of earlier versions that are gone, by the reason."""


def _report_sweep(folder: Path) -> bool:
    from neural_guide.experiment.sweep import report_sweep

    return bool(report_sweep(folder))


SURFACE = Surface(ROOTS, GROUPS, RENAMED, REMOVED, _report_sweep, {"evaluate": EvaluateSchema})
