"""Upload of a run's folder to a bucket during training, and its download on another machine.

A thread of its own copies the files, so training never waits for the network; a failed copy is tried again.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from neural_guide.errors import UserError

EVERY_SECONDS = 10.0  # between looks at the folder
MAX_WAIT_SECONDS = 120.0  # between attempts while they fail
LAST_SECONDS = 60.0  # that the end of a run waits for files not copied yet; a spot notice leaves 120
LEFT_OUT = (".lock", ".part")  # locks of a running process, and half-written files
CHECKPOINTS = "checkpoints"
SETTINGS = (".hydra/", "config.yaml")  # in the folder of a run before it begins

Stamp = tuple[int, int]  # nanoseconds of the last change, bytes


class RunUpload:
    """Context manager that copies a folder to a URL; the newest checkpoint first, all files at the end.

    Args:
        folder: folder of the run.
        url: URL of fsspec, e.g. s3://bucket/run.
        say: function that takes a line when copying begins to fail, and one when it works again.
        every_seconds: time between looks at the folder.

    Raises:
        UserError: the package that opens the URL is not installed, or the URL is malformed.
    """

    def __init__(
        self, folder: Path, url: str, say: Callable[[str], None], every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._folder, self._url, self._say, self._every = folder, url.rstrip("/"), say, every_seconds
        self._files, self._root = _open_url(self._url)
        if _is_local(self._url):
            _refuse_unwritable(self._url, Path(self._root))
        self._copied: dict[str, Stamp] = {}
        self._ended = threading.Event()
        self._is_failing = False
        self._thread = threading.Thread(target=self._work, name="run upload", daemon=True)

    def __enter__(self) -> "RunUpload":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(LAST_SECONDS)
        left = sorted(self._list_changed())
        if left:
            self._say(f"{len(left)} files are not in {self._url}, {left[0]} among them; they are in {self._folder}.")

    def _work(self) -> None:
        wait = self._every
        while not self._ended.wait(wait):
            wait = self._every if self._copy_changed() else min(2 * wait, MAX_WAIT_SECONDS)
        for _ in range(3):  # files written last
            if self._copy_changed():
                return

    def _copy_changed(self) -> bool:
        """Copy the changed files; False if a copy failed."""
        for name, stamp in self._list_changed().items():
            try:
                self._files.put_file(str(self._folder / name), f"{self._root}/{name}")
            except Exception as error:  # each file system has kinds of its own; their texts may hold credentials
                if not (self._folder / name).exists():  # renamed since: a newer one has come
                    continue
                self._report_failure(
                    f"{self._url} cannot be written to ({type(error).__name__}); tried again until it can."
                )
                return False
            self._copied[name] = stamp
        if self._is_failing:
            self._is_failing = False
            self._say(f"{self._url} is written to again.")
        return True

    def _report_failure(self, line: str) -> None:
        if not self._is_failing:
            self._say(line)
        self._is_failing = True

    def _list_changed(self) -> dict[str, Stamp]:
        """List files that differ from their copy, checkpoints first; a file still being written may differ again.

        None while the folder holds settings alone: a run that is refused leaves no copy.
        """
        stamps = {
            path.relative_to(self._folder).as_posix(): stamp
            for path in self._folder.rglob("*")
            if not path.name.endswith(LEFT_OUT) and (stamp := _read_stamp(path))
        }
        if all(name.startswith(SETTINGS) for name in stamps):
            return {}
        changed = {name: stamp for name, stamp in stamps.items() if self._copied.get(name) != stamp}
        return dict(sorted(changed.items(), key=lambda item: (not item[0].startswith(CHECKPOINTS), item[0])))


def download_run(url: str, folder: Path) -> int:
    """Copy a run from a bucket into a folder; the number of files, 0 if the bucket has none.

    Raises:
        UserError: the bucket cannot be read, or a name in it leads out of the folder.
    """
    files, root = _open_url(url.rstrip("/"))
    try:
        files.invalidate_cache()
        names = files.find(root) if files.exists(root) else []
        targets = {name: _find_target(folder, name[len(root) :].lstrip("/"), url) for name in names}
        for name, target in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            files.get_file(name, str(target))
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{url} cannot be read ({type(error).__name__}). Check its name and region, and that these credentials may "
            "read it: aws sts get-caller-identity shows whose they are."
        ) from None
    return len(names)


def _find_target(folder: Path, name: str, url: str) -> Path:
    """Return the local path of a file in a bucket. Keys may hold `..`, and anyone who writes there chooses them."""
    if ".." in Path(name).parts:
        raise UserError(
            f"{url}: the name {name} leads out of {folder}, outside of which nothing is written. Nothing was fetched. "
            "Delete that object from the bucket."
        )
    return folder / name


def _open_url(url: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it; a local folder is made with its first file.

    Raises:
        UserError: nothing opens it.
    """
    try:
        files, root = url_to_fs(url, skip_instance_cache=True)
    except ImportError:
        raise UserError(f"{url}: what opens it is not installed. Install it: pip install 'neural-guide[s3]'.") from None
    except ValueError:
        raise UserError(f"{url} is no URL of a kind that is known. Write s3://BUCKET/RUN, or a path.") from None
    if _is_local(url):
        files.auto_mkdir = True
    return files, root.rstrip("/")


def _is_local(url: str) -> bool:
    return url.partition("://")[0] == "file" or "://" not in url


def _refuse_unwritable(url: str, folder: Path) -> None:
    """Refuse a local folder that cannot be made or written to."""
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    if not (parent.is_dir() and os.access(parent, os.W_OK)):
        raise UserError(f"{url}: {parent} is no folder that can be written to. Name another one, or a bucket.")


def _read_stamp(path: Path) -> Stamp | None:
    """Read the stamp of a file; None if it is no file, or gone by now."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_mtime_ns, status.st_size) if path.is_file() and not path.is_symlink() else None
