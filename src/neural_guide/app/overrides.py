"""The arguments of a command as typed: options and overrides, each checked before Hydra reads it.

Every mistake is a `UserError` of one line, with the argument as it should be typed, quoted for the shell.
"""

import difflib
import re
import shlex
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn, cast

from hydra._internal.utils import get_args_parser
from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, ValidationError
from omegaconf.errors import OmegaConfBaseException

from neural_guide.app.settings import check_settings, list_keys
from neural_guide.app.surface import Surface
from neural_guide.errors import UserError

MULTIRUN = ("-m", "--multirun")
CREDENTIALS = re.compile(r"://[^/@\s]*@|[?&][\w-]*(signature|sig|token|key|credential)=", re.IGNORECASE)
"""What is a secret in a URL: a user before the host, a signature behind it."""
GUIDE_SUFFIXES = (".safetensors", ".ckpt")
NOISE = ("full_key:", "object_type=", "reference_type=", "See https", "Config search path:", "provider=", "Set the env")
"""Lines of Hydra's messages that say nothing to the user."""
CLOSING = {"[": "]", "{": "}", "(": ")"}


def quote(text: str) -> str:
    """A text that Hydra and OmegaConf take as it is, whatever signs are in it."""
    text = re.sub(r"\\*\$(?={)", lambda dollar: "\\" * len(dollar[0]) + dollar[0], text)  # no interpolation
    return _wrap(text)


def quote_for_shell(argument: str) -> str:
    """An argument as a shell takes it, on one line; bytes that are no UTF-8 are escaped."""
    if argument.isprintable():
        return shlex.quote(argument)
    octets = argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    escaped = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in octets)
    return "$'" + escaped.replace("'", "\\'") + "'"


def describe_error(error: BaseException) -> str:
    """The message of an error of Hydra or OmegaConf, and that of its cause, on one line and without a full stop."""
    causes = [error, error.__cause__] if error.__cause__ is not None else [error]
    lines = [line.strip() for cause in causes for line in str(cause).splitlines()]
    facts = [line for line in lines if line and not line.startswith(NOISE)]
    return " ".join(dict.fromkeys(facts)).rstrip(".!") or type(error).__name__


def order_arguments(arguments: Sequence[str]) -> list[str]:
    """Options before overrides: Hydra takes -m only before the first override; users type it anywhere.

    Raises:
        UserError: an option that Hydra does not have, or one without its value.
    """
    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}. {_correct_options(arguments)}")

    parser.error = refuse  # type: ignore[method-assign]
    for argument in arguments:
        if not argument.isascii() and any("\udc80" <= sign <= "\udcff" for sign in argument):
            raise UserError(
                f"{quote_for_shell(argument)} has bytes that are no UTF-8, which settings cannot record. Type it in "
                f"UTF-8, or rename the file, e.g. {_respell(argument)}"
            )
    # argparse takes a dash before a digit for a number, so the rest is what it leaves over.
    overrides = parser.parse_intermixed_args(list(arguments)).overrides
    options = list(arguments)
    for override in reversed(overrides):  # the value of an option comes before any override of the same spelling
        del options[len(options) - 1 - options[::-1].index(override)]
    return [*sorted(options, key=lambda option: option not in MULTIRUN), *overrides]


def find_overrides(arguments: Sequence[str]) -> list[str]:
    """The overrides among ordered arguments, without options and their values."""
    return list(get_args_parser().parse_args(list(arguments)).overrides)


def is_multirun(arguments: Sequence[str]) -> bool:
    """Whether ordered arguments ask for a run per value."""
    return bool(get_args_parser().parse_args(list(arguments)).multirun) or "hydra.mode=MULTIRUN" in arguments


def check_overrides(command: str, overrides: Sequence[str], surface: Surface, conf: Path, *, sweeps: bool) -> None:
    """Name a misspelt key, an unknown option, a value of the wrong type or out of range with what is allowed.

    Args:
        command: its name.
        overrides: as typed.
        surface: settings and groups of all commands.
        conf: the folder of the groups' options.
        sweeps: whether an override may hold several values, i.e. -m was typed.

    Raises:
        UserError: for the first mistake.
    """
    for argument in overrides:
        key, _, value = argument.lstrip("+~").partition("=")
        _check_secrets(key, value)
    for argument in overrides:
        _check_override(command, argument, surface, conf, sweeps)


def _check_override(command: str, argument: str, surface: Surface, conf: Path, sweeps: bool) -> None:
    key, equals, value = argument.lstrip("+~").partition("=")
    shown = quote_for_shell(argument)
    is_hydra = key.split("/")[0].split(".")[0] == "hydra"
    if key == "hydra/launcher" and value == "ray" and find_spec("ray") is None:
        raise UserError(f"{argument} needs Ray. Install it: pip install 'neural-guide[ray]'.")
    if argument.startswith("~"):
        if not is_hydra:
            surface.check_key(command, key) if not surface.is_group(key) else None
        raise UserError(
            f"{shown} takes a setting away, which no command allows. Leave it out for its default, or type a value: "
            f"{key}=VALUE"
        )
    if not equals:
        raise UserError(f"{shown} is no setting: settings are key=value. {_suggest_key(command, argument, surface)}")
    if key != key.strip() or not key:
        name = key.strip() or "KEY"
        raise UserError(f"{shown} does not begin with a key. Type {quote_for_shell(f'{name}={value.strip()}')}")
    is_group = surface.is_group(key) and "." not in key and value[:1] != "{"
    if is_hydra:
        _check_hydra_key(key)
    elif not is_group:
        _check_key(command, key, surface)
    if argument.startswith("+") and not argument.startswith("++") and not is_hydra:
        raise UserError(f"{shown} adds a setting that exists already. Type {quote_for_shell(f'{key}={value}')}")
    if not value.strip():
        raise UserError(f"{shown} has no value. Type {key}=VALUE, or leave it out for its default.")
    override = _parse(argument)
    if override.is_sweep_override() and not sweeps:
        as_one = "" if is_group or is_hydra else _quote_as_one(key, value, surface.roots[command])
        raise UserError(
            f"{shown} holds several values, and a run takes one. {as_one}To run once a value, type -m as well: "
            f"python -m neural_guide.{command} -m {shown}"
        )
    if is_group:
        surface.check_option(command, key, value, conf)
    elif key in ("hydra.run.dir", "hydra.sweep.dir"):
        _check_folder_name(key, override, shown)
    elif not is_hydra:
        _check_values(argument, override, surface.roots[command])


def _check_key(command: str, key: str, surface: Surface) -> None:
    """Refuse an unknown key; a key of Hydra's may be meant."""
    if "." in key and key.split(".")[0] not in {known.split(".")[0] for known in list_keys(surface.roots[command])}:
        close = difflib.get_close_matches(key, list(_list_hydra_keys()), n=1, cutoff=0.8)
        if close:
            raise UserError(f"{key} is no setting. Did you mean {close[0]}?")
    surface.check_key(command, key)


def _check_hydra_key(key: str) -> None:
    """Refuse a key that Hydra's own settings lack; below a free dictionary any key may stand."""
    if "/" in key or key == "hydra":
        return
    node: Any = OmegaConf.structured(HydraConf)
    for part in key.split(".")[1:]:
        if not isinstance(node, DictConfig) or not _is_fixed(node):
            return
        if part not in node.keys():  # noqa: SIM118 - `in` leaves out what has no value yet
            close = difflib.get_close_matches(key, list(_list_hydra_keys()), n=2, cutoff=0.6)
            meant = f"Did you mean {' or '.join(close)}?" if close else "Hydra's settings: --cfg hydra lists them."
            raise UserError(f"{key} is no setting of Hydra. {meant}")
        node = None if OmegaConf.is_missing(node, part) else node._get_node(part)


def _is_fixed(node: DictConfig) -> bool:
    """Whether a node of Hydra's settings has a class, so that its keys are known."""
    kind = OmegaConf.get_type(node)
    return kind is not None and kind is not dict


def _list_hydra_keys(node: Any = None, prefix: str = "hydra") -> Iterator[str]:
    node = OmegaConf.structured(HydraConf) if node is None else node
    for name in node:
        child = None if OmegaConf.is_missing(node, name) else node._get_node(name)
        if isinstance(child, DictConfig) and not child._is_none() and _is_fixed(child):
            yield from _list_hydra_keys(child, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}"


def _check_secrets(key: str, value: str) -> None:
    """Refuse credentials before anything is written: what is typed stands in every record of the run."""
    if CREDENTIALS.search(value):
        raise UserError(
            f"{key}: the URL holds credentials, which would end up in config.yaml, logs and reports. Leave them out, "
            "set them in the environment, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials; "
            "fetch what only a signed address gives, and name the file."
        )


def _check_folder_name(key: str, override: Any, shown: str) -> None:
    values = override.sweep_iterator() if override.is_sweep_override() else [override.value()]
    if any(value is None or isinstance(value, list | dict | bool) for value in values):
        raise UserError(f"{shown} names no folder. Type {key}=FOLDER, or leave it out for a folder under outputs/.")


def _check_values(argument: str, override: Any, root: type) -> None:
    """Refuse a value that does not fit its key, alone or in a sweep; the whole settings are checked once composed."""
    if not override.is_sweep_override():
        _check_value(argument, override, root)
        return
    try:
        values = list(override.sweep_string_iterator())
    except HydraException as error:
        raise UserError(f"{quote_for_shell(argument)}: {describe_error(error)}.") from error
    for value in values:
        text = f"{override.key_or_group}={value}"
        _check_value(text, _parse(text), root)


def _check_value(argument: str, override: Any, root: type) -> None:
    shown = quote_for_shell(argument)
    try:
        typed = OmegaConf.structured(root)
        OmegaConf.update(typed, override.key_or_group, override.value())
        check_settings(cast(Any, OmegaConf.to_object(typed)))
    except ValidationError as error:
        raise UserError(f"{shown}: {str(error).splitlines()[0]}.") from error
    except (OmegaConfBaseException, ValueError, OverflowError) as error:
        if "${hydra:" not in argument:  # known only inside a run
            raise UserError(f"{shown}: {describe_error(error)}. {advise(argument)}") from error


def _quote_as_one(key: str, value: str, root: type) -> str:
    """How to type a value with commas as one value; empty where its key takes no text."""
    argument = f"{key}={quote(value)}"
    try:
        _check_value(argument, _parse(argument), root)
    except UserError:
        return ""
    return f"If it is one value, type {quote_for_shell(argument)}. "


def advise(argument: str) -> str:
    """The remedy for an override that cannot be resolved."""
    if "${" in argument:
        key, _, value = argument.partition("=")
        if key.startswith("hydra"):  # reads its own values a second time, so that no sign keeps them from it
            return "Set what it refers to, or type the value itself."
        literal = quote_for_shell(f"{key}={quote(value)}")
        return f"Set what it refers to, or type the value itself; if the value is meant as written: {literal}"
    return "Type another value."


def _parse(argument: str) -> Any:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException as error:
        raise UserError(
            f"{quote_for_shell(argument)}: Hydra cannot read this override. Quote values with special characters: "
            f"{quote_for_shell(_repair(argument))}"
        ) from error


def _repair(argument: str) -> str:
    """The override that was probably meant: brackets closed, or the value in quotes."""
    key, _, value = argument.partition("=")
    pending: list[str] = []
    for sign in value:
        if sign in CLOSING:
            pending.insert(0, CLOSING[sign])
        elif pending and sign == pending[0]:
            pending.pop(0)
    bare = value.strip().strip("'\"")
    attempts = [value + "".join(pending)] if pending and value[:1] in "[{" else []
    attempts.append(_wrap(bare) if "${" in bare else quote(bare))
    for attempt in attempts:
        try:
            OverridesParser.create().parse_override(f"{key}={attempt}")
        except HydraException:
            continue
        return f"{key}={attempt}"
    return f"{key}={quote(bare)}"


def _wrap(text: str) -> str:
    return '"' + re.sub(r'\\*("|$)', lambda end: "\\" * len(end[0]) + end[0], text) + '"'


def _suggest_key(command: str, argument: str, surface: Surface) -> str:
    """The override that a bare word was meant for: a file by its kind, or a key without its value."""
    if not argument.strip():
        return "An empty variable of the shell gives an empty argument; leave it out."
    known, path = list_keys(surface.roots[command]), Path(argument)
    if argument in known or surface.is_group(argument):
        return f"Type {argument}=VALUE"
    close = difflib.get_close_matches(argument.lstrip("+-"), known, n=1, cutoff=0.8)
    if close:
        return f"Did you mean {close[0]}=VALUE?"
    is_guide = path.suffix in GUIDE_SUFFIXES or (path.is_dir() and (path / "checkpoints").exists())
    wanted = ("checkpoint", "resume") if is_guide else ("data.path", "tasks", "checkpoint", "submission")
    keys = [key for key in wanted if key in known]
    if not keys:
        return f"What {command} reads: python -m neural_guide.{command} --help"
    plain = f"{keys[0]}={argument}"
    try:
        override = OverridesParser.create().parse_override(plain)
        is_plain = not override.is_sweep_override() and override.value() == argument and "${" not in argument
    except HydraException:
        is_plain = False
    return f"Type {quote_for_shell(plain if is_plain else f'{keys[0]}={quote(argument)}')}"


def _correct_options(arguments: Sequence[str]) -> str:
    """The options that a misspelt one may have been."""
    parser = get_args_parser()
    options = [option for action in parser._actions for option in action.option_strings]
    for argument in arguments:
        name = argument.partition("=")[0]
        if not argument.startswith("-") or name in options:
            continue
        bare = argument.lstrip("-")
        if "=" in bare and "." in bare.partition("=")[0]:
            return f"Settings have no dashes: type {quote_for_shell(bare)}"
        close = difflib.get_close_matches(name, options, n=1, cutoff=0.75)
        if close:
            return f"Did you mean {close[0]}?"
        if "=" in bare:
            return f"Settings have no dashes: type {quote_for_shell(bare)}"
    return "Options: --help, -m; settings are key=value, without dashes."


def _respell(argument: str) -> str:
    """An argument with bytes that are no UTF-8 read as Latin-1, quoted for the shell."""
    text = argument.encode("utf-8", "surrogateescape").decode("latin-1")
    return quote_for_shell(text)
