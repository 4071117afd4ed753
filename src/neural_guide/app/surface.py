"""The surface of the commands: which settings and groups each has, and what is said of a mistake in one."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

from neural_guide.app.quoting import quote_for_shell
from neural_guide.app.settings import list_keys
from neural_guide.errors import UserError


@dataclass(frozen=True)
class Surface:
    """All commands and what may be typed for each.

    Attributes:
        roots: the settings class of each command.
        groups: the groups of conf/ that a command takes an option of, e.g. hardware=g4dn.
        renamed: keys of earlier versions, by what they are called now.
        removed: keys of earlier versions that are gone, by the reason.
        schemas: what profiles are composed into, where it is wider than the root of a command.
        after_sweep: called with the folder of a finished sweep; true where a job failed.
    """

    roots: Mapping[str, type]
    groups: Mapping[str, tuple[str, ...]]
    renamed: Mapping[str, str]
    removed: Mapping[str, str]
    after_sweep: Callable[[Path], bool]
    schemas: Mapping[str, type] = field(default_factory=dict)

    def schema(self, command: str) -> type:
        """The class that the settings of a command are composed into."""
        return self.schemas.get(command, self.roots[command])

    def check_key(self, command: str, key: str, value: str = "VALUE") -> None:
        """Refuse a key that a command does not read.

        Args:
            command: its name.
            key: as typed.
            value: as typed, for suggestions.

        Raises:
            UserError: with what it is called, or whose it is.
        """
        known = list_keys(self.roots[command])
        if key in known or self._is_section(command, key):
            return
        if key in self.renamed:
            raise UserError(f"{key} is called {self.renamed[key]} now. Type {_show(self.renamed[key], value)}")
        if key in self.removed:
            raise UserError(f"{key} is gone: {self.removed[key]}")
        reads = f"What {command} reads: python -m neural_guide.{command} --help"
        if owners := self._find_owners(key):
            raise UserError(f"{key} is a setting of {', '.join(owners)}, not of {command}. {reads}")
        if close := _find_close(key, known):
            raise UserError(f"{key} is no setting. Did you mean {' or '.join(_show(name, value) for name in close)}?")
        siblings = [name for name in known if "." in key and name.split(".")[0] == key.split(".")[0]]
        remedy = f"Allowed: {', '.join(siblings)}." if siblings else reads
        raise UserError(f"{quote_for_shell(key)} is no setting of {command}. {remedy}")

    def list_options(self, group: str, folder: Path) -> list[str]:
        """The options of a group, by name.

        Args:
            group: of conf/, e.g. hardware.
            folder: conf/.
        """
        return sorted(path.stem for path in (folder / group).glob("*.yaml"))

    def check_option(self, command: str, group: str, value: object, folder: Path) -> None:
        """Refuse an option that a group does not have, or a group that a command does not take.

        Args:
            command: its name.
            group: of conf/, e.g. hardware.
            value: an option.
            folder: conf/.

        Raises:
            UserError: with what is allowed.
        """
        if group not in self.groups.get(command, ()):
            owners = [name for name, groups in self.groups.items() if group in groups]
            raise UserError(f"{group}=... is a setting of {', '.join(owners)}, not of {command}.")
        allowed = self.list_options(group, folder)
        name = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
        if name not in allowed:
            raise UserError(f"{_show(group, name)} is not known. Allowed: {', '.join(allowed)}.")

    def is_group(self, key: str) -> bool:
        """Whether a key is a group of conf/ for any command."""
        return any(key in groups for groups in self.groups.values())

    def _find_owners(self, key: str) -> list[str]:
        return [name for name, root in self.roots.items() if key in list_keys(root)]

    def _is_section(self, command: str, key: str) -> bool:
        """Whether a key names settings inside another class, e.g. `data`, typed as a whole."""
        hints = get_type_hints(self.roots[command])
        return any(entry.name == key and is_dataclass(hints[key]) for entry in fields(self.roots[command]))


def _find_close(key: str, known: list[str]) -> list[str]:
    """Keys that a misspelt one may be: without its group, in other letters, or with some letters wrong."""
    whole = [name for name in known if name.rpartition(".")[2] == key or name.casefold() == key.casefold()]
    return whole[:2] or difflib.get_close_matches(key, known, n=2, cutoff=0.6)


def _show(key: str, value: str) -> str:
    return quote_for_shell(f"{key}={value}")
