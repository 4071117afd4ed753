"""Make a folder that solves without a network: python -m neural_guide.bundle [checkpoint=outputs/latest | dsl=wide]."""

import time
from pathlib import Path

from neural_guide.app.console import console
from neural_guide.deploy.bundle.contents import write_contents
from neural_guide.deploy.bundle.folder import built_whole
from neural_guide.deploy.bundle.settings import BundleCommandSettings
from neural_guide.dsl.vocabulary import check_vocabulary
from neural_guide.guide.default_guide import NEED_GUIDE, choose_prior
from neural_guide.guide.guide import Guide, load_guide


def build_bundle(config: BundleCommandSettings) -> None:
    """Put code, settings and weights, if any, into one folder, whole or not at all, and say how it is used."""
    started = time.perf_counter()
    config.prior, config.checkpoint = choose_prior(config.prior, config.checkpoint, config.dsl)
    guide = _guide(config) if config.prior in NEED_GUIDE else None
    place = Path(config.bundle.folder)
    with built_whole(place, overwrite=config.bundle.overwrite) as made:
        write_contents(made, guide, config.dsl, config.prior)
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    console.print(
        f"{place}: {size / 2**20:.1f} MiB, {time.perf_counter() - started:.0f} s. Fetch the packages of "
        f"{place / 'wheels.txt'} as {place / 'README.md'} says, then: sh {place / 'run.sh'} TASKS.json",
        highlight=False,
        soft_wrap=True,
    )


def _guide(config: BundleCommandSettings) -> Guide:
    """The guide, which must be able to guide a search.

    Raises:
        UserError: it predicts other primitives than programs are made of.
    """
    guide = load_guide(config.checkpoint)
    check_vocabulary(guide.vocabulary, config.dsl, config.checkpoint)
    return guide
