"""Settings of a bundle."""

import re
from dataclasses import dataclass

from neural_guide.app.common_settings import checkpoint_setting, dsl_setting, prior_setting
from neural_guide.app.settings import group, setting

OLDEST_PYTHON = "3.11"


@dataclass
class BundleSettings:
    """The folder that solves where there is no network."""

    folder: str = setting("outputs/bundle", "Folder to write.")
    overwrite: bool = setting(False, "Replace a bundle that exists.")
    wheels: list[str] = setting(
        [], "Python versions of the machine that solves, as [3.12]: packages for them, all but torch, are fetched."
    )

    def problem(self) -> str | None:
        """Explain which Python version cannot be named; None: all can."""
        refused = [
            version for version in self.wheels if not re.fullmatch(r"3\.\d\d", version) or version < OLDEST_PYTHON
        ]
        if not refused:
            return None
        return (
            f"bundle.wheels={','.join(refused)} is no version that solves; Python {OLDEST_PYTHON} or newer does. Write "
            "e.g. bundle.wheels=[3.11,3.12]."
        )


@dataclass
class BundleCommandSettings:
    """Make a folder that solves without a network."""

    checkpoint: str | None = checkpoint_setting(has_default=True)
    dsl: str | None = dsl_setting(of_guide=True)
    prior: str = prior_setting()
    bundle: BundleSettings = group(BundleSettings)
