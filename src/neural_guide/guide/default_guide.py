"""The default of a search: the guide that the repository ships for a vocabulary (written by `ship`), or no guide."""

from pathlib import Path

from neural_guide.app.console import say
from neural_guide.app.provenance import find_shared
from neural_guide.dsl.vocabulary import Vocabulary, find_name
from neural_guide.guide.guide import Guide, load_guide

SHIPPED_FOLDER = find_shared("guides")  # a folder for each vocabulary
SOLVER_DSL = "wide"  # vocabulary of a search where none is named: it solves most
GUIDE_FILE, METRICS_FILE, CARD_FILE = "guide.safetensors", "metrics.json", "README.md"
GUIDE_PRIORS = ("guide", "frequency")  # priors that a guide is loaded for; frequencies are those of its training split
MAX_GUIDE_MIB = 5.0  # every clone downloads the file


def find_default_guide(dsl: str) -> str | None:
    """Find the folder of the shipped guide and print it; None where none ships.

    Args:
        dsl: name of the vocabulary that the guide must predict.
    """
    folder = _find_shipped_folder(dsl)
    if folder is None:
        return None
    folder = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    say(f"Shipped guide: {folder} (another one: checkpoint=FOLDER, none: prior=uniform)")
    return str(folder)


def load_shipped_guide(vocabulary: Vocabulary) -> Guide | None:
    """Load the shipped guide of a vocabulary; None where none ships."""
    dsl = find_name(vocabulary)
    folder = _find_shipped_folder(dsl) if dsl else None
    return load_guide(str(folder)) if folder else None


def _find_shipped_folder(dsl: str) -> Path | None:
    """Find the folder of the shipped guide of a vocabulary; None where none ships."""
    folder = SHIPPED_FOLDER / dsl
    return folder if (folder / GUIDE_FILE).is_file() else None


def choose_dsl(dsl: str | None, checkpoint: str | None, default: str = SOLVER_DSL) -> str:
    """Choose the vocabulary of a search: the named one, else that of the named guide, else the default.

    Args:
        dsl: name of a vocabulary; None: it is not named.
        checkpoint: guide that is named; None: none is.
        default: name of the vocabulary where neither is named, or the guide predicts none of ours.
    """
    if dsl is not None or checkpoint is None:
        return dsl or default
    return find_name(load_guide(checkpoint).programs) or default


def choose_prior(prior: str, checkpoint: str | None, dsl: str) -> tuple[str, str | None]:
    """Resolve the prior and the checkpoint of a search: the shipped guide where none is named.

    Without a guide, and for another vocabulary than v2, the search is unguided.
    """
    if prior in GUIDE_PRIORS and checkpoint is None:
        checkpoint = find_default_guide(dsl)
    if prior != "guide" or checkpoint is not None or dsl == "v2":
        return prior, checkpoint
    say(f"No guide ships for dsl={dsl}: shorter programs are tried first (prior=uniform). With one: checkpoint=FOLDER")
    return "uniform", None
