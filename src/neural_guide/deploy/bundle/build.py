"""Make a folder that solves without a network: python -m neural_guide.bundle [checkpoint=outputs/latest]."""

import time
from pathlib import Path

from neural_guide.app.console import say
from neural_guide.deploy.bundle.contents import write_contents
from neural_guide.deploy.bundle.folder import replace_bundle
from neural_guide.deploy.bundle.settings import BundleCommandSettings
from neural_guide.dsl.vocabulary import check_vocabulary
from neural_guide.guide.default_guide import GUIDE_PRIORS, choose_dsl, choose_prior
from neural_guide.guide.guide import Guide, load_guide


def build_bundle(settings: BundleCommandSettings) -> None:
    """Write code, settings and weights, if any, into one folder, and print how to use it."""
    started = time.perf_counter()
    dsl = choose_dsl(settings.dsl, settings.checkpoint)
    settings.prior, settings.checkpoint = choose_prior(settings.prior, settings.checkpoint, dsl)
    guide = _load_guide(settings.checkpoint, dsl) if settings.prior in GUIDE_PRIORS else None
    folder = Path(settings.bundle.folder)
    with replace_bundle(folder, overwrite=settings.bundle.overwrite) as new:
        write_contents(new, guide, dsl, settings.prior, settings.bundle.wheels)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    packages = f"Fetch the packages of {folder / 'wheels.txt'} as {folder / 'README.md'} says, then"
    if settings.bundle.wheels:
        packages = f"Upload it to Kaggle with {folder / 'kaggle.ipynb'}, as {folder / 'README.md'} says, or"
    say(
        f"{folder}: {size / 2**20:.1f} MiB, {time.perf_counter() - started:.0f} s. {packages}: "
        f"sh {folder / 'run.sh'} TASKS.json"
    )


def _load_guide(checkpoint: str | None, dsl: str) -> Guide:
    """Load the guide.

    Raises:
        UserError: it predicts other primitives than programs are made of.
    """
    guide = load_guide(checkpoint)
    check_vocabulary(guide.programs, dsl, checkpoint)
    return guide
