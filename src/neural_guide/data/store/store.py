"""Prepared data: built once per dataset content, checked, and open to any number of processes."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neural_guide.data.format.source import Source
from neural_guide.data.format.source_lookup import MAGIC, find_source
from neural_guide.data.store.arrow_rows import write_row_checksums
from neural_guide.data.store.build import build_files
from neural_guide.data.store.checksums import DamagedError, write_checksums
from neural_guide.data.store.contents import Store, TaskGroups
from neural_guide.data.store.locations import (
    BUILD,
    HELD,
    choose_writable_folder,
    explain_full_store_disk,
    hold_build_lock,
    list_store_locations,
    make_printer,
    remove_unused,
)
from neural_guide.dsl.vocabulary import WIDE
from neural_guide.errors import UserError
from neural_guide.runtime.progress import show_progress

__all__ = ["Store", "TaskGroups", "find_store_folder", "open_store"]

FORMAT = 4  # of the files; a store of another format is built again

Say = Callable[[str], None]


def find_store_folder(dataset: str | Path, store_dir: str | None = None) -> Path:
    """The folder that holds the stores of a dataset, unless it cannot be written to.

    Named after the whole file name: `a.json` and `a.jsonl` are two datasets.
    """
    return list_store_locations(find_source(dataset), str(dataset), store_dir)[0]


def open_store(
    dataset: str | Path,
    *,
    bad_record_limit: float = 0.01,
    check_replay: bool = True,
    store_dir: str | None = None,
    progress: bool = True,
) -> Store:
    """The store of a dataset, built first where there is none or the dataset has changed.

    Args:
        dataset: a file, a glob or a URL, as `find_source` takes them.
        bad_record_limit: share of records, 0 to 1, that may break the contract.
        check_replay: whether records are set aside whose primitives do not turn input into output.
        store_dir: the folder for all stores; None: beside the dataset, or in the user's cache folder where the
            dataset is a URL or its folder cannot be written to.
        progress: whether to tell what is built, where and why, and to show how far it has come.

    Raises:
        UserError: the dataset is missing, damaged or breaks the contract too often, no place for the store can
            be written to, or the disk is full.
    """
    say = make_printer(show=progress)
    wanted = _Wanted.of(dataset, check_replay)
    places = list_store_locations(wanted.source, str(dataset), store_dir)
    store = next((found for place in places if (found := _current(place, wanted.stamp, say))), None)
    if store is None:
        store = _built(wanted, places, say, progress)
    store.violations.source = wanted.source.path
    store.violations.check(bad_record_limit)
    return store


class _Wanted(NamedTuple):
    """A dataset as it is now, and what of it is wanted.

    Attributes:
        written: the path as the user gave it: of a URL with what follows its `?`, which is never shown.
        stamp: tells at a glance that the dataset, or how we read it, has changed.
    """

    written: str | Path
    source: Source
    stamp: dict[str, Any]

    @classmethod
    def of(cls, written: str | Path, check_replay: bool) -> "_Wanted":
        source = find_source(written)
        stamp = {"files": source.stamp(), "format": FORMAT, "names": list(WIDE.names), "check_replay": check_replay}
        return cls(written, source, stamp)

    def again(self) -> "_Wanted":
        """The same, looked at anew."""
        return self.of(self.written, self.check_replay)

    @property
    def check_replay(self) -> bool:
        return bool(self.stamp["check_replay"])

    @property
    def title(self) -> str:
        path = self.source.path
        return f"store {path if MAGIC.search(path) else Path(path).name}"  # of `parts/*` the name says nothing

    def fingerprint(self) -> str:
        """Changes with the content, not with its date."""
        content = [FORMAT, WIDE.names, self.check_replay, self.source.digest()]
        return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def _current(root: Path, stamp: dict[str, Any], say: Say) -> Store | None:
    """The finished store for this stamp; None where it is missing, outdated or damaged, which is told."""
    try:
        current = json.loads((root / "current.json").read_text())
        if current["stamp"] == stamp:
            return Store(root / current["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    except DamagedError as error:
        say(str(error).replace(" Run again: it is built anew.", " It is built anew now."))
    return None


def _why(root: Path, stamp: dict[str, Any]) -> str:
    """Why the store that is there does not do; nothing where there is none."""
    try:
        old = json.loads((root / "current.json").read_text())["stamp"]
        if old == stamp:
            return ""  # damaged, which was told, or deleted
        if old["format"] != stamp["format"] or old["names"] != stamp["names"]:
            return "another version of this program built its store"
        if old["files"] != stamp["files"]:
            return "the dataset changed since its store was built"
        return f"data.check_replay is now {str(stamp['check_replay']).lower()}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _built(wanted: _Wanted, places: list[Path], say: Say, progress: bool) -> Store:
    """Build the store, or wait until another process has built it."""
    need = _Need()
    with explain_full_store_disk(places[0], wanted.title, need.bytes):
        root = choose_writable_folder(places, f"Prepared data of {wanted.source.path}", say)
    try:
        with explain_full_store_disk(root, wanted.title, need.bytes), hold_build_lock(root / BUILD, wanted.title, say):
            wanted = wanted.again()
            return _current(root, wanted.stamp, say) or _build(wanted, root, need, say, progress)
    except FileNotFoundError as error:
        if error.filename and not Path(error.filename).is_relative_to(root):  # pyarrow gives no name
            raise
        raise UserError(f"{root} was deleted while it was built. Run again: it is built anew.") from None


class _Need:
    """How many bytes a store will take, judged from what the part of the dataset that was read took."""

    def __init__(self) -> None:
        self.total: int | None = None  # bytes of the dataset
        self.done = 0
        self.written = 0

    def bytes(self) -> int:
        return int(self.written * self.total / self.done) if self.total and self.done else 0


def _build(wanted: _Wanted, root: Path, need: _Need, say: Say, progress: bool) -> Store:
    """Build the store, or find that one of the same content is there. The caller holds the lock."""
    fingerprint = wanted.fingerprint()
    finished = root / fingerprint
    with contextlib.suppress(OSError, ValueError, KeyError, DamagedError):
        store = Store(finished)  # the same content under a new date
        _point_to(root, wanted.stamp, fingerprint)
        return store
    if why := _why(root, wanted.stamp):
        say(f"{wanted.title}: {why}; building it again.")
    if finished.exists():  # damaged, and perhaps in use: out of the way
        finished.rename(tempfile.mkdtemp(prefix=".damaged-", dir=root))
    remove_unused(root, keep=None)  # left by a killed build, or outdated
    need.total = wanted.source.size
    with (
        _building(root, finished, need) as folder,
        show_progress(wanted.title, need.total, "bytes", show=progress) as on_byte,
    ):

        def told(done: int) -> None:
            need.done = done
            on_byte(done)

        meta = build_files(wanted.source, folder, told, check_replay=wanted.check_replay)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1))
        if wanted.again().stamp != wanted.stamp:
            raise UserError(f"{wanted.source.path} changed while it was read. Run again when it is complete.")
    _point_to(root, wanted.stamp, fingerprint)
    return Store(finished)


@contextlib.contextmanager
def _building(root: Path, finished: Path, need: _Need) -> Iterator[Path]:
    """A folder to build in, renamed to `finished` when all is on disk and removed when anything fails."""
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
    try:
        yield folder
        for path in sorted(folder.iterdir()):
            (write_row_checksums if path.name.startswith("cells-") else write_checksums)(path)
        (folder / HELD).touch()
        folder.chmod(0o755)  # mkdtemp makes it private
        for path in folder.iterdir():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        folder.rename(finished)
    except BaseException:
        with contextlib.suppress(OSError):
            need.written = sum(path.stat().st_size for path in folder.iterdir())
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _point_to(root: Path, stamp: dict[str, Any], fingerprint: str) -> None:
    part = root / "current.json.part"
    part.write_text(json.dumps({"fingerprint": fingerprint, "stamp": stamp}))
    part.replace(root / "current.json")
    remove_unused(root, keep=fingerprint)
