"""How every entry point starts: conf/ read by Hydra, keys checked, mistakes told in one line."""

import contextlib
import difflib
import json
import re
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, ValidationError
from rich.console import Console

from neural_guide.config import Config, check, keys
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import full_disk, full_disk_told, written_whole
from neural_guide.runtime.locks import make_usable
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, StopRequest

ROOT = Path(__file__).resolve().parents[3]
CONF = ROOT / "conf"
GROUPS = ("hardware", "compile", "data", "experiment", "sweep")
MULTIRUN = ("-m", "--multirun")
SHORT = {"budget": "budget.dollars", "action": "cloud.action"}  # settings that may be typed without their group
FAILED = "failed.txt"  # in the folder of a job of a sweep: why it failed
CREDENTIALS = re.compile(r"://[^/@\s]*@|[?&][\w-]*(signature|sig|token|key|credential)=", re.IGNORECASE)
"""What is a secret in a URL: a user before the host, a signature behind it."""
USAGE_EXIT = 2  # exit code for a mistake that the user can mend

# A pipe or a file has no width of its own; 80 columns would break every path.
console = Console() if sys.stdout.isatty() else Console(width=120)

ConfigStore.instance().store(name="schema", node=Config)
ConfigStore.instance().store(
    group="hydra/callbacks", name="sweeps", node={"compare": {"_target_": "neural_guide.experiment.sweep.CompareRuns"}}
)
OmegaConf.register_new_resolver(
    "run_time", lambda: datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f"), use_cache=True, replace=True
)


def start(name: str, job: Callable[[Config, Path], None], file_key: str | None = None, *, many: bool = False) -> None:
    """Run the command `python -m neural_guide.<name>`.

    Args:
        name: the command's module.
        job: takes the checked config and the run's folder; called once a run.
        file_key: the setting that a path without a key is for; None: the command takes no such path.
        many: whether that is a list, which takes several.
    """
    threading.excepthook = _of_thread
    # Hydra takes -m only before the first override; users type it anywhere.
    sys.argv[1:] = sorted(map(_in_full, sys.argv[1:]), key=lambda argument: argument not in MULTIRUN)
    try:
        if file_key:
            sys.argv[1:] = _with_file_key(sys.argv[1:], file_key, many)
        with StopRequest():
            _check_overrides(sys.argv[1:])
            _check_folder(sys.argv[1:])
            hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(_Checked(name, job))()
    except UserError as error:
        _refuse(error)
    except Stopped as stopped:
        print(f"Stopped by {stopped}.", file=sys.stderr)
        raise SystemExit(STOPPED_EXIT) from None


class _Checked:
    """A job as Hydra calls it. A launcher may send it to another process, which imports the command anew."""

    def __init__(self, name: str, job: Callable[[Config, Path], None]) -> None:
        self.__module__ = f"neural_guide.{name}"  # Hydra names the job after it
        self._name, self._job = name, job

    def __reduce__(self) -> tuple[Callable[[str, str], "_Checked"], tuple[str, str]]:
        return _imported, (self._name, self._job.__name__)

    def __call__(self, raw: DictConfig) -> None:
        folder = Path(HydraConfig.get().runtime.output_dir)
        try:
            config = cast(Config, OmegaConf.to_object(raw))
            check(config)
            with full_disk_told(folder):
                self._job(config, folder)
        except UserError as error:
            if is_one_run():
                _refuse(error)
            _note_failure(folder, str(error))
        except Exception as error:
            if is_one_run():
                raise
            _note_failure(folder, f"{type(error).__name__}: {error}", traceback.format_exc())


def _imported(name: str, job: str) -> _Checked:
    return _Checked(name, getattr(import_module(f"neural_guide.{name}"), job))


def write_config(config: Config, folder: Path) -> None:
    """Write the resolved configuration of a run into its folder."""
    with written_whole(folder / "config.yaml") as temporary:
        temporary.write_text(OmegaConf.to_yaml(OmegaConf.structured(config)))


def command_line() -> str:
    """The command that repeats this run from its beginning."""
    overrides = " ".join(override for override in typed() if not override.startswith("resume="))
    module = HydraConfig.get().job.name
    return f"python -m neural_guide.{module} {overrides}".strip()


def typed() -> list[str]:
    """The settings that were typed, as they were."""
    return [str(override) for override in HydraConfig.get().overrides.task]


def typed_keys() -> set[str]:
    """Every key whose value was typed, itself or by the option of a group."""
    found: set[str] = set()
    for override in typed():
        key = override.lstrip("+~").partition("=")[0]
        found |= {name for name in keys() if name == key or key == "experiment" or name.startswith(f"{key}.")}
    return found


def folder_is_named() -> bool:
    """Whether the folder of the run was typed."""
    return any(str(override).startswith("hydra.run.dir=") for override in HydraConfig.get().overrides.hydra)


def is_one_run() -> bool:
    """Whether the command runs once, and not as a job of a sweep."""
    return HydraConfig.get().mode == RunMode.RUN


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted keys; None becomes text, which every logger takes."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = "none" if value is None else value
    return flat


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write sorted, indented JSON whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")


def _of_thread(failed: threading.ExceptHookArgs) -> None:
    """TensorBoard writes in a thread. A full disk is told once, by whoever meets it next."""
    if failed.exc_value is None or full_disk(failed.exc_value) is None:
        threading.__excepthook__(failed)


def _refuse(error: UserError) -> None:
    print(str(error), file=sys.stderr)
    raise SystemExit(USAGE_EXIT)


def _in_full(argument: str) -> str:
    key, equals, value = argument.partition("=")
    return f"{SHORT.get(key, key)}{equals}{value}"


def _note_failure(folder: Path, words: str, more: str = "") -> None:
    """A job of a sweep failed: the others go on, and the table at the end shows it."""
    print(f"{folder.name}: {words}", file=sys.stderr)
    (folder / FAILED).write_text(f"{words}\n{more}")


def _with_file_key(arguments: list[str], key: str, many: bool) -> list[str]:
    """The arguments, with the path among them as an override, or all paths as one."""
    paths = [each for each in arguments if not each.startswith("-") and ("=" not in each or Path(each).exists())]
    if many and paths:
        others = [each for each in arguments if each not in paths]
        return [*others, f"{key}=[{','.join(map(quoted, paths))}]"]
    if len(paths) > 1:
        raise UserError(f"One file at a time, not {len(paths)}: {', '.join(paths)}. Other settings are key=value.")
    return [f"{key}={quoted(each)}" if each in paths else each for each in arguments]


def quoted(text: str) -> str:
    """A text that Hydra and OmegaConf take as it is, whatever signs are in it."""
    text = re.sub(r"\\*\$(?={)", lambda dollar: "\\" * len(dollar[0]) + dollar[0], text)  # no interpolation
    return '"' + re.sub(r'\\*("|$)', lambda end: "\\" * len(end[0]) + end[0], text) + '"'


def _check_overrides(arguments: list[str]) -> None:
    """Name a misspelt key, an unknown option or a value of the wrong type with what is allowed."""
    for argument in arguments:
        key, equals, value = argument.lstrip("+~").partition("=")
        if key == "hydra/launcher" and value == "ray" and find_spec("ray") is None:
            raise UserError(f"{argument} needs Ray. Install it: pip install 'neural-guide[ray]'.")
        _check_secrets(key, value)
        if argument.startswith("-") or not equals or key.split("/")[0].split(".")[0] == "hydra":
            continue
        if key in GROUPS:
            _check_option(key, value)
        else:
            _check_key(key)
            _check_type(argument)


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
    shows = [each for each in arguments if each.startswith("-") and each not in MULTIRUN]  # runs nothing, e.g. --help
    if shows or "hydra.output_subdir=null" in arguments:
        return
    typed = [each for each in arguments if each.startswith(("hydra.run.dir=", "hydra.sweep.dir="))]
    with contextlib.suppress(HydraException):  # told by Hydra itself
        folders = [str(OverridesParser.create().parse_override(each).value()) for each in typed] or ["outputs"]
        for folder in folders:
            if "${" not in folder:
                make_usable(Path(folder))


def _check_option(group: str, value: str) -> None:
    allowed = sorted(path.stem for path in (CONF / group).glob("*.yaml"))
    for option in value.split(","):
        if option not in [*allowed, "null", ""]:
            raise UserError(f"{group}={option} is not known. Allowed: {', '.join(allowed)}.")


def _check_key(key: str) -> None:
    known = keys()
    if key in known:
        return
    close = difflib.get_close_matches(key, known, n=2, cutoff=0.6)
    siblings = [name for name in known if name.split(".")[0] == key.split(".")[0]]
    if close:
        raise UserError(f"{key} is no setting. Did you mean {' or '.join(close)}?")
    raise UserError(f"{key} is no setting. Allowed: {', '.join(siblings or known)}.")


def _check_type(argument: str) -> None:
    try:
        override = OverridesParser.create().parse_override(argument)
        if not override.is_sweep_override():
            OmegaConf.update(OmegaConf.structured(Config), override.key_or_group, override.value())
    except HydraException as error:
        raise UserError(
            f"{argument}: Hydra cannot read this override. Quote values with special characters."
        ) from error
    except ValidationError as error:
        raise UserError(f"{argument}: {str(error).splitlines()[0]}.") from error
