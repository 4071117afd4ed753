"""A training run and its folder: new, or a stopped one that is resumed with the settings that it has."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings_files import (
    CONFIG,
    flatten_settings,
    flatten_values,
    merge_settings,
    read_settings,
    replace_settings,
    write_config,
)
from neural_guide.errors import UserError
from neural_guide.experiment.settings import CHANGEABLE_KEYS, RunSettings
from neural_guide.guide.checkpoint_files import find_newest_checkpoint, read_checkpoint
from neural_guide.runtime.atomic_files import remove_partial_files
from neural_guide.runtime.launchers import SHARED_RUN
from neural_guide.runtime.locks import hold_lock, remove_unused_folder
from neural_guide.runtime.stopped_runs import find_stopped_run

CHECKPOINTS = "checkpoints"  # in a run's folder
METRICS = "metrics.json"  # there once a run is finished


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
    folder, checkpoint = _choose_folder(settings, invocation.folder)
    if (folder / METRICS).exists() and settings.resume:
        say(f"{folder} is finished; there is nothing to resume.")
        remove_unused_folder(invocation.folder, folder)
        yield None
        return
    with _lock(folder):
        checkpoint = checkpoint or (_find_checkpoint(folder) if settings.resume else None)
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


def _choose_folder(settings: RunSettings, new_folder: Path) -> tuple[Path, Path | None]:
    """The folder of the run and, where one was named, the checkpoint."""
    if settings.resume == "auto":
        stopped = find_stopped_run(new_folder, CONFIG, lambda folder: _is_same_run(folder, settings), _last_saved, say)
        if stopped:
            return stopped, None
        say("resume=auto: no run of these settings was stopped; a new one begins.")
    elif settings.resume:
        return _locate(Path(settings.resume))
    if any((new_folder / name).exists() for name in (METRICS, CHECKPOINTS)):
        raise UserError(
            f"{new_folder} holds a run already, which is not overwritten. Use resume={new_folder} to resume it, or "
            "another hydra.run.dir."
        )
    return new_folder.resolve(), None


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
    merged = _merge(settings, invocation.keys, about["settings"], checkpoint)
    progress = {"resumed": about["resumed"] + 1, "step": content["global_step"]}
    return Run(merged, folder, checkpoint, about | progress)


def _merge(settings: RunSettings, typed: frozenset[str], stored: dict[str, Any], checkpoint: Path) -> RunSettings:
    """The run's settings, with those that were typed now and may change.

    Raises:
        UserError: a setting was typed that would make it another run; with both values.
    """
    try:
        before = merge_settings(RunSettings, stored)
    except UserError as error:
        raise UserError(f"{checkpoint} has {error}") from None
    then, now = flatten_settings(before), flatten_settings(settings)
    fixed = [key for key in sorted(typed) if key not in CHANGEABLE_KEYS and then[key] != now[key]]
    if fixed:
        differences = ", ".join(f"{key} ({then[key]} there, {now[key]} here)" for key in fixed)
        raise UserError(
            f"{checkpoint} was trained with other settings: {differences}. Resume with those of the run, which need "
            "not be typed again, or train anew without resume."
        )
    values = flatten_values(asdict(settings))
    return replace_settings(before, {key: values[key] for key in typed})


def _locate(path: Path) -> tuple[Path, Path | None]:
    """Folder and, where one was named, checkpoint of `resume=PATH`."""
    if path.is_file():
        return (path.parent.parent if path.parent.name == CHECKPOINTS else path.parent).resolve(), path.resolve()
    if (path / CHECKPOINTS).is_dir() or (path / METRICS).is_file():
        return path.resolve(), None
    raise UserError(
        f"resume={path}: there is no run or checkpoint there. Name a run's folder, e.g. outputs/train/2026-..., or "
        "resume=auto for the newest stopped run of these settings."
    )


def _last_saved(folder: Path) -> float:
    """The time of the last checkpoint, seconds. A run killed between two renames has no `last.ckpt`."""
    times = [0.0]
    for path in (folder / CHECKPOINTS).glob("*.ckpt"):
        with contextlib.suppress(FileNotFoundError):  # another process works on the run and renames
            times.append(path.stat().st_mtime)
    return max(times)


def _is_same_run(folder: Path, settings: RunSettings) -> bool:
    if not (folder / CHECKPOINTS).is_dir():
        return False
    try:
        before = flatten_settings(merge_settings(RunSettings, read_settings(folder / CONFIG)))
    except UserError:
        return False
    now = flatten_settings(settings)
    # The path is free to change for resume=PATH, but tells runs apart where the run is to be found.
    return all(before[key] == value for key, value in now.items() if key not in CHANGEABLE_KEYS or key == "data.path")


def _find_checkpoint(folder: Path) -> Path | None:
    checkpoint, damages = find_newest_checkpoint(folder / CHECKPOINTS)
    for line in damages:
        say(line)
    if checkpoint is None and any((folder / CHECKPOINTS).glob("*.ckpt")):
        raise UserError(f"{folder} has no whole checkpoint to resume from. Train anew without resume.")
    return checkpoint


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
