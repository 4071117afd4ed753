"""What a search follows for whoever names no guide: the one that comes with the repository, or none.

`ship` puts it there.
"""

from dataclasses import replace
from pathlib import Path

from neural_guide.app.command import ROOT, console
from neural_guide.config import Config
from neural_guide.dsl.vocabulary import named_vocabulary
from neural_guide.guide.guide import load_guide

SHIPPED = ROOT / "guides" / "default"
GUIDE, FIGURES, CARD = "guide.safetensors", "metrics.json", "README.md"
NEED_GUIDE = ("guide", "frequency")  # frequencies are those of the guide's training split
MOST_MIB = 5.0  # of a file that everybody clones


def with_shipped_guide(config: Config) -> Config:
    """The settings, with the shipped guide where none is named, it is there, and it predicts what `dsl` has."""
    if config.checkpoint is not None or not (SHIPPED / GUIDE).is_file():
        return config
    if set(load_guide(str(SHIPPED)).vocabulary.names) != set(named_vocabulary(config.dsl).names):
        return config
    here = SHIPPED.relative_to(Path.cwd()) if SHIPPED.is_relative_to(Path.cwd()) else SHIPPED
    console.print(f"No guide was named: the one that is shipped is used, {here}", highlight=False, soft_wrap=True)
    return replace(config, checkpoint=str(here))


def with_a_prior(config: Config) -> Config:
    """The settings, with the shipped guide where none was named; unguided where that knows another vocabulary."""
    if config.prior in NEED_GUIDE:
        config = with_shipped_guide(config)
    if config.prior != "guide" or config.checkpoint is not None or config.dsl == "v2":
        return config
    console.print(
        "No guide was named, so shorter programs are tried first (prior=uniform). With one: checkpoint=outputs/latest",
        highlight=False,
        soft_wrap=True,
    )
    return replace(config, prior="uniform")
