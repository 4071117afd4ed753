"""Settings of the task explorer."""

from dataclasses import dataclass

from neural_guide.app.common_settings import (
    checkpoint_setting,
    dsl_setting,
    prior_setting,
    solutions_setting,
    tasks_setting,
)
from neural_guide.app.settings import group, setting
from neural_guide.search.settings import SearchBudget, SearchSettings


@dataclass
class ExploreSettings:
    """The address of the task explorer."""

    host: str = setting(
        "127.0.0.1", "Address to serve at; one beyond loopback lets others in the network run searches."
    )
    port: int = setting(8000, "Port; 0 takes any that is free.", low=0, high=65_535)


@dataclass
class ExploreCommandSettings:
    """Explore tasks on a local page."""

    checkpoint: str | None = checkpoint_setting(has_default=True)
    tasks: str = tasks_setting()
    solutions: str | None = solutions_setting()
    dsl: str | None = dsl_setting(of_guide=True)
    prior: str = prior_setting()
    explore: ExploreSettings = group(ExploreSettings)
    budget: SearchBudget = group(SearchBudget)
    search: SearchSettings = group(SearchSettings)
