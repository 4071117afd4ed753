"""Locks of folders, with and without a file system that has them."""

import errno
import fcntl
import os

import pytest
from filelock import FileLock

from neural_guide.data.store.locations import hold_build_lock
from neural_guide.errors import UserError
from neural_guide.runtime import locks, stopped_runs
from neural_guide.runtime.locks import BUSY, LOCK, find_obstacle, hold_lock


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def without_locks(request, monkeypatch):
    """A file system that refuses every lock."""

    def refuse(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "_reported_devices", set())
    return os.strerror(request.param).lower()


def test_a_lock_is_held_against_others(tmp_path):
    assert find_obstacle(tmp_path) is None
    with hold_lock(tmp_path):
        assert find_obstacle(tmp_path) == BUSY
        with pytest.raises(UserError, match="at work in another process"), hold_lock(tmp_path):
            pass
    assert find_obstacle(tmp_path) is None


@pytest.mark.parametrize("error", [errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_to_is_no_folder_to_work_on(error, tmp_path, monkeypatch):
    """A run of another user, or on a disk that can only be read: a line, where a lock cannot even be opened."""
    opened = os.open

    def refuse(path, flags, *more, **options):
        if flags & (os.O_RDWR | os.O_WRONLY) and str(path).startswith(str(tmp_path)):
            raise OSError(error, os.strerror(error))
        return opened(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", refuse)
    reason = f"cannot be written to: {os.strerror(error).lower()}"
    assert find_obstacle(tmp_path) == reason
    with pytest.raises(UserError, match=reason), hold_lock(tmp_path):
        pass


def test_a_stopped_run_that_cannot_be_written_to_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = [tmp_path / "outputs" / "train" / name for name in ("mine", "theirs")]
    for run in runs:
        run.mkdir(parents=True)
        (run / "config.yaml").touch()
    monkeypatch.setattr(stopped_runs, "find_obstacle", lambda run: "cannot be written to" * (run == runs[1]) or None)
    lines = []
    found = stopped_runs.find_stopped_run("config.yaml", lambda _: True, lambda run: len(run.name), lines.append)
    assert found == runs[0]
    assert lines == [f"{runs[1]} cannot be written to; it is left alone."]


@pytest.mark.parametrize("has_file", [False, True])
def test_without_locks_the_work_goes_on_and_says_so_once(without_locks, tmp_path, capsys, has_file):
    if has_file:  # left by an earlier process
        (tmp_path / LOCK).write_text("")
    lines = []
    for _ in range(2):
        with hold_lock(tmp_path), hold_build_lock(tmp_path / "build.lock", "store", lines.append):
            assert find_obstacle(tmp_path) is None
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert f"cannot lock files ({without_locks}); the work goes on without locks." in printed
    assert lines == []


def test_the_check_for_locks_disturbs_no_lock(tmp_path, capsys):
    with FileLock(tmp_path / LOCK):
        assert locks.has_locks(tmp_path)
    assert capsys.readouterr().err == ""
