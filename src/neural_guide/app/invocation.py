"""A command as it was typed: its overrides, its folder, and the line that repeats it."""

from dataclasses import dataclass
from pathlib import Path

from neural_guide.app.quoting import quote_for_shell


@dataclass(frozen=True)
class Invocation:
    """One run of a command.

    Attributes:
        command: name of the command, e.g. train.
        folder: the run's folder.
        overrides: the settings that were typed, as they were, e.g. data.batch_size=8.
        keys: every key whose value was typed, itself or by the option of a group.
        folder_is_named: whether the folder was typed.
        is_single: whether the command runs once, and not as a job of a sweep.
    """

    command: str
    folder: Path
    overrides: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    folder_is_named: bool = False
    is_single: bool = True

    @property
    def command_line(self) -> str:
        """The command that repeats this run from its beginning, as it is typed in a shell."""
        overrides = [override for override in self.overrides if not override.startswith("resume=")]
        return " ".join([f"python -m neural_guide.{self.command}", *map(quote_for_shell, overrides)])
