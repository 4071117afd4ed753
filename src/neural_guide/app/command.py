"""The start of every command: conf/ read by Hydra, keys checked, mistakes reported in one line."""

import contextlib
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, cast

import hydra
from hydra import compose
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from neural_guide.app.arguments import Arguments, expand_short, read_arguments, take_paths
from neural_guide.app.help import format_help
from neural_guide.app.invocation import Invocation
from neural_guide.app.overrides import advise, check_overrides, describe_error
from neural_guide.app.provenance import CONF, PACKAGE
from neural_guide.app.quoting import quote_for_shell
from neural_guide.app.run_folders import FOLDER_KEYS, FolderNotes, NewFolders, make_named_folders
from neural_guide.app.settings import check_settings, list_keys
from neural_guide.app.settings_files import flatten_values, merge_settings, read_settings
from neural_guide.app.surface import Surface
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import explain_full_disk, find_full_disk
from neural_guide.runtime.cache_folders import prepare_cache_folders
from neural_guide.runtime.launchers import forget_false_ranks
from neural_guide.runtime.output_streams import protect_output
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest, kill_workers
from neural_guide.runtime.system_errors import explain_system_errors

Job = Callable[[Any, Invocation], None]

HELP = ("-h", "--help")
DEFAULT_OPTIONS = {"data": "default", "hardware": "auto", "compile": "off", "experiment": None, "sweep": None}
FAILED = "failed.txt"  # in the folder of a job of a sweep: why it failed
FOLDERLESS = ("hydra.run.dir=.", "hydra.output_subdir=null")
USAGE_EXIT = 2  # exit code for a mistake that the user can mend


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
        print(_format_help(command, surface))
        return
    folders = FolderNotes.folders = NewFolders()
    forget_false_ranks()
    try:
        with StopRequest() as stop, stop.explain_failures():
            arguments = read_arguments(sys.argv[1:], list_keys(surface.roots[command]))
            if arguments.wants_version:
                print(f"neural_guide {version('neural-guide')}")
                return
            typed = take_paths(arguments.overrides, file_key, many=many) if file_key else arguments.overrides
            overrides = check_overrides(command, typed, surface, CONF, sweeps=arguments.is_multirun)
            sys.argv[1:] = [*arguments.options, *(FOLDERLESS if folderless else ()), *overrides]
            if folderless:
                _refuse_folder(command, overrides)
            elif not arguments.shows_only:
                make_named_folders(overrides, folders)
            register(command, surface)
            SweepEnd.action = surface.after_sweep
            with _end_display(arguments):
                _run_hydra(command, _Checked(command, job, surface), overrides)
    except UserError as error:
        folders.remove()
        _refuse(error)
    except SystemExit as ended:
        if ended.code == USAGE_EXIT:
            folders.remove()
        raise
    except Stopped as stopped:
        kill_workers()
        print(f"Stopped by {stopped}.", file=sys.stderr)
        raise SystemExit(STOPPED_EXIT) from None


@contextlib.contextmanager
def _end_display(arguments: Arguments) -> Iterator[None]:
    """Give Hydra's refusal to show something, e.g. `--cfg job -p nothing`, the exit code of a mistake."""
    try:
        yield
    except SystemExit as ended:
        raise SystemExit(USAGE_EXIT if arguments.shows_only and ended.code == 1 else ended.code) from None


def _format_help(command: str, surface: Surface) -> str:
    return format_help(command, sys.modules["__main__"].__doc__ or command, surface, CONF)


def _refuse_folder(command: str, overrides: Sequence[str]) -> None:
    """Refuse a folder for a command that leaves none."""
    for override in overrides:
        if override.partition("=")[0] in FOLDER_KEYS:
            raise UserError(f"{quote_for_shell(override)}: {command} leaves no run folder. Leave it out.")


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


def register(command: str, surface: Surface) -> None:
    """Make a command's settings known to Hydra: its schema, and a primary config with the groups that it takes."""
    store = ConfigStore.instance()
    store.store(name=f"{command}_schema", node=surface.schema(command))
    callbacks = {"sweeps": f"{__name__}.SweepEnd", "folders": f"{FolderNotes.__module__}.FolderNotes"}
    node = {name: {"_target_": target} for name, target in callbacks.items()}
    store.store(group="hydra/callbacks", name="own", node=node)
    groups = [{group: DEFAULT_OPTIONS[group]} for group in surface.groups.get(command, ())]
    overrides = [
        {"override hydra/callbacks": "own"},
        {"override hydra/job_logging": "none"},  # runs write their own records
        {"override hydra/hydra_logging": "none"},
    ]
    defaults = [f"{command}_schema", "config", *groups, "_self_", *overrides]
    store.store(name=command, node={"defaults": defaults})


def load_settings(command: str, overrides: list[str], surface: Surface, *, sweeps: bool = False) -> Any:
    """The checked settings of a command for what could be typed for it, without running it.

    Args:
        command: name of the command.
        overrides: what could be typed for it.
        surface: settings of all commands.
        sweeps: whether -m was typed; without it a sweep is refused.

    Raises:
        UserError: a key or a value that is refused when typed.
    """
    overrides = expand_short(overrides, list_keys(surface.roots[command]))
    overrides = check_overrides(command, overrides, surface, CONF, sweeps=sweeps)
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
        if not invocation.is_single:  # processes that the job starts repeat the job, not the sweep
            sys.argv[1:] = [override for override in invocation.overrides if not override.startswith("sweep=")]
        try:
            settings = self._read_settings(raw, invocation)
            with explain_system_errors(), explain_full_disk(folder):
                self._job(settings, invocation)
        except UserError as error:
            if invocation.is_single:
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
        overrides = tuple(_list_unresolved(config.overrides.task))
        named = _list_unresolved(config.overrides.hydra)
        return Invocation(
            command=self._command,
            folder=Path(config.runtime.output_dir),
            overrides=overrides,
            keys=frozenset(typed_keys(overrides, self._surface.roots[self._command])),
            folder_is_named=any(override.startswith(FOLDER_KEYS) for override in named),
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
        typed, _, value = override.lstrip("+").partition("=")
        names = list_experiment_keys(value.strip("'\"")) if typed == "experiment" else [typed]
        keys |= {key for key in list_keys(root) for name in names if key == name or key.startswith(f"{name}.")}
    return keys


def list_experiment_keys(name: str) -> list[str]:
    """Keys, and groups of keys, that an option of the group `experiment` sets."""
    values = read_settings(CONF / "experiment" / f"{name}.yaml")
    defaults = [entry for entry in values.pop("defaults", []) if isinstance(entry, dict)]
    groups = [str(group).removeprefix("override").strip(" /") for entry in defaults for group in entry]
    return [*groups, *flatten_values(values)]


def _report_thread_failure(failed: threading.ExceptHookArgs) -> None:
    """TensorBoard writes in a thread. A full disk is reported once, by whoever meets it next."""
    if failed.exc_value is None or find_full_disk(failed.exc_value) is None:
        threading.__excepthook__(failed)


def _refuse(error: UserError) -> None:
    print(str(error), file=sys.stderr)
    raise SystemExit(USAGE_EXIT)


def _note_failure(folder: Path, words: str, more: str = "") -> None:
    """A job of a sweep failed: the others continue, and the table at the end shows it."""
    print(f"{folder.name}: {words}", file=sys.stderr)
    (folder / FAILED).write_text(f"{words}\n{more}", encoding="utf-8")
