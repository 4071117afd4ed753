"""Settings of a run that limit its plan: deadline and budget."""

from dataclasses import dataclass

from neural_guide.app.common_settings import explain_deadline
from neural_guide.app.settings import group, setting
from neural_guide.training.settings import TrainingSettings


@dataclass
class CostSettings:
    """The highest cost of a run."""

    dollars: float | None = setting(
        None, "Most that the run may cost; also typed as budget=4. Training stops there.", low=0, unit="dollars"
    )


@dataclass
class BoundedTrainingSettings(TrainingSettings):
    """Training with a deadline and a budget."""

    deadline: str | None = setting(
        None, "Time limit of the whole run, as 4h, 90m or DD:HH:MM:SS; training stops in order before it."
    )
    budget: CostSettings = group(CostSettings)

    def problem(self) -> str | None:
        """Explain why the deadline cannot be read; None: it can."""
        return explain_deadline(self.deadline)
