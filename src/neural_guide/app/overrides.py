"""Overrides of a command as typed, such as `seed=1`, each checked before Hydra composes the settings.

Every mistake is a `UserError` of one line, with the argument as it should be typed, quoted for the shell.
"""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, ValueType
from hydra.errors import HydraException
from omegaconf import OmegaConf, ValidationError
from omegaconf.errors import OmegaConfBaseException

from neural_guide.app.hydra_overrides import check_hydra_key, check_hydra_value, find_hydra_key
from neural_guide.app.quoting import format_override, quote, quote_for_shell, wrap
from neural_guide.app.run_folders import FOLDER_KEYS
from neural_guide.app.settings import Setting, check_settings, describe_values, list_settings
from neural_guide.app.surface import Surface
from neural_guide.errors import UserError
from neural_guide.runtime.ray_cluster import RAY, require_ray

CREDENTIALS = re.compile(r"://[^/@\s]*@|[?&][\w-]*(signature|sig|token|key|credential)=", re.IGNORECASE)
"""What is a secret in a URL: a user before the host, a signature behind it."""
GUIDE_SUFFIXES = (".safetensors", ".ckpt")
NOISE = ("full_key:", "object_type=", "reference_type=", "See https", "Config search path:", "provider=", "Set the env")
"""Lines of Hydra's messages that say nothing to the user."""
CLOSING = {"[": "]", "{": "}", "(": ")"}
HOME = re.compile(r"""(?<=[=,\[])(["']?)~(?=/|$|["',\]])""")  # where a value is, or begins with, the user's home


def describe_error(error: BaseException) -> str:
    """The message of an error of Hydra or OmegaConf, and that of its cause, on one line and without a full stop."""
    causes = [error, error.__cause__] if error.__cause__ is not None else [error]
    lines = [line.strip() for cause in causes for line in str(cause).splitlines()]
    facts = [line for line in lines if line and not line.startswith(NOISE)]
    return " ".join(dict.fromkeys(facts)).rstrip(".!") or type(error).__name__


def check_overrides(command: str, overrides: Sequence[str], surface: Surface, conf: Path, *, sweeps: bool) -> list[str]:
    """Name a misspelt key, an unknown option, a value of the wrong type or out of range with what is allowed.

    Args:
        command: its name.
        overrides: as typed.
        surface: settings and groups of all commands.
        conf: the folder of the groups' options.
        sweeps: whether an override may hold several values, i.e. -m was typed.

    Returns:
        The overrides for Hydra: with the user's home for `~`, and numbers as text where a setting takes text.

    Raises:
        UserError: for the first mistake.
    """
    for argument in overrides:
        key, _, value = argument.lstrip("+~").partition("=")
        _check_secrets(key, value)
    checks = _Checks(command, surface, conf, sweeps)
    return [checks.check(expand_home(argument)) for argument in overrides]


def expand_home(argument: str) -> str:
    """An override with the user's home where a value begins with `~/`: a shell leaves it, and it would name a folder.

    Raises:
        UserError: the user has no home.
    """
    if not HOME.search(argument) and not argument.startswith("~/"):
        return argument
    home = str(Path("~").expanduser()) if _has_home() else None
    if home is None:
        raise UserError(f"{quote_for_shell(argument)}: this user has no home. Type the whole path.")
    if argument.startswith("~/"):
        return home + argument[1:]
    return HOME.sub(lambda place: f"{place[1]}{home}", argument)


def _has_home() -> bool:
    try:
        return Path("~").expanduser().is_absolute()
    except RuntimeError:  # neither HOME nor an entry of the user
        return False


class _Checks:
    """Checks of the overrides of one command."""

    def __init__(self, command: str, surface: Surface, conf: Path, sweeps: bool) -> None:
        self.command, self.surface, self.conf, self.sweeps = command, surface, conf, sweeps
        self.root = surface.roots[command]
        self.settings: dict[str, Setting] = {entry.key: entry for entry in list_settings(self.root)}

    def check(self, argument: str) -> str:
        """Check one override; return it for Hydra."""
        shown = quote_for_shell(argument)
        if argument.startswith("~"):
            self._refuse_removal(argument)
        key, equals, value = argument.lstrip("+").partition("=")
        if not equals:
            raise UserError(f"{shown} is no setting: settings are key=value. {self._suggest(argument)}")
        if key != key.strip() or not key:
            name = key.strip() or "KEY"
            raise UserError(f"{shown} does not begin with a key. Type {quote_for_shell(f'{name}={value.strip()}')}")
        is_hydra = key.split("/")[0].split(".")[0] == "hydra"
        is_group = self.surface.is_group(key) and "." not in key and value[:1] != "{"
        self._check_key(key, value, is_hydra, is_group)
        if argument.startswith("+") and not argument.startswith("++") and not is_hydra:
            raise UserError(f"{shown} adds a setting that exists already. Type {quote_for_shell(f'{key}={value}')}")
        if value.strip() in ("", "???"):
            raise UserError(f"{shown} has no value. Type {key}=VALUE, or leave it out for its default.")
        override = self._parse(argument)
        if override.is_sweep_override() and not self.sweeps:
            raise UserError(
                f"{shown} holds several values, and a run takes one. {self._quote_as_one(key, value)}To run once a "
                f"value, type -m as well: python -m neural_guide.{self.command} -m {shown}"
            )
        if is_hydra:
            check_hydra_value(key, override, shown, sweeps=self.sweeps)
            return _as_text(argument, override) if key in FOLDER_KEYS else argument
        if is_group:
            self._check_option(key, override, shown)
            return argument
        return self._check_values(argument, override)

    def _refuse_removal(self, argument: str) -> None:
        key = argument.lstrip("~").partition("=")[0]
        if not key.strip():
            raise UserError(f"{quote_for_shell(argument)} is no setting: settings are key=value.")
        if not key.startswith("hydra") and not self.surface.is_group(key):
            self.surface.check_key(self.command, key)
        raise UserError(
            f"{quote_for_shell(argument)} takes a setting away, which no command allows. Leave it out for its default, "
            f"or type a value: {key}=VALUE"
        )

    def _check_key(self, key: str, value: str, is_hydra: bool, is_group: bool) -> None:
        """Refuse an unknown key; a key of Hydra's may be meant."""
        if is_hydra:
            if key == "hydra/launcher" and value == RAY:
                require_ray(f"{key}={value}")
            check_hydra_key(key)
            return
        if is_group:
            return
        is_section = key.split(".")[0] in {known.split(".")[0] for known in self.settings}
        close = find_hydra_key(key) if "." in key and not is_section else None
        if close:
            raise UserError(f"{key} is no setting. Did you mean {quote_for_shell(f'{close}={value}')}?")
        self.surface.check_key(self.command, key, value)

    def _check_option(self, group: str, override: Any, shown: str) -> None:
        """Refuse what is no option of a group, e.g. hardware=g5."""
        if group == "sweep" and not self.sweeps:
            raise UserError(
                f"{shown} runs once for each of its values. Type -m as well: python -m neural_guide.{self.command} -m "
                f"{shown}"
            )
        if isinstance(override.value(), Glob):
            options = self.surface.list_options(group, self.conf)
            if not override.value().filter(options):
                raise UserError(f"{shown} matches nothing. Allowed: {', '.join(options)}.")
            return
        values = list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]
        for value in values:
            self.surface.check_option(self.command, group, value, self.conf)

    def _check_values(self, argument: str, override: Any) -> str:
        """Refuse a value that does not fit its key, alone or in a sweep; the whole settings are checked once composed.

        Returns:
            The override, with a value that looks like a number as text where the setting takes text: a task's id may
            read 4e10.
        """
        shown, entry = quote_for_shell(argument), self.settings.get(override.key_or_group)
        if not override.is_sweep_override():
            self._check_value(argument, override)
            return _as_text(argument, override) if entry and entry.type.startswith("str") else argument
        if override.value_type in (ValueType.GLOB_CHOICE_SWEEP, ValueType.INTERVAL_SWEEP):
            raise UserError(f"{shown}: its values are not known. Type them: {override.key_or_group}=VALUE,VALUE")
        try:
            values = list(override.sweep_string_iterator())
        except HydraException as error:
            raise UserError(f"{shown}: {describe_error(error)}.") from error
        if not values:
            raise UserError(f"{shown} holds no value. Type {override.key_or_group}=VALUE,VALUE")
        for value in values:
            text = f"{override.key_or_group}={value}"
            self._check_value(text, self._parse(text))
        return argument

    def _check_value(self, argument: str, override: Any) -> None:
        shown = quote_for_shell(argument)
        try:
            typed = OmegaConf.structured(self.root)
            OmegaConf.update(typed, override.key_or_group, override.value())
            check_settings(cast(Any, OmegaConf.to_object(typed)))
        except ValidationError as error:
            fact = str(error).splitlines()[0].rstrip(".")
            raise UserError(f"{shown}: {fact}. {self._describe_values(override)}") from error
        except (OmegaConfBaseException, ValueError, OverflowError) as error:
            if "${hydra:" not in argument:  # known only inside a run
                raise UserError(f"{shown}: {describe_error(error)}. {advise(argument)}") from error

    def _describe_values(self, override: Any) -> str:
        """The values that a key takes, and how to type a list of one."""
        key, value = override.key_or_group, override.value()
        entry = self.settings.get(key)
        if entry is None:
            return "Type another value."
        if entry.type.startswith("list") and isinstance(value, str | int | float):
            return f"It takes a list: type {quote_for_shell(f'{key}=[{override.get_value_string()}]')}"
        return f"Allowed: {describe_values(entry)}."

    def _fits(self, argument: str) -> bool:
        """Whether an override can be read, and its value is one for its key."""
        try:
            override = OverridesParser.create().parse_override(argument)
            if not override.is_sweep_override() and override.key_or_group in self.settings:
                self._check_value(argument, override)
        except (HydraException, UserError):
            return False
        return True

    def _quote_as_one(self, key: str, value: str) -> str:
        """How to type a value with commas as one value; empty where its key takes none."""
        if key not in self.settings:
            return ""
        fitting = [argument for argument in (f"{key}=[{value}]", f"{key}={quote(value)}") if self._fits(argument)]
        return f"If it is one value, type {quote_for_shell(fitting[0])}. " if fitting else ""

    def _parse(self, argument: str) -> Any:
        try:
            return OverridesParser.create().parse_override(argument)
        except HydraException as error:
            key, shown = argument.lstrip("+").partition("=")[0], quote_for_shell(argument)
            repaired = next(filter(self._fits, _repair(argument)), None)
            if repaired is None:
                entry = self.settings.get(key)
                allowed = f"Allowed: {describe_values(entry)}." if entry else f"Type {key}=VALUE"
                raise UserError(f"{shown}: Hydra cannot read this override. {allowed}") from error
            raise UserError(
                f"{shown}: Hydra cannot read this override. Quote values with special characters: "
                f"{quote_for_shell(repaired)}"
            ) from error

    def _suggest(self, argument: str) -> str:
        """The override that a bare word was meant for: a file by its kind, or a key without its value."""
        if not argument.strip():
            return "An empty variable of the shell gives an empty argument; leave it out."
        if argument in self.settings or self.surface.is_group(argument):
            return f"Type {argument}=VALUE"
        close = difflib.get_close_matches(argument.lstrip("+-"), list(self.settings), n=1, cutoff=0.8)
        if close:
            return f"Did you mean {close[0]}=VALUE?"
        path = Path(argument)
        is_guide = path.suffix in GUIDE_SUFFIXES or (path.is_dir() and (path / "checkpoints").exists())
        wanted = ("checkpoint", "resume") if is_guide else ("data.path", "tasks", "checkpoint", "submission")
        keys = [key for key in wanted if key in self.settings]
        if not keys:
            return f"What {self.command} reads: python -m neural_guide.{self.command} --help"
        return f"Type {format_override(keys[0], argument)}"


def advise(argument: str) -> str:
    """The remedy for an override that cannot be resolved."""
    if "${" in argument:
        key, _, value = argument.partition("=")
        if key.startswith("hydra"):  # reads its own values a second time, so that no sign keeps them from it
            return "Set what it refers to, or type the value itself."
        literal = quote_for_shell(f"{key}={quote(_unquote(value))}")
        return f"Set what it refers to, or type the value itself; if the value is meant as written: {literal}"
    return "Type another value."


def _as_text(argument: str, override: Any) -> str:
    """An override of a text as typed, where Hydra reads a number: it would write 1e3 as 1000.0."""
    if not isinstance(override.value(), bool | int | float):
        return argument
    name, _, value = argument.partition("=")
    return f"{name}={quote(value.strip())}"


def _check_secrets(key: str, value: str) -> None:
    """Refuse credentials before anything is written: what is typed stands in every record of the run."""
    if CREDENTIALS.search(value):
        raise UserError(
            f"{key}: the URL holds credentials, which would end up in config.yaml, logs and reports. Leave them out, "
            "set them in the environment, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials; "
            "fetch what only a signed address gives, and name the file."
        )


def _repair(argument: str) -> list[str]:
    """The overrides that were probably meant, the likeliest first: brackets closed, or the value in quotes."""
    key, _, value = argument.partition("=")
    pending: list[str] = []
    for sign in value:
        if sign in CLOSING:
            pending.insert(0, CLOSING[sign])
        elif pending and sign == pending[0]:
            pending.pop(0)
    bare = _unquote(value)
    attempts = [value + "".join(pending)] if pending and value[:1] in "[{" else []
    attempts += [wrap(bare), quote(bare)] if "${" in bare else [quote(bare)]
    return [f"{key}={attempt}" for attempt in attempts]


def _unquote(value: str) -> str:
    return value.strip().strip("'\"")
