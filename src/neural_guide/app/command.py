"""The start of every command: conf/ read by Hydra, keys checked, mistakes reported in one line."""

import contextlib
import re
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, cast

import hydra
from hydra import compose
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, ValidationError

from neural_guide.app.help import format_help
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import CONF
from neural_guide.app.settings import check_settings, list_keys
from neural_guide.app.settings_files import merge_settings
from neural_guide.app.surface import Surface
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import explain_full_disk, find_full_disk
from neural_guide.runtime.locks import ensure_writable
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest

Job = Callable[[Any, Invocation], None]

MULTIRUN = ("-m", "--multirun")
HELP = ("-h", "--help")
SHORT = {"budget": "budget.dollars", "action": "cloud.action"}  # settings that may be typed without their group
DEFAULT_OPTIONS = {"data": "default", "hardware": "auto", "compile": "off", "experiment": None, "sweep": None}
FAILED = "failed.txt"  # in the folder of a job of a sweep: why it failed
CREDENTIALS = re.compile(r"://[^/@\s]*@|[?&][\w-]*(signature|sig|token|key|credential)=", re.IGNORECASE)
"""What is a secret in a URL: a user before the host, a signature behind it."""
USAGE_EXIT = 2  # exit code for a mistake that the user can mend

OmegaConf.register_new_resolver(
    "run_time", lambda: datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f"), use_cache=True, replace=True
)


class SweepEnd(Callback):
    """Hydra's callback at the end of a multirun: calls what the command set, whatever launched the jobs."""

    action: ClassVar[Callable[[Path], bool] | None] = None

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Look at the sweep's folder; exit with an error code where a job failed."""
        action = SweepEnd.action
        if action is not None and action(Path(config.hydra.sweep.dir)):
            raise SystemExit(USAGE_EXIT)


def start(
    command: str,
    job: Job,
    surface: Surface,
    file_key: str | None = None,
    *,
    many: bool = False,
    folderless: bool = False,
) -> None:
    """Run the command `python -m neural_guide.<command>`.

    Args:
        command: its name.
        job: takes the checked settings and how they were typed; called once a run.
        surface: settings and groups of all commands.
        file_key: the setting that a path without a key is for; None: the command takes no such path.
        many: whether that setting is a list.
        folderless: whether the command leaves no run folder.
    """
    threading.excepthook = _report_thread_failure
    if any(argument in HELP for argument in sys.argv[1:]):
        print(format_help(command, sys.modules["__main__"].__doc__ or command, surface, CONF))
        return
    if folderless:
        sys.argv[1:1] = ["hydra.run.dir=.", "hydra.output_subdir=null"]
    # Hydra takes -m only before the first override; users type it anywhere.
    sys.argv[1:] = sorted(map(_expand_short, sys.argv[1:]), key=lambda argument: argument not in MULTIRUN)
    try:
        if file_key:
            sys.argv[1:] = _with_file_key(sys.argv[1:], file_key, many)
        with StopRequest():
            _check_overrides(command, sys.argv[1:], surface)
            _check_folder(sys.argv[1:])
            register(command, surface)
            SweepEnd.action = surface.after_sweep
            run = _Checked(command, job, surface)
            hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(run)()
    except UserError as error:
        _refuse(error)
    except Stopped as stopped:
        print(f"Stopped by {stopped}.", file=sys.stderr)
        raise SystemExit(STOPPED_EXIT) from None


def register(command: str, surface: Surface) -> None:
    """Make a command's settings known to Hydra: its schema, and a primary config with the groups that it takes."""
    store = ConfigStore.instance()
    store.store(name=f"{command}_schema", node=surface.schema(command))
    store.store(group="hydra/callbacks", name="sweeps", node={"sweeps": {"_target_": f"{__name__}.SweepEnd"}})
    groups = [{group: DEFAULT_OPTIONS[group]} for group in surface.groups.get(command, ())]
    overrides = [
        {"override hydra/callbacks": "sweeps"},  # one table of all runs at the end of a sweep
        {"override hydra/job_logging": "none"},  # runs write their own records
        {"override hydra/hydra_logging": "none"},
    ]
    defaults = [f"{command}_schema", "config", *groups, "_self_", *overrides]
    store.store(name=command, node={"defaults": defaults})


def load_settings(command: str, overrides: list[str], surface: Surface) -> Any:
    """The checked settings of a command for what could be typed for it, without running it.

    Raises:
        UserError: a key or a value that is refused when typed.
    """
    overrides = list(map(_expand_short, overrides))
    _check_overrides(command, overrides, surface)
    register(command, surface)
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return _to_settings(compose(command, overrides=overrides), command, surface)


def compose_settings(command: str, overrides: list[str]) -> Any:
    """The checked settings of a command for other overrides, inside that command while it runs."""
    settings = OmegaConf.to_object(compose(command, overrides=overrides))
    check_settings(settings)
    return settings


def _to_settings(raw: DictConfig, command: str, surface: Surface) -> Any:
    """The checked settings of a command, without what only its schema has."""
    settings, root = OmegaConf.to_object(raw), surface.roots[command]
    if surface.schema(command) is not root:
        settings = merge_settings(root, cast(dict[str, Any], OmegaConf.to_container(raw)))
    check_settings(settings)
    return settings


class _Checked:
    """A job as Hydra calls it. A launcher may send it to another process, which imports the command anew."""

    def __init__(self, command: str, job: Job, surface: Surface) -> None:
        self.__module__ = f"neural_guide.{command}"  # Hydra names the job after it
        self._command, self._job, self._surface = command, job, surface

    def __reduce__(self) -> tuple[Callable[[str, str, Surface], "_Checked"], tuple[str, str, Surface]]:
        return _import_job, (self._command, self._job.__name__, self._surface)

    def __call__(self, raw: DictConfig) -> None:
        invocation = self._invocation()
        folder = invocation.folder
        try:
            settings = _to_settings(raw, self._command, self._surface)
            with explain_full_disk(folder):
                self._job(settings, invocation)
        except UserError as error:
            if invocation.is_single:
                _refuse(error)
            _note_failure(folder, str(error))
        except Exception as error:
            if invocation.is_single:
                raise
            _note_failure(folder, f"{type(error).__name__}: {error}", traceback.format_exc())

    def _invocation(self) -> Invocation:
        config = HydraConfig.get()
        overrides = tuple(str(override) for override in config.overrides.task)
        return Invocation(
            command=self._command,
            folder=Path(config.runtime.output_dir),
            overrides=overrides,
            keys=frozenset(typed_keys(overrides, self._surface.roots[self._command])),
            folder_is_named=any(str(override).startswith("hydra.run.dir=") for override in config.overrides.hydra),
            is_single=config.mode == RunMode.RUN,
        )


def _import_job(command: str, job: str, surface: Surface) -> _Checked:
    register(command, surface)
    return _Checked(command, getattr(import_module(f"neural_guide.{command}"), job), surface)


def typed_keys(overrides: tuple[str, ...], root: type) -> set[str]:
    """Every key whose value was typed, itself or by the option of a group."""
    keys: set[str] = set()
    for override in overrides:
        typed = override.lstrip("+~").partition("=")[0]
        keys |= {key for key in list_keys(root) if key == typed or typed == "experiment" or key.startswith(f"{typed}.")}
    return keys


def quote(text: str) -> str:
    """A text that Hydra and OmegaConf take as it is, whatever signs are in it."""
    text = re.sub(r"\\*\$(?={)", lambda dollar: "\\" * len(dollar[0]) + dollar[0], text)  # no interpolation
    return '"' + re.sub(r'\\*("|$)', lambda end: "\\" * len(end[0]) + end[0], text) + '"'


def _report_thread_failure(failed: threading.ExceptHookArgs) -> None:
    """TensorBoard writes in a thread. A full disk is reported once, by whoever meets it next."""
    if failed.exc_value is None or find_full_disk(failed.exc_value) is None:
        threading.__excepthook__(failed)


def _refuse(error: UserError) -> None:
    print(str(error), file=sys.stderr)
    raise SystemExit(USAGE_EXIT)


def _expand_short(argument: str) -> str:
    key, equals, value = argument.partition("=")
    return f"{SHORT.get(key, key)}{equals}{value}"


def _note_failure(folder: Path, words: str, more: str = "") -> None:
    """A job of a sweep failed: the others continue, and the table at the end shows it."""
    print(f"{folder.name}: {words}", file=sys.stderr)
    (folder / FAILED).write_text(f"{words}\n{more}")


def _with_file_key(arguments: list[str], key: str, many: bool) -> list[str]:
    """The arguments, with the path among them as an override, or all paths as one."""
    paths = [argument for argument in arguments if _is_path(argument)]
    if many and paths:
        others = [argument for argument in arguments if argument not in paths]
        return [*others, f"{key}=[{','.join(map(quote, paths))}]"]
    if len(paths) > 1:
        raise UserError(f"One file at a time, not {len(paths)}: {', '.join(paths)}. Other settings are key=value.")
    return [f"{key}={quote(argument)}" if argument in paths else argument for argument in arguments]


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and ("=" not in argument or Path(argument).exists())


def _check_overrides(command: str, arguments: list[str], surface: Surface) -> None:
    """Name a misspelt key, an unknown option, a value of the wrong type or out of range with what is allowed."""
    for argument in arguments:
        key, equals, value = argument.lstrip("+~").partition("=")
        if key == "hydra/launcher" and value == "ray" and find_spec("ray") is None:
            raise UserError(f"{argument} needs Ray. Install it: pip install 'neural-guide[ray]'.")
        _check_secrets(key, value)
        if argument.startswith("-") or not equals or key.split("/")[0].split(".")[0] == "hydra":
            continue
        if surface.is_group(key) and "." not in key and value[:1] != "{":
            surface.check_option(command, key, value, CONF)
        else:
            surface.check_key(command, key)
            _check_value(argument, surface.roots[command])


def _check_secrets(key: str, value: str) -> None:
    """Refuse credentials before anything is written: what is typed stands in every record of the run."""
    if CREDENTIALS.search(value):
        raise UserError(
            f"{key}: the URL holds credentials, which would end up in config.yaml, logs and reports. Leave them out, "
            "set them in the environment, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials; "
            "fetch what only a signed address gives, and name the file."
        )


def _check_folder(arguments: list[str]) -> None:
    """Make the folder that runs are written to: where it cannot be made, Hydra answers with a traceback."""
    options = [
        argument for argument in arguments if argument.startswith("-") and argument not in MULTIRUN
    ]  # runs nothing, e.g. --cfg
    if options or "hydra.output_subdir=null" in arguments:
        return
    named = [argument for argument in arguments if argument.startswith(("hydra.run.dir=", "hydra.sweep.dir="))]
    with contextlib.suppress(HydraException):  # Hydra reports it
        folders = [str(OverridesParser.create().parse_override(argument).value()) for argument in named] or ["outputs"]
        for folder in folders:
            if "${" not in folder:
                ensure_writable(Path(folder))


def _check_value(argument: str, root: type) -> None:
    """Refuse a value that does not fit its key; the whole settings are checked once they are composed."""
    try:
        override = OverridesParser.create().parse_override(argument)
        if not override.is_sweep_override():
            typed = OmegaConf.structured(root)
            OmegaConf.update(typed, override.key_or_group, override.value())
            check_settings(cast(Any, OmegaConf.to_object(typed)))
    except HydraException as error:
        raise UserError(
            f"{argument}: Hydra cannot read this override. Quote values with special characters."
        ) from error
    except ValidationError as error:
        raise UserError(f"{argument}: {str(error).splitlines()[0]}.") from error
