"""Spot-instance support: upload the run folder while training, stop on an interruption notice, resume elsewhere."""

import contextlib
import copy
import os
from collections.abc import Iterator
from pathlib import Path

from neural_guide.app.console import say
from neural_guide.deploy.aws.run_upload import RunUpload, download_run
from neural_guide.deploy.aws.spot_notice import SpotNotice
from neural_guide.experiment.resuming import CHECKPOINTS
from neural_guide.experiment.settings import RunSettings
from neural_guide.runtime.launchers import SHARED_RUN


def fetch_run(settings: RunSettings, folder: Path) -> RunSettings:
    """The settings that resume the run in the bucket, fetched into `folder`; the same settings where none began there.

    A run that is in the folder already is resumed from there: it is never older than its copy. Only the first of
    several training processes fetches.

    Raises:
        UserError: the bucket cannot be read.
    """
    if not settings.upload or settings.resume or SHARED_RUN in os.environ:
        return settings
    if not _has_checkpoint(folder):
        count = download_run(settings.upload, folder)
        if not _has_checkpoint(folder):
            return settings
        say(f"{settings.upload}: {count} files of the run that began there were fetched to {folder}")
    changed = copy.deepcopy(settings)
    changed.resume = str(folder)
    return changed


@contextlib.contextmanager
def copy_while_training(settings: RunSettings, folder: Path) -> Iterator[None]:
    """Upload a run's folder and watch for a spot notice while the block lasts, where the settings ask for it."""
    with contextlib.ExitStack() as stack:
        if settings.upload:
            stack.enter_context(RunUpload(folder, settings.upload, say))
        if settings.cloud.notice:
            stack.enter_context(SpotNotice(say))
        yield


def _has_checkpoint(folder: Path) -> bool:
    return any((folder / CHECKPOINTS).glob("*.ckpt"))
