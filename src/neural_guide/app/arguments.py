"""The arguments of a command: options such as -m, a path without a key, and overrides such as `seed=1`."""

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from neural_guide.app.quoting import quote, quote_for_shell
from neural_guide.errors import UserError

MULTIRUN = ("-m", "--multirun")
SHORT = {"budget": "budget.dollars", "action": "cloud.action"}  # settings that may be typed without their group
SHARED = {"workers": "generate.processes"}  # likewise, where the command has them: others have a setting of that name
CONFIGS = ("config-path", "config-name", "config-dir", "experimental-rerun", "shell-completion")  # Hydra's, not taken


@dataclass(frozen=True)
class Arguments:
    """Arguments as typed, in the order that Hydra takes.

    Attributes:
        options: with their values, e.g. `-m`.
        overrides: settings, e.g. `seed=1`.
        is_multirun: whether an option asks for a run per value.
        wants_help: whether `--help` is among them.
        wants_version: whether `--version` is among them.
        shows_only: whether an option asks for something else than a run, e.g. `--cfg job`.
    """

    options: list[str]
    overrides: list[str]
    is_multirun: bool
    wants_help: bool
    wants_version: bool
    shows_only: bool


def read_arguments(arguments: Sequence[str], keys: Sequence[str]) -> Arguments:
    """Sort arguments: Hydra takes -m only before the first override, and users type it anywhere.

    Args:
        arguments: as typed.
        keys: of the command's settings.

    Raises:
        UserError: an option that no command has, one without its value, or bytes that are no UTF-8.
    """
    for argument in arguments:
        if not argument.isascii() and any("\udc80" <= sign <= "\udcff" for sign in argument):
            raise UserError(
                f"{quote_for_shell(argument)} has bytes that are no UTF-8, which settings cannot record. Type it in "
                f"UTF-8, or rename the file, e.g. {_respell(argument)}"
            )
    parser = _build_parser()

    def refuse(message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}. {_correct_option(arguments, keys, parser)}")

    parser.error = refuse  # type: ignore[method-assign]
    # argparse takes a dash before a digit for a number, so the rest is what it leaves over.
    parsed = parser.parse_intermixed_args(list(arguments))
    if parsed.package and not parsed.cfg:
        refuse("-p names the part that --cfg shows")
    options = list(arguments)
    for override in reversed(parsed.overrides):  # an option's value comes before any override of the same spelling
        del options[len(options) - 1 - options[::-1].index(override)]
    return Arguments(
        options=sorted(options, key=lambda option: option not in MULTIRUN),
        overrides=expand_short(parsed.overrides, keys),
        is_multirun=parsed.multirun or "hydra.mode=MULTIRUN" in parsed.overrides,
        wants_help=parsed.help,
        wants_version=parsed.version,
        shows_only=bool(parsed.cfg or parsed.info or parsed.hydra_help),
    )


def expand_short(overrides: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Overrides with the whole names of keys that may be typed without their group.

    Args:
        overrides: as typed.
        keys: of the command's settings.
    """
    long = SHORT | {short: key for short, key in SHARED.items() if key in keys}
    parts = [override.partition("=") for override in overrides]
    return [f"{long.get(key, key)}{equals}{value}" for key, equals, value in parts]


def take_paths(arguments: Sequence[str], key: str, *, many: bool) -> list[str]:
    """Arguments with the paths among them as an override.

    Args:
        arguments: overrides, and paths without a key.
        key: the setting that such a path is for.
        many: whether that setting is a list.

    Raises:
        UserError: more paths than the setting takes, or the setting is typed as well.
    """
    paths = [argument for argument in arguments if _is_path(argument)]
    others = [argument for argument in arguments if argument not in paths]
    if not paths:
        return others
    if typed := [argument for argument in others if argument.partition("=")[0] == key]:
        raise UserError(
            f"{quote_for_shell(typed[0])} and {quote_for_shell(paths[0])} both set {key}. Type one of them."
        )
    if many:
        return [*others, f"{key}=[{','.join(map(quote, paths))}]"]
    if len(paths) > 1:
        shown = " ".join(map(quote_for_shell, paths))
        raise UserError(f"One file at a time, not {len(paths)}: {shown}. Other settings are key=value.")
    return [*others, f"{key}={quote(paths[0])}"]


def _build_parser() -> argparse.ArgumentParser:
    """The options of every command. Hydra reads the same ones again."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for names in (("--help", "-h"), ("--version",), MULTIRUN[::-1], ("--run", "-r"), ("--resolve",), ("--hydra-help",)):
        parser.add_argument(*names, action="store_true")
    parser.add_argument("--cfg", "-c", choices=["job", "hydra", "all"])
    parser.add_argument("--package", "-p")
    infos = ["all", "config", "defaults", "defaults-tree", "plugins", "searchpath"]
    parser.add_argument("--info", "-i", const="all", nargs="?", choices=infos)
    parser.add_argument("overrides", nargs="*")
    return parser


def _is_path(argument: str) -> bool:
    if not argument.strip() or argument.startswith("-"):
        return False
    try:
        return "=" not in argument or Path(argument).exists()
    except (OSError, ValueError):  # too long for a path
        return False


def _correct_option(arguments: Sequence[str], keys: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """The option, or the setting, that a misspelt one may have been."""
    options = [option for action in parser._actions for option in action.option_strings]
    for argument in arguments:
        name = argument.partition("=")[0]
        if not argument.startswith("-") or name in options:
            continue
        bare = argument.lstrip("-")
        key, equals, _ = bare.partition("=")
        if key in CONFIGS:
            return "Every command reads its own profiles, those that --help lists."
        if key in keys or (equals and "." in key):
            return f"Settings have no dashes: type {quote_for_shell(bare) if equals else f'{bare}=VALUE'}"
        close = difflib.get_close_matches(name, options, n=1, cutoff=0.75)
        if close:
            return f"Did you mean {close[0]}?"
        if equals:
            return f"Settings have no dashes: type {quote_for_shell(bare)}"
    return "Options: --help, -m; settings are key=value, without dashes."


def _respell(argument: str) -> str:
    """An argument with bytes that are no UTF-8 read as Latin-1, quoted for the shell."""
    return quote_for_shell(argument.encode("utf-8", "surrogateescape").decode("latin-1"))
