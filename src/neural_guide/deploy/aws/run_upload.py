"""A run's folder copied to a bucket while it is trained, and fetched from there on another machine.

The copy is made by a thread of its own: it never holds training up, and what fails is tried again.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from neural_guide.errors import UserError

EVERY_SECONDS = 10.0  # between looks at the folder
LONGEST_WAIT = 120.0  # between attempts, where they fail
LAST_SECONDS = 60.0  # that the end of a run waits for what is not copied yet; a spot notice leaves 120
LEFT_OUT = (".lock", ".part")  # of a running process, and half-written
CHECKPOINTS = "checkpoints"

Stamp = tuple[int, int]  # nanoseconds of the last change, bytes


class Mirror:
    """Copies a folder to a URL while it is entered; the newest checkpoint first, everything at the end.

    Args:
        folder: of the run.
        url: of fsspec, e.g. s3://bucket/run.
        say: told once when copying begins to fail, and when it works again.
        every_seconds: between looks.

    Raises:
        UserError: what opens the URL is not installed.
    """

    def __init__(
        self, folder: Path, url: str, say: Callable[[str], None], every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._folder, self._url, self._say, self._every = folder, url.rstrip("/"), say, every_seconds
        self._files, self._root = _opened(self._url)
        self._copied: dict[str, Stamp] = {}
        self._ended = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._work, name="mirror", daemon=True)

    def __enter__(self) -> "Mirror":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(LAST_SECONDS)
        left = sorted(self._changed())
        if left:
            self._say(f"{len(left)} files are not in {self._url}, {left[0]} among them; they are in {self._folder}.")

    def _work(self) -> None:
        wait = self._every
        while not self._ended.wait(wait):
            wait = self._every if self._copy() else min(2 * wait, LONGEST_WAIT)
        for _ in range(3):  # what was written last
            if self._copy():
                return

    def _copy(self) -> bool:
        """Copy what has changed; whether all of it could be."""
        for name, stamp in self._changed().items():
            try:
                self._files.put_file(str(self._folder / name), f"{self._root}/{name}")
            except Exception as error:  # each file system has kinds of its own; their texts may hold credentials
                if not (self._folder / name).exists():  # renamed since: a newer one has come
                    continue
                self._tell(f"{self._url} cannot be written to ({type(error).__name__}); tried again until it can.")
                return False
            self._copied[name] = stamp
        if self._failing:
            self._failing = False
            self._say(f"{self._url} is written to again.")
        return True

    def _tell(self, words: str) -> None:
        if not self._failing:
            self._say(words)
        self._failing = True

    def _changed(self) -> dict[str, Stamp]:
        """Files that are not copied as they are now; checkpoints first, what is still written to may differ again."""
        found = {}
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            if not path.name.endswith(LEFT_OUT) and (stamp := _stamp(path)) and self._copied.get(name) != stamp:
                found[name] = stamp
        return dict(sorted(found.items(), key=lambda item: (not item[0].startswith(CHECKPOINTS), item[0])))


def fetch(url: str, folder: Path) -> int:
    """Copy a run from a bucket into a folder; how many files there were, 0 where nothing is there.

    Raises:
        UserError: the bucket cannot be read, or a name in it leads out of the folder.
    """
    files, root = _opened(url.rstrip("/"))
    try:
        files.invalidate_cache()
        names = files.find(root) if files.exists(root) else []
        for name, target in {name: _inside(folder, name[len(root) :].lstrip("/"), url) for name in names}.items():
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


def _inside(folder: Path, name: str, url: str) -> Path:
    """Where a file of a bucket goes: keys may hold `..`, and whoever writes to the bucket chooses them."""
    if ".." in Path(name).parts:
        raise UserError(
            f"{url}: the name {name} leads out of {folder}, outside of which nothing is written. Nothing was fetched. "
            "Delete that object from the bucket."
        )
    return folder / name


def _opened(url: str) -> tuple[Any, str]:
    try:
        files, root = url_to_fs(url, skip_instance_cache=True)
    except ImportError:
        raise UserError(f"{url}: what opens it is not installed. Install it: pip install 'neural-guide[s3]'.") from None
    except ValueError:
        raise UserError(f"{url} is no URL of a kind that is known. Write s3://BUCKET/RUN, or a path.") from None
    if url.partition("://")[0] == "file" or "://" not in url:
        Path(root).mkdir(parents=True, exist_ok=True)
        files.auto_mkdir = True
    return files, root.rstrip("/")


def _stamp(path: Path) -> Stamp | None:
    """None where it is no file, or gone by now."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_mtime_ns, found.st_size) if path.is_file() and not path.is_symlink() else None
