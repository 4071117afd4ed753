"""Run folders that Hydra makes: their names, and their removal where a command is refused."""

import contextlib
import hashlib
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from neural_guide.runtime.locks import LOCK, ensure_writable, find_obstacle

LONGEST_NAME = 100  # characters of the folder of a job of a sweep; file systems allow 255 bytes, some 143
FOLDER_KEYS = ("hydra.run.dir", "hydra.sweep.dir")
OWN_NAMES = {"multirun.yaml", "config.yaml", LOCK}  # what is in a folder before a run begins, beside Hydra's records


def name_by_time() -> str:
    """Name a folder after this moment, e.g. `2026-11-24_10-00-00-000000`."""
    return datetime.now().strftime("%Y-%m-%d_%H-%M-%S-%f")


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


OmegaConf.register_new_resolver("run_time", name_by_time, use_cache=True, replace=True)
OmegaConf.register_new_resolver("folder_name", name_folder, replace=True)


class NewFolders:
    """Folders that this process makes, removed again where the command is refused."""

    def __init__(self) -> None:
        self._missing: set[Path] = set()
        self._own_names = {".hydra", *OWN_NAMES}

    def make(self, folder: Path, setting: str = "hydra.run.dir") -> None:
        """Make a folder.

        Args:
            folder: the folder.
            setting: the key that names it.

        Raises:
            UserError: it cannot be made, or not be written to.
        """
        self.note(folder)
        ensure_writable(folder, setting)

    def note(self, folder: Path, records: str | None = None) -> None:
        """Note a folder, and those above it, that do not exist yet.

        Args:
            folder: a folder that is about to be made.
            records: name of the folder in it that Hydra writes its records to.
        """
        self._own_names |= {records} if records else set()
        with contextlib.suppress(OSError):  # no name for a folder, as the next that uses it reports
            folder = folder.absolute()
            self._missing |= {path for path in (folder, *folder.parents) if not path.exists()}

    def remove(self) -> None:
        """Remove those in which nothing but settings was written, and on which no other process works."""
        for folder in sorted(self._missing, key=lambda path: -len(path.parts)):
            with contextlib.suppress(OSError):
                if self._is_untouched(folder) and find_obstacle(folder) is None:
                    shutil.rmtree(folder)

    def _is_untouched(self, folder: Path) -> bool:
        return folder.is_dir() and all(
            path.name in self._own_names or (path.is_dir() and not any(path.iterdir())) for path in folder.iterdir()
        )


class FolderNotes(Callback):
    """Hydra's callback before it makes the folder of a run or a sweep: notes whether it is a new one."""

    folders = NewFolders()

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Note the folder of a run."""
        self._note(config, "hydra.run.dir")

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's signature
        """Note the folder of a sweep."""
        self._note(config, "hydra.sweep.dir")

    def _note(self, config: DictConfig, key: str) -> None:
        with contextlib.suppress(Exception):  # a reference to nothing, which Hydra reports at once
            FolderNotes.folders.note(Path(str(OmegaConf.select(config, key))), config.hydra.output_subdir)


def make_named_folders(overrides: list[str], folders: NewFolders) -> None:
    """Make the folders that runs are written to: where one cannot be made, Hydra answers with a traceback."""
    named = [override for override in overrides if override.partition("=")[0] in FOLDER_KEYS]
    values = [str(OverridesParser.create().parse_override(override).value()) for override in named] or ["outputs"]
    for value in values:
        if "${" not in value:
            folders.make(Path(value))
