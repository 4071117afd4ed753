"""What a search follows for whoever names no guide: the one that comes with the repository, or none.

`ship` puts it there.
"""

from pathlib import Path

from neural_guide.app.console import say
from neural_guide.app.provenance import ROOT
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.guide.guide import load_guide

SHIPPED = ROOT / "guides" / "default"
GUIDE, FIGURES, CARD = "guide.safetensors", "metrics.json", "README.md"
NEED_GUIDE = ("guide", "frequency")  # frequencies are those of the guide's training split
MOST_MIB = 5.0  # of a file that everybody clones


def find_default_guide(dsl: str) -> str | None:
    """The folder of the shipped guide where it exists and predicts the vocabulary `dsl`, else None; says so."""
    if not (SHIPPED / GUIDE).is_file():
        return None
    if set(load_guide(str(SHIPPED)).vocabulary.names) != set(get_vocabulary(dsl).names):
        return None
    here = SHIPPED.relative_to(Path.cwd()) if SHIPPED.is_relative_to(Path.cwd()) else SHIPPED
    say(f"No guide was named: the one that is shipped is used, {here}")
    return str(here)


def choose_prior(prior: str, checkpoint: str | None, dsl: str) -> tuple[str, str | None]:
    """The prior and the checkpoint that a search uses: the shipped guide where none is named.

    Without any guide for another vocabulary than v2 the search is unguided.
    """
    if prior in NEED_GUIDE and checkpoint is None:
        checkpoint = find_default_guide(dsl)
    if prior != "guide" or checkpoint is not None or dsl == "v2":
        return prior, checkpoint
    say("No guide was named, so shorter programs are tried first (prior=uniform). With one: checkpoint=outputs/latest")
    return "uniform", None
