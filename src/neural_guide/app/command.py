"""The start of every command: conf/ read by Hydra, keys checked, mistakes reported in one line."""

import contextlib
import hashlib
import os
import re
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
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
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from neural_guide.app.help import format_help
from neural_guide.app.invocation import Invocation
from neural_guide.app.overrides import (
    MULTIRUN,
    advise,
    check_overrides,
    describe_error,
    find_overrides,
    is_multirun,
    order_arguments,
    quote,
    quote_for_shell,
)
from neural_guide.app.provenance import CONF, PACKAGE
from neural_guide.app.settings import check_settings, list_keys
from neural_guide.app.settings_files import merge_settings
from neural_guide.app.surface import Surface
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import explain_full_disk, find_full_disk
from neural_guide.runtime.cache_folders import prepare_cache_folders
from neural_guide.runtime.locks import ensure_writable
from neural_guide.runtime.output_streams import protect_output
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest

Job = Callable[[Any, Invocation], None]

HELP = ("-h", "--help")
SHORT = {"budget": "budget.dollars", "action": "cloud.action"}  # settings that may be typed without their group
DEFAULT_OPTIONS = {"data": "default", "hardware": "auto", "compile": "off", "experiment": None, "sweep": None}
LONGEST_NAME = 100  # characters of the folder of a job of a sweep; file systems allow 255 bytes, some 143
FAILED = "failed.txt"  # in the folder of a job of a sweep: why it failed
FOLDERLESS = ("hydra.run.dir=.", "hydra.output_subdir=null")
OWN_FILES = {".hydra", "multirun.yaml"}  # what Hydra writes into a folder before a run begins
USAGE_EXIT = 2  # exit code for a mistake that the user can mend

_times: list[str] = []  # names of the folders that Hydra was given


def _name_by_time() -> str:
    _times.append(datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f"))
    return _times[-1]


def name_folder(settings: str) -> str:
    """A short name of one folder for the settings of a job, e.g. `optimizer.lr=0.001,data.batch_size=8`.

    Of a path only its last part stays. What a file system or a shell may refuse becomes an underscore. A long name is
    cut, and ends with a digest of the whole.
    """
    name = re.sub(r"[^,=\[\]]*/(?=[^,=\[\]/])", "", settings)
    name = re.sub(r"[^\w.,=+@-]+", "_", name, flags=re.ASCII).strip("_")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(settings.encode()).hexdigest()[:8]}"


OmegaConf.register_new_resolver("run_time", _name_by_time, use_cache=True, replace=True)
OmegaConf.register_new_resolver("folder_name", name_folder, replace=True)


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
    protect_output()
    threading.excepthook = _report_thread_failure
    prepare_cache_folders()  # before torch and matplotlib are imported, which choose theirs then
    if any(argument in HELP for argument in sys.argv[1:]):
        print(format_help(command, sys.modules["__main__"].__doc__ or command, surface, CONF))
        return
    folders = _NewFolders(Path("outputs", command), Path("outputs", "sweep"))
    try:
        arguments = order_arguments([_expand_short(argument) for argument in sys.argv[1:]])
        typed = find_overrides(arguments)
        options = arguments[: len(arguments) - len(typed)]
        overrides = _with_file_key(typed, file_key, many) if file_key else typed
        with StopRequest():
            check_overrides(command, overrides, surface, CONF, sweeps=is_multirun([*options, *overrides]))
            sys.argv[1:] = [*options, *(FOLDERLESS if folderless else ()), *overrides]
            if not (folderless or "hydra.output_subdir=null" in overrides or _shows_only(options)):
                _make_folders(overrides, folders)
            register(command, surface)
            SweepEnd.action = surface.after_sweep
            _run_hydra(command, _Checked(command, job, surface), overrides)
    except UserError as error:
        folders.remove()
        _refuse(error)
    except SystemExit as ended:
        if ended.code == USAGE_EXIT:
            folders.remove()
        raise
    except Stopped as stopped:
        print(f"Stopped by {stopped}.", file=sys.stderr)
        raise SystemExit(STOPPED_EXIT) from None


def _run_hydra(command: str, run: "_Checked", overrides: Sequence[str]) -> None:
    """Hand a command to Hydra; its own errors become a line, those of a job keep their traceback."""
    try:
        with _raise_hydra_errors():
            hydra.main(version_base="1.3", config_path=str(CONF), config_name=command)(run)()
    except (UserError, Stopped):
        raise
    except Exception as error:
        if _is_ours(error):
            raise
        raise _to_user_error(overrides, error) from error


@contextlib.contextmanager
def _raise_hydra_errors() -> Iterator[None]:
    """Have Hydra raise its errors; it prints them with its own words otherwise, and exits with 1."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before


def _is_ours(error: BaseException) -> bool:
    """Whether an error comes from our own code, below the call of Hydra."""
    frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)][1:]
    return any(Path(name).is_relative_to(PACKAGE) for name in frames)


def _to_user_error(overrides: Sequence[str], error: BaseException) -> UserError:
    """The line for an error of Hydra: the override that it is about, as it should be typed, the fact and the remedy."""
    culprits = _find_culprits(overrides, error)
    place = f"{quote_for_shell(culprits[0])}: " if culprits else ""
    remedy = advise(culprits[0]) if culprits else "The settings and how they are typed: --help."
    return UserError(f"{place}{describe_error(error)}. {remedy}")


def _find_culprits(overrides: Sequence[str], error: BaseException) -> list[str]:
    words = describe_error(error)
    named = [argument for argument in overrides if (key := argument.lstrip("+~").partition("=")[0]) and key in words]
    referring = [argument for argument in overrides if "${" in argument] if "nterpolation" in _kinds(error) else []
    hydras = [argument for argument in overrides if argument.lstrip("+~").startswith("hydra")]
    return named or referring or (hydras if len(hydras) == 1 else [])


def _kinds(error: BaseException) -> str:
    causes = (error, error.__cause__, error.__context__)
    return " ".join(type(cause).__name__ for cause in causes if cause is not None)


class _NewFolders:
    """Folders that this process makes, removed again where a command is refused.

    Args:
        folders: those in which Hydra may make one that is named after the time.
    """

    def __init__(self, *folders: Path) -> None:
        self._missing: list[Path] = []
        self._parents = folders
        for folder in folders:
            self.add(folder)

    def add(self, folder: Path) -> None:
        """Note a folder, and those above it, that are not there yet."""
        with contextlib.suppress(OSError):  # no name for a folder, as the next that uses it reports
            self._missing += [path for path in (folder, *folder.parents) if not path.exists()]

    def remove(self) -> None:
        """Remove those that hold nothing but what Hydra wrote."""
        timed = [folder / time for folder in self._parents for time in _times]
        for folder in sorted({*self._missing, *timed}, key=lambda path: -len(path.parts)):
            remove_untouched(folder)


def remove_untouched(folder: Path) -> None:
    """Remove a folder where only Hydra's own files are in it."""
    with contextlib.suppress(OSError):
        if folder.is_dir() and {path.name for path in folder.iterdir()} <= OWN_FILES:
            shutil.rmtree(folder)


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
    check_overrides(command, overrides, surface, CONF, sweeps=False)
    register(command, surface)
    try:
        with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
            return _to_settings(compose(command, overrides=overrides), command, surface)
    except (HydraException, OmegaConfBaseException) as error:
        raise _to_user_error(overrides, error) from error


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
            settings = self._read_settings(raw, invocation)
            with explain_full_disk(folder):
                self._job(settings, invocation)
        except UserError as error:
            if invocation.is_single:
                if not invocation.folder_is_named:
                    remove_untouched(folder)  # in which nothing of the run was written
                _refuse(error)
            _note_failure(folder, str(error))
        except Exception as error:
            if invocation.is_single:
                raise
            _note_failure(folder, f"{type(error).__name__}: {error}", traceback.format_exc())

    def _read_settings(self, raw: DictConfig, invocation: Invocation) -> Any:
        try:
            return _to_settings(raw, self._command, self._surface)
        except OmegaConfBaseException as error:
            raise _to_user_error(invocation.overrides, error) from error

    def _invocation(self) -> Invocation:
        config = HydraConfig.get()
        try:
            overrides = tuple(str(override) for override in config.overrides.task)
        except OmegaConfBaseException:  # one refers to what is not set, which reading the settings reports
            overrides = tuple(_list_unresolved(config.overrides.task))
        named = _list_unresolved(config.overrides.hydra)
        return Invocation(
            command=self._command,
            folder=Path(config.runtime.output_dir),
            overrides=overrides,
            keys=frozenset(typed_keys(overrides, self._surface.roots[self._command])),
            folder_is_named=any(override.startswith("hydra.run.dir=") for override in named),
            is_single=config.mode == RunMode.RUN,
        )


def _list_unresolved(overrides: Any) -> list[str]:
    """Overrides as typed, with their references."""
    return [str(override) for override in cast(list[Any], OmegaConf.to_container(overrides, resolve=False))]


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
    (folder / FAILED).write_text(f"{words}\n{more}", encoding="utf-8")


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
    try:
        return not argument.startswith("-") and ("=" not in argument or Path(argument).exists())
    except OSError:  # too long for a path
        return False


def _shows_only(arguments: Sequence[str]) -> bool:
    """Whether an option asks for something else than a run, e.g. --cfg."""
    return any(argument.startswith("-") and argument not in MULTIRUN for argument in arguments)


def _make_folders(overrides: Sequence[str], made: _NewFolders) -> None:
    """Make the folders that runs are written to: where one cannot be made, Hydra answers with a traceback."""
    named = [argument for argument in overrides if argument.startswith(("hydra.run.dir=", "hydra.sweep.dir="))]
    folders = [str(OverridesParser.create().parse_override(argument).value()) for argument in named] or ["outputs"]
    for folder in folders:
        if "${" not in folder:
            made.add(Path(folder))
            ensure_writable(Path(folder))
