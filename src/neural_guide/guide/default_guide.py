"""The default of a search: the guide that the repository ships (written by `ship`), or an unguided search."""

from pathlib import Path

from neural_guide.app.console import say
from neural_guide.app.provenance import find_shared
from neural_guide.dsl.vocabulary import find_name
from neural_guide.guide.guide import load_guide

DEFAULT_FOLDER = find_shared("guides") / "default"
GUIDE_FILE, METRICS_FILE, CARD_FILE = "guide.safetensors", "metrics.json", "README.md"
GUIDE_PRIORS = ("guide", "frequency")  # priors that a guide is loaded for; frequencies are those of its training split
MAX_GUIDE_MIB = 5.0  # every clone downloads the file


def find_default_guide(dsl: str) -> str | None:
    """Find the folder of the shipped guide and print it; None where it is missing or of another vocabulary.

    Args:
        dsl: name of the vocabulary that the guide must predict.
    """
    if not (DEFAULT_FOLDER / GUIDE_FILE).is_file():
        return None
    if find_name(load_guide(str(DEFAULT_FOLDER)).vocabulary) != dsl:
        return None
    is_below = DEFAULT_FOLDER.is_relative_to(Path.cwd())
    folder = DEFAULT_FOLDER.relative_to(Path.cwd()) if is_below else DEFAULT_FOLDER
    say(f"No guide was named: the one that is shipped is used, {folder}")
    return str(folder)


def choose_dsl(dsl: str | None, checkpoint: str | None) -> str:
    """Choose the vocabulary of a search: the named one, else that of the named guide, else v2.

    Args:
        dsl: name of a vocabulary; None: it is not named.
        checkpoint: guide that is named; None: none is.
    """
    if dsl is not None or checkpoint is None:
        return dsl or "v2"
    return find_name(load_guide(checkpoint).vocabulary) or "v2"


def choose_prior(prior: str, checkpoint: str | None, dsl: str) -> tuple[str, str | None]:
    """Resolve the prior and the checkpoint of a search: the shipped guide where none is named.

    Without a guide, and for another vocabulary than v2, the search is unguided.
    """
    if prior in GUIDE_PRIORS and checkpoint is None:
        checkpoint = find_default_guide(dsl)
    if prior != "guide" or checkpoint is not None or dsl == "v2":
        return prior, checkpoint
    say("No guide was named, so shorter programs are tried first (prior=uniform). With one: checkpoint=outputs/latest")
    return "uniform", None
