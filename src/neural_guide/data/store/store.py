"""Prepared data: built once per dataset content, checked, and open to any number of processes."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from neural_guide.data.format.source import Source
from neural_guide.data.format.source_lookup import GLOB_MAGIC, find_source
from neural_guide.data.store.arrow_rows import write_row_checksums
from neural_guide.data.store.build import build_files
from neural_guide.data.store.checksums import DamagedError, write_checksums
from neural_guide.data.store.contents import Store, TaskGroups
from neural_guide.data.store.locations import (
    BUILD_LOCK,
    USE_LOCK,
    choose_writable_folder,
    describe_disk_use,
    hold_build_lock,
    list_store_locations,
    make_printer,
    remove_if_refused,
    remove_unused_stores,
)
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import DiskUse, explain_full_disk, replace_file, replace_folder
from neural_guide.runtime.progress import show_progress
from neural_guide.search.words import LANGUAGE

__all__ = ["Store", "TaskGroups", "find_store_folder", "open_store"]

FORMAT = 4  # of the files; a store of another format is built again

Say = Callable[[str], None]


def find_store_folder(dataset: str | Path, store_dir: str | None = None) -> Path:
    """Return the preferred folder of a dataset's stores; another is used where it cannot be written to.

    It is named after the whole file name: `a.json` and `a.jsonl` are two datasets.
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
    """Open the store of a dataset; build it first where it is missing or the dataset has changed.

    Args:
        dataset: a file, a glob or a URL, as `find_source` takes them.
        bad_record_limit: share of records, 0 to 1, that may break the contract.
        check_replay: whether records are set aside whose primitives do not turn the input into the output.
        store_dir: the folder for all stores. None: beside the dataset, or in the user's cache folder where the
            dataset is a URL or its folder cannot be written to.
        progress: whether to print what is built, where and why, and to show the progress.

    Raises:
        UserError: the dataset is missing, damaged or breaks the contract too often; no folder for the store can
            be written to; or the disk is full.
    """
    say = make_printer(show=progress)
    dataset_state = _DatasetState.read(dataset, check_replay)
    folders = list_store_locations(dataset_state.source, str(dataset), store_dir)
    current = (_open_current(folder, dataset_state.stamp, say) for folder in folders)
    store = next((opened for opened in current if opened), None)
    if store is None:
        store = _build_or_wait(dataset_state, folders, say, progress)
    store.violations.source = dataset_state.source.path
    store.violations.check(bad_record_limit)
    return store


class _DatasetState(NamedTuple):
    """A dataset at one moment, and how it is to be read.

    Attributes:
        path: the path as the user wrote it; of a URL including the part after its `?`, which is never shown.
        source: the files of the dataset.
        stamp: changes when the dataset, or the way we read it, changes; cheap to compute.
    """

    path: str | Path
    source: Source
    stamp: dict[str, Any]

    @classmethod
    def read(cls, path: str | Path, check_replay: bool) -> "_DatasetState":
        source = find_source(path)
        stamp = {"files": source.stamp(), "format": FORMAT, "names": list(LANGUAGE.names), "check_replay": check_replay}
        return cls(path, source, stamp)

    def read_again(self) -> "_DatasetState":
        """Return the state of the same dataset now."""
        return self.read(self.path, self.check_replay)

    @property
    def check_replay(self) -> bool:
        return bool(self.stamp["check_replay"])

    @property
    def title(self) -> str:
        path = self.source.path
        return f"store {path if GLOB_MAGIC.search(path) else Path(path).name}"  # the name of `parts/*` says nothing

    def compute_fingerprint(self) -> str:
        """Return a hash that changes with the content, not with its date."""
        content = [FORMAT, LANGUAGE.names, self.check_replay, self.source.digest()]
        return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def _open_current(root: Path, stamp: dict[str, Any], say: Say) -> Store | None:
    """Open the finished store of this stamp; None where it is missing, outdated or damaged. Damage is printed."""
    try:
        current = json.loads((root / "current.json").read_text(encoding="utf-8"))
        if current["stamp"] == stamp:
            return Store(root / current["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    except DamagedError as error:
        say(str(error).replace(" Run again: it is built anew.", " It is built anew now."))
    return None


def _explain_rebuild(root: Path, stamp: dict[str, Any]) -> str:
    """Return why the existing store is outdated; empty where none exists."""
    try:
        old = json.loads((root / "current.json").read_text(encoding="utf-8"))["stamp"]
        if old == stamp:
            return ""  # damaged, which was printed, or deleted
        if old["format"] != stamp["format"] or old["names"] != stamp["names"]:
            return "another version of this program built its store"
        if old["files"] != stamp["files"]:
            return "the dataset changed since its store was built"
        return f"data.check_replay is now {str(stamp['check_replay']).lower()}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _build_or_wait(dataset: _DatasetState, folders: list[Path], say: Say, progress: bool) -> Store:
    """Build the store, or wait until another process has built it."""
    estimate = _SizeEstimate()
    title = dataset.title
    use = describe_disk_use(title, estimate.total_bytes)
    with explain_full_disk(folders[0], use):
        root = choose_writable_folder(folders, f"Prepared data of {dataset.source.path}", say)
    try:
        with explain_full_disk(root, use), hold_build_lock(root / BUILD_LOCK, title, say):
            dataset = dataset.read_again()
            with remove_if_refused(root):
                return _open_current(root, dataset.stamp, say) or _build(dataset, root, estimate, say, progress)
    except FileNotFoundError as error:
        if error.filename and not Path(error.filename).is_relative_to(root):  # pyarrow gives no name
            raise
        raise UserError(f"{root} was deleted while it was built. Run again: it is built anew.") from None


class _SizeEstimate:
    """Estimate of a store's size, from the bytes written for the part of the dataset that was read.

    Attributes:
        dataset_bytes: stored bytes of the dataset; None: not known.
        read_bytes: of these, bytes read so far.
        written_bytes: bytes of the store written so far.
    """

    def __init__(self) -> None:
        self.dataset_bytes: int | None = None
        self.read_bytes = 0
        self.written_bytes = 0

    def total_bytes(self) -> int:
        """Return the bytes of the whole store; 0: not known."""
        if not self.dataset_bytes or not self.read_bytes:
            return 0
        return int(self.written_bytes * self.dataset_bytes / self.read_bytes)


def _build(dataset: _DatasetState, root: Path, estimate: _SizeEstimate, say: Say, progress: bool) -> Store:
    """Build the store, or reuse an existing one of the same content. The caller holds the lock."""
    use, fingerprint = describe_disk_use(dataset.title, estimate.total_bytes), dataset.compute_fingerprint()
    finished = root / fingerprint
    with contextlib.suppress(OSError, ValueError, KeyError, DamagedError):
        store = Store(finished)  # the same content under a new date
        _set_current(root, dataset.stamp, fingerprint)
        return store
    if reason := _explain_rebuild(root, dataset.stamp):
        say(f"{dataset.title}: {reason}; building it again.")
    if finished.exists():  # damaged, and perhaps in use: out of the way
        finished.rename(tempfile.mkdtemp(prefix=".damaged-", dir=root))
    remove_unused_stores(root, keep=None)  # left by a killed build, or outdated
    estimate.dataset_bytes = dataset.source.size
    with (
        _create_folder(finished, use, estimate) as folder,
        show_progress(dataset.title, estimate.dataset_bytes, "bytes", show=progress) as show_bytes,
    ):

        def record_progress(read_bytes: int) -> None:
            estimate.read_bytes = read_bytes
            show_bytes(read_bytes)

        meta = build_files(dataset.source, folder, record_progress, check_replay=dataset.check_replay)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
        if dataset.read_again().stamp != dataset.stamp:
            raise UserError(f"{dataset.source.path} changed while it was read. Run again when it is complete.")
    _set_current(root, dataset.stamp, fingerprint)
    return Store(finished)


@contextlib.contextmanager
def _create_folder(finished: Path, use: DiskUse, estimate: _SizeEstimate) -> Iterator[Path]:
    """Yield a folder to build in; rename it to `finished` when all is on disk, remove it when anything fails."""
    with replace_folder(finished, use) as folder:
        try:
            yield folder
            for path in sorted(folder.iterdir()):
                (write_row_checksums if path.name.startswith("cells-") else write_checksums)(path)
            (folder / USE_LOCK).touch()
            folder.chmod(0o755)  # whatever the umask
            for path in folder.iterdir():
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                estimate.written_bytes = sum(path.stat().st_size for path in folder.iterdir())
            raise


def _set_current(root: Path, stamp: dict[str, Any], fingerprint: str) -> None:
    """Make a finished store the current one of its dataset, and remove the others."""
    with replace_file(root / "current.json") as temporary:
        temporary.write_text(json.dumps({"fingerprint": fingerprint, "stamp": stamp}), encoding="utf-8")
    remove_unused_stores(root, keep=fingerprint)
