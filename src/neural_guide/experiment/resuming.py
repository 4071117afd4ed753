"""Choice of the run to resume, and of the settings that it goes on with."""

import contextlib
import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.app.quoting import format_override
from neural_guide.app.settings_files import (
    CONFIG,
    flatten_settings,
    flatten_values,
    merge_settings,
    read_settings,
    replace_settings,
)
from neural_guide.errors import UserError
from neural_guide.experiment.settings import CHANGEABLE_KEYS, LENGTH_KEYS, LIMIT_KEYS, PLACE_KEYS, RunSettings
from neural_guide.guide.checkpoint_files import CUT, find_newest_checkpoint, read_checkpoint
from neural_guide.planning.limits import find_time_limit
from neural_guide.runtime.stopped_runs import find_stopped_run

CHECKPOINTS = "checkpoints"  # in a run's folder
METRICS = "metrics.json"  # there once a run is finished
FACTS = "facts.json"  # there once a run is finished
LENGTH_REASON = (
    "The learning rate follows one curve over all steps, so that a longer run differs from the first step on."
)


def choose_folder(settings: RunSettings, invocation: Invocation) -> tuple[Path, Path | None]:
    """The folder of the run and, where one was named, the checkpoint.

    A folder that was named is the only place where resume=auto looks; otherwise it looks below outputs/.

    Raises:
        UserError: nothing to resume, or a folder that holds another run.
    """
    new_folder = invocation.folder.resolve()
    has_run = any((new_folder / name).exists() for name in (METRICS, CHECKPOINTS))
    if settings.resume == "auto":
        if invocation.folder_is_named and has_run:
            _refuse_another_run(new_folder, settings)
            return new_folder, None
        stopped = None if invocation.folder_is_named else _find_stopped(settings)
        if stopped:
            return stopped, None
        say("resume=auto: no run of these settings was stopped; a new one begins.")
    elif settings.resume:
        return _locate(Path(settings.resume))
    if has_run:
        raise UserError(
            f"{new_folder} holds a run already, which is not overwritten. Use {format_override('resume', new_folder)} "
            "to resume it, or another hydra.run.dir."
        )
    return new_folder, None


def find_checkpoint(folder: Path) -> Path | None:
    """The newest intact checkpoint of a run; a line for each damaged one.

    Raises:
        UserError: all of them are damaged.
    """
    checkpoint, damages = find_newest_checkpoint(folder / CHECKPOINTS)
    for line in damages:
        say(line)
    if checkpoint is None and any((folder / CHECKPOINTS).glob("*.ckpt")):
        raise UserError(f"{folder} has no whole checkpoint to resume from. Train anew without resume.")
    return checkpoint


def merge_typed(
    settings: RunSettings, typed: frozenset[str], stored: dict[str, Any], about: str, command: str
) -> RunSettings:
    """The settings of a run, with those that were typed now and may change.

    Args:
        settings: as composed now.
        typed: keys whose value was typed.
        stored: settings of the run.
        about: name of the run or its checkpoint, for errors.
        command: the line that began the run.

    Raises:
        UserError: a setting was typed that would make it another run; with both values.
    """
    try:
        before = merge_settings(RunSettings, stored)
    except UserError as error:
        raise UserError(f"{about} has {error}") from None
    then, now = flatten_settings(before), flatten_settings(settings)
    values = flatten_values(asdict(settings))
    fixed = [key for key in sorted(typed) if key not in CHANGEABLE_KEYS and then[key] != now[key]]
    if fixed:
        reason = f" {LENGTH_REASON}" if set(fixed) & set(LENGTH_KEYS) else ""
        raise UserError(
            f"{about} was trained with other settings: {_describe_differences(fixed, then, now)}.{reason} Resume with "
            "those of the run, which need not be typed again, or train anew: "
            f"{_extend_command(command, {key: values[key] for key in fixed})}"
        )
    return replace_settings(before, {key: values[key] for key in typed})


def find_rest(settings: RunSettings, invocation: Invocation, folder: Path) -> Path | None:
    """The checkpoint from which a finished run goes on: where a time limit cut it, and a longer one was typed.

    Prints that the run is finished where it does not go on, with what was typed in vain.

    Raises:
        UserError: a setting was typed that would make it another run.
    """
    try:
        stored = read_settings(folder / CONFIG)
        then = flatten_settings(merge_settings(RunSettings, stored))
    except UserError:  # of another version, or incomplete: its results stay as they are
        say(f"{folder} is finished; there is nothing to resume.")
        return None
    merged = merge_typed(settings, invocation.keys, stored, str(folder), _read_command(folder))
    now, values = flatten_settings(merged), flatten_values(asdict(merged))
    changed = [key for key in sorted(invocation.keys) if then[key] != now[key] and key not in PLACE_KEYS]
    cut = folder / CHECKPOINTS / CUT
    if not set(changed) & set(LIMIT_KEYS) or not cut.is_file():
        unused = f" Not used: {' '.join(format_override(key, values[key]) for key in changed)}" if changed else ""
        say(f"{folder} is finished; there is nothing to resume.{unused}")
        return None
    limit, trained = find_time_limit(merged), _read_seconds(cut)
    if limit is not None and limit.total_seconds() <= trained:
        say(f"{folder} is finished: training took {trained:,.0f} s, and the limit is {limit.total_seconds():,.0f} s.")
        return None
    return cut


def _refuse_another_run(folder: Path, settings: RunSettings) -> None:
    """Refuse a folder that was named and holds a run of other settings."""
    try:
        before = merge_settings(RunSettings, read_settings(folder / CONFIG))
    except UserError:  # of another version, or incomplete: its checkpoint says more
        return
    then, now = flatten_settings(before), flatten_settings(settings)
    different = [key for key in now if key not in CHANGEABLE_KEYS and then[key] != now[key]]
    if different:
        raise UserError(
            f"{folder} holds a run of other settings: {_describe_differences(different, then, now)}. Repeat those of "
            f"the run, resume it as it is with {format_override('resume', folder)}, or use another hydra.run.dir."
        )


def _describe_differences(keys: list[str], then: dict[str, Any], now: dict[str, Any]) -> str:
    return ", ".join(f"{key} ({then[key]} there, {now[key]} here)" for key in keys)


def _extend_command(command: str, values: dict[str, Any]) -> str:
    """The line that begins a run, with other values of some settings."""
    kept = [word for word in shlex.split(command) if word.partition("=")[0] not in values]
    return " ".join([*map(shlex.quote, kept), *(format_override(key, value) for key, value in values.items())])


def _read_command(folder: Path) -> str:
    """The line that began a finished run."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((folder / FACTS).read_text(encoding="utf-8"))["command"])
    return "python -m neural_guide.train"


def _read_seconds(checkpoint: Path) -> float:
    """The seconds that a run had trained at a checkpoint; 0 where it cannot be read, as resuming reports."""
    with contextlib.suppress(ValueError, KeyError):
        return float(read_checkpoint(checkpoint)["callbacks"]["Timer"]["time_elapsed"]["train"])
    return 0.0


def _locate(path: Path) -> tuple[Path, Path | None]:
    """Folder and, where one was named, checkpoint of `resume=PATH`."""
    if path.is_file():
        return (path.parent.parent if path.parent.name == CHECKPOINTS else path.parent).resolve(), path.resolve()
    if (path / CHECKPOINTS).is_dir() or (path / METRICS).is_file():
        return path.resolve(), None
    raise UserError(
        f"{format_override('resume', path)}: there is no run or checkpoint there. Name a run's folder, e.g. "
        "outputs/train/2026-..., or resume=auto for the newest stopped run of these settings."
    )


def _find_stopped(settings: RunSettings) -> Path | None:
    return find_stopped_run(CONFIG, lambda folder: _is_same_run(folder, settings), _last_saved, say)


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
