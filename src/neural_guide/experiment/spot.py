"""A run on a machine that may vanish: copied as it is made, stopped in time, gone on with elsewhere."""

import contextlib
import copy
import os
from collections.abc import Iterator
from pathlib import Path

from neural_guide.app.console import console
from neural_guide.deploy.aws.run_upload import CHECKPOINTS, Mirror, fetch
from neural_guide.deploy.aws.spot_notice import SpotNotice
from neural_guide.experiment.run import HELD
from neural_guide.experiment.settings import RunSettings


def brought_here(config: RunSettings, folder: Path) -> RunSettings:
    """The configuration that goes on with the run in the bucket, fetched into `folder`, where one was begun there.

    A run that is in the folder already is gone on with as it is there: it was never older than its copy. Processes
    that train along are told by the first one.

    Raises:
        UserError: the bucket cannot be read.
    """
    if not config.upload or config.resume or HELD in os.environ:
        return config
    if not _begun(folder):
        count = fetch(config.upload, folder)
        if not _begun(folder):
            return config
        _say(f"{config.upload}: {count} files of the run that was begun there are fetched to {folder}")
    changed = copy.deepcopy(config)
    changed.resume = str(folder)
    return changed


@contextlib.contextmanager
def copied(config: RunSettings, folder: Path) -> Iterator[None]:
    """Copy a run's folder while the block lasts, and listen for a spot notice, as the configuration asks for."""
    with contextlib.ExitStack() as stack:
        if config.upload:
            stack.enter_context(Mirror(folder, config.upload, _say))
        if config.cloud.notice:
            stack.enter_context(SpotNotice(_say))
        yield


def _begun(folder: Path) -> bool:
    return any((folder / CHECKPOINTS).glob("*.ckpt"))


def _say(words: str) -> None:
    console.print(words, highlight=False, markup=False, soft_wrap=True)
