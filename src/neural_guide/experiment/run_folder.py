"""A training run and its folder: new, or a stopped one that is resumed with the settings that it has."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import write_config
from neural_guide.errors import UserError
from neural_guide.experiment.resuming import (
    CHECKPOINTS,
    METRICS,
    choose_folder,
    find_checkpoint,
    find_rest,
    merge_typed,
)
from neural_guide.experiment.settings import RunSettings
from neural_guide.guide.checkpoint_files import read_checkpoint
from neural_guide.runtime.atomic_files import remove_partial_files
from neural_guide.runtime.launchers import SHARED_RUN
from neural_guide.runtime.locks import hold_lock, remove_unused_folder


@dataclass(frozen=True)
class Run:
    """A run, new or resumed.

    Attributes:
        settings: of the run.
        folder: where everything is written.
        checkpoint: the one that it resumes from; None for a new run.
        about: what that checkpoint records of the run; for a new run what the next ones will record.
    """

    settings: RunSettings
    folder: Path
    checkpoint: Path | None
    about: dict[str, Any]

    @property
    def step(self) -> int:
        """Optimiser steps done before."""
        return int(self.about.get("step", 0))

    @property
    def command(self) -> str:
        """The line that repeats the run from its beginning."""
        return str(self.about["command"])

    @property
    def checkpoints(self) -> Path:
        """The folder of its checkpoints."""
        return self.folder / CHECKPOINTS

    def bind_data(self, fingerprint: str, vocabulary: tuple[str, ...], source: str) -> "Run":
        """The run with the data that it is trained on; only now are its settings written.

        Args:
            fingerprint: of the dataset's content.
            vocabulary: names of its primitives, in order.
            source: the dataset, as errors name it.

        Raises:
            UserError: the checkpoint was trained on other data.
        """
        names = list(vocabulary)
        if self.checkpoint and self.about["vocabulary"] != names:
            raise UserError(_describe_other_vocabulary(self.checkpoint, self.about["vocabulary"], names, source))
        if self.checkpoint and self.about["data"] != fingerprint:
            raise UserError(
                f"{self.checkpoint} was trained on other data than {source} holds now (content {self.about['data']} "
                f"then, {fingerprint} now). Point data.path at the file of then, or train anew without resume."
            )
        if is_first_process():
            write_config(self.settings, self.folder)
            (self.folder / METRICS).unlink(missing_ok=True)  # of a time limit that was shorter: training goes on
        return replace(self, about=self.about | {"data": fingerprint, "vocabulary": names})


@contextlib.contextmanager
def open_run(settings: RunSettings, invocation: Invocation) -> Iterator[Run | None]:
    """The run that `resume` names, or a new one; None where that run is finished already.

    Its folder is locked against other processes until the block ends.

    Args:
        settings: as they were typed.
        invocation: how they were typed; its folder is that of a new run.

    Raises:
        UserError: nothing to resume, other settings, no whole checkpoint, or another process works on the run.
    """
    if SHARED_RUN in os.environ:  # started by the first training process of this machine
        path, _, checkpoint_path = os.environ[SHARED_RUN].partition("|")
        yield _create_run(settings, invocation, Path(path), Path(checkpoint_path) if checkpoint_path else None)
        return
    folder, checkpoint = choose_folder(settings, invocation)
    if (folder / METRICS).exists() and settings.resume:
        checkpoint = find_rest(settings, invocation, folder)
        if checkpoint is None:
            remove_unused_folder(invocation.folder, folder)
            yield None
            return
    with _lock(folder):
        checkpoint = checkpoint or (find_checkpoint(folder) if settings.resume else None)
        run = _create_run(settings, invocation, folder, checkpoint)
        os.environ[SHARED_RUN] = f"{folder}|{checkpoint or ''}"
        try:
            yield run
        finally:
            del os.environ[SHARED_RUN]
            remove_unused_folder(invocation.folder, folder)


def is_first_process() -> bool:
    """Whether this process is the only one, or the first of those that train together: the one that writes."""
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0


def _create_run(settings: RunSettings, invocation: Invocation, folder: Path, checkpoint: Path | None) -> Run:
    """A new run, or one as its checkpoint has it, under the typed settings where those may change."""
    if checkpoint is None:
        about = {"command": invocation.command_line, "settings": asdict(settings), "resumed": 0}
        return Run(settings, folder, None, about)
    try:
        content = read_checkpoint(checkpoint)
    except (ValueError, FileNotFoundError) as error:
        raise UserError(f"{checkpoint} cannot be resumed from: {error}.") from None
    about = content["run"]
    merged = merge_typed(settings, invocation.keys, about["settings"], str(checkpoint), str(about["command"]))
    progress = {"settings": asdict(merged), "resumed": about["resumed"] + 1, "step": content["global_step"]}
    return Run(merged, folder, checkpoint, about | progress)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Lock the run's folder against all but the processes that train together."""
    if not is_first_process():
        yield
        return
    with hold_lock(folder):
        if (folder / CHECKPOINTS).is_dir():
            remove_partial_files(folder / CHECKPOINTS)
        yield


def _describe_other_vocabulary(checkpoint: Path, before: list[str], now: list[str], source: str) -> str:
    missing, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    difference = f"missing now: {', '.join(missing) or 'none'}; new: {', '.join(new) or 'none'}"
    return (
        f"{checkpoint} predicts {len(before)} primitives, {source} has {len(now)} ({difference}). Resume with the data "
        "it was trained on, or train anew without resume."
    )
