"""Settings of a bundle."""

from dataclasses import dataclass

from neural_guide.app.common_settings import checkpoint_setting, dsl_setting, prior_setting
from neural_guide.app.settings import group, setting


@dataclass
class BundleSettings:
    """The folder that solves where there is no network."""

    folder: str = setting("outputs/bundle", "Folder to write.")
    overwrite: bool = setting(False, "Replace a bundle that exists.")


@dataclass
class BundleCommandSettings:
    """Make a folder that solves without a network."""

    checkpoint: str | None = checkpoint_setting(has_default=True)
    dsl: str = dsl_setting()
    prior: str = prior_setting()
    bundle: BundleSettings = group(BundleSettings)
