"""The guide that comes with the repository, for whoever names none; `ship` puts it there."""

from dataclasses import replace
from pathlib import Path

from neural_guide.command import ROOT, console
from neural_guide.config import Config
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.learn.guide import load_guide

SHIPPED = ROOT / "guides" / "default"
GUIDE, FIGURES, CARD = "guide.safetensors", "metrics.json", "README.md"
MOST_MIB = 5.0  # of a file that everybody clones


def with_shipped_guide(config: Config, vocabulary: Vocabulary) -> Config:
    """The settings, with the shipped guide where none is named, it is there, and it predicts just this vocabulary."""
    if config.checkpoint is not None or not (SHIPPED / GUIDE).is_file():
        return config
    if set(load_guide(str(SHIPPED)).vocabulary.names) != set(vocabulary.names):
        return config
    here = SHIPPED.relative_to(Path.cwd()) if SHIPPED.is_relative_to(Path.cwd()) else SHIPPED
    console.print(f"No guide was named: the one that is shipped is used, {here}", highlight=False, soft_wrap=True)
    return replace(config, checkpoint=str(here))
