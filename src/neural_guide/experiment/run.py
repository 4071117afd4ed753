"""Which stopped run to go on with: found, compared with what was asked for, held against other processes."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings import list_keys
from neural_guide.app.settings_files import (
    flatten_settings,
    flatten_values,
    merge_settings,
    read_settings,
    replace_settings,
    write_config,
)
from neural_guide.deploy.aws.settings import SpotSettings
from neural_guide.errors import UserError
from neural_guide.experiment.settings import RunSettings
from neural_guide.guide.checkpoint_io import newest_whole, read_checkpoint
from neural_guide.runtime.atomic_files import remove_partial_files
from neural_guide.runtime.locks import hold_lock, is_lock_free, remove_unused_folder

# Settings that may change while a run is stopped: none of them decides what is learned from which record.
FREE = (
    *("resume", "data.path", "data.store_dir", "data.workers", "trainer.max_time", "trainer.arc_tasks"),
    *("trainer.checkpoint_every_minutes", "trainer.checkpoint_every_steps", "trainer.log_every_steps"),
    *("hardware.name", "hardware.accelerator", "hardware.precision", "hardware.threads", "hardware.interop_threads"),
    *("hardware.processes", "hardware.matmul_precision", "hardware.cudnn_benchmark", "hardware.pin_memory"),
    *("hardware.channels_last", "hardware.allocator", "hardware.cuda_alloc_conf", "hardware.price", "hardware.fit"),
    *("deadline", "budget.dollars", "upload", *list_keys(SpotSettings, "cloud.")),
    *("compile.enabled", "compile.mode"),
)
HELD = "NEURAL_GUIDE_RUN"  # tells processes that train along which folder and checkpoint the first one took


@dataclass(frozen=True)
class Run:
    """A run that begins or goes on.

    Attributes:
        config: its settings.
        folder: where everything is written.
        checkpoint: what it goes on from; None at the beginning.
        about: what that checkpoint says of the run; at the beginning what the next ones will say.
    """

    config: RunSettings
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
        return self.folder / "checkpoints"

    def on_data(self, fingerprint: str, vocabulary: tuple[str, ...], source: str) -> "Run":
        """The run with what it is trained on; only now is its configuration written.

        Raises:
            UserError: the checkpoint was trained on something else.
        """
        names = list(vocabulary)
        if self.checkpoint and self.about["vocabulary"] != names:
            raise UserError(_other_vocabulary(self.checkpoint, self.about["vocabulary"], names, source))
        if self.checkpoint and self.about["data"] != fingerprint:
            raise UserError(
                f"{self.checkpoint} was trained on other data than {source} holds now (content {self.about['data']} "
                f"then, {fingerprint} now). Point data.path at the file of then, or train anew without resume."
            )
        if is_first():
            write_config(self.config, self.folder)
        return replace(self, about=self.about | {"data": fingerprint, "vocabulary": names})


@contextlib.contextmanager
def begin(config: RunSettings, invocation: Invocation) -> Iterator[Run | None]:
    """The run that `resume` asks for, or a new one; None where that run is finished already.

    Its folder is held against other processes until the block ends.

    Args:
        config: what was asked for.
        invocation: how it was typed; its folder is that of a new run.

    Raises:
        UserError: nothing to go on with, other settings, no whole checkpoint, or another process is at it.
    """
    if HELD in os.environ:  # started by the first process of this machine to train along
        run_folder, _, from_there = os.environ[HELD].partition("|")
        first = Path(run_folder)
        yield _going_on(config, invocation, first, Path(from_there)) if from_there else _new(config, invocation, first)
        return
    folder = invocation.folder
    place, named = _asked(config, folder)
    if (place / "metrics.json").exists() and config.resume:
        console.print(f"{place} is finished; there is nothing to go on with.", highlight=False, soft_wrap=True)
        remove_unused_folder(folder, place)
        yield None
        return
    with _held(place):
        checkpoint = named or (_newest(place) if config.resume else None)
        run = _going_on(config, invocation, place, checkpoint) if checkpoint else _new(config, invocation, place)
        os.environ[HELD] = f"{place}|{checkpoint or ''}"
        try:
            yield run
        finally:
            del os.environ[HELD]
            remove_unused_folder(folder, place)


def is_first() -> bool:
    """Whether this process is the only one, or the first of those that train together: the one that writes."""
    return int(getattr(rank_zero_only, "rank", None) or 0) == 0


def _asked(config: RunSettings, folder: Path) -> tuple[Path, Path | None]:
    """The folder of the run that was asked for and, where one was named, the checkpoint."""
    if config.resume == "auto":
        found = _newest_alike(config, folder)
        if found:
            return found, None
        console.print("resume=auto: no run of these settings was stopped; a new one begins.", highlight=False)
    elif config.resume:
        return _named(Path(config.resume))
    if any((folder / name).exists() for name in ("metrics.json", "checkpoints")):
        raise UserError(
            f"{folder} holds a run already, which is not overwritten. Use resume={folder} to go on with it, or "
            "another hydra.run.dir."
        )
    return folder.resolve(), None


def _new(config: RunSettings, invocation: Invocation, folder: Path) -> Run:
    return Run(config, folder, None, {"command": invocation.command_line, "settings": asdict(config), "resumed": 0})


def _going_on(config: RunSettings, invocation: Invocation, folder: Path, checkpoint: Path) -> Run:
    """The run as its checkpoint has it, under the settings asked for where those may change."""
    try:
        read = read_checkpoint(checkpoint)
    except (ValueError, FileNotFoundError) as error:
        raise UserError(f"{checkpoint} cannot be gone on with: {error}.") from None
    about = read["run"]
    changed = {"resumed": about["resumed"] + 1, "step": read["global_step"]}
    return Run(_merged(config, invocation.keys, about["settings"], checkpoint), folder, checkpoint, about | changed)


def _merged(config: RunSettings, typed: frozenset[str], stored: dict[str, Any], checkpoint: Path) -> RunSettings:
    """The run's settings, with those that were typed now and may change.

    Raises:
        UserError: a setting was typed that would make it another run; with both values.
    """
    try:
        before = merge_settings(RunSettings, stored)
    except UserError as error:
        raise UserError(f"{checkpoint} has {error}") from None
    then, now = flatten_settings(before), flatten_settings(config)
    fixed = [name for name in sorted(typed) if name not in FREE and then[name] != now[name]]
    if fixed:
        listed = ", ".join(f"{name} ({then[name]} there, {now[name]} here)" for name in fixed)
        raise UserError(
            f"{checkpoint} was trained with other settings: {listed}. Resume with those of the run, which need not be "
            "typed again, or train anew without resume."
        )
    values = flatten_values(asdict(config))
    return replace_settings(before, {name: values[name] for name in typed})


def _named(path: Path) -> tuple[Path, Path | None]:
    """Folder and, where one was named, checkpoint of `resume=PATH`."""
    if path.is_file():
        return (path.parent.parent if path.parent.name == "checkpoints" else path.parent).resolve(), path.resolve()
    if (path / "checkpoints").is_dir() or (path / "metrics.json").is_file():
        return path.resolve(), None
    raise UserError(
        f"resume={path}: there is no run or checkpoint there. Name a run's folder, e.g. outputs/train/2026-..., or "
        "resume=auto for the newest stopped run of these settings."
    )


def _newest_alike(config: RunSettings, folder: Path) -> Path | None:
    """The folder of the newest run with the settings asked for that nobody is at."""
    found = []
    for written in {*folder.parent.glob("*/config.yaml"), *Path("outputs").glob("*/**/config.yaml")}:
        place = written.parent.resolve()
        if written.parent.name != ".hydra" and (place / "checkpoints").is_dir() and _alike(written, config):
            found.append((_saved_at(place), place))
    for _, place in sorted(found, reverse=True):
        if is_lock_free(place):
            return place
        console.print(f"{place} is at work in another process; it is left alone.", highlight=False, soft_wrap=True)
    return None


def _saved_at(place: Path) -> float:
    """When a run was last saved, seconds. Killed between two renames it has no `last.ckpt`, but the one before."""
    times = [0.0]
    for path in (place / "checkpoints").glob("*.ckpt"):
        with contextlib.suppress(FileNotFoundError):  # another process is at the run and renames
            times.append(path.stat().st_mtime)
    return max(times)


def _alike(written: Path, config: RunSettings) -> bool:
    try:
        before = flatten_settings(merge_settings(RunSettings, read_settings(written)))
    except UserError:
        return False
    now = flatten_settings(config)
    # The path is free to change for resume=PATH, but tells runs apart where the run is to be found.
    return all(before[name] == value for name, value in now.items() if name not in FREE or name == "data.path")


def _newest(place: Path) -> Path | None:
    checkpoint, told = newest_whole(place / "checkpoints")
    for line in told:
        console.print(line, highlight=False, soft_wrap=True)
    if checkpoint is None and any((place / "checkpoints").glob("*.ckpt")):
        raise UserError(f"{place} has no whole checkpoint to go on from. Train anew without resume.")
    return checkpoint


@contextlib.contextmanager
def _held(place: Path) -> Iterator[None]:
    """Let nobody else at the run, save for the processes that train along."""
    if not is_first():
        yield
        return
    with hold_lock(place):
        if (place / "checkpoints").is_dir():
            remove_partial_files(place / "checkpoints")
        yield


def _other_vocabulary(checkpoint: Path, before: list[str], now: list[str], source: str) -> str:
    gone, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    differs = f"missing now: {', '.join(gone) or 'none'}; new: {', '.join(new) or 'none'}"
    return (
        f"{checkpoint} predicts {len(before)} primitives, {source} has {len(now)} ({differs}). Resume with the data "
        "it was trained on, or train anew without resume."
    )
