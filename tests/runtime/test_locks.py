"""Locks of folders, with and without a file system that has them."""

import errno
import fcntl
import os

import pytest
from filelock import FileLock

from neural_guide.data.store.locations import hold_build_lock
from neural_guide.errors import UserError
from neural_guide.runtime import locks
from neural_guide.runtime.locks import LOCK, hold_lock, is_lock_free


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def without_locks(request, monkeypatch):
    """A file system that refuses every lock."""

    def refuse(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "_reported_devices", set())
    return os.strerror(request.param).lower()


def test_a_lock_is_held_against_others(tmp_path):
    assert is_lock_free(tmp_path)
    with hold_lock(tmp_path):
        assert not is_lock_free(tmp_path)
        with pytest.raises(UserError, match="at work in another process"), hold_lock(tmp_path):
            pass
    assert is_lock_free(tmp_path)


@pytest.mark.parametrize("has_file", [False, True])
def test_without_locks_the_work_goes_on_and_says_so_once(without_locks, tmp_path, capsys, has_file):
    if has_file:  # left by an earlier process
        (tmp_path / LOCK).write_text("")
    lines = []
    for _ in range(2):
        with hold_lock(tmp_path), hold_build_lock(tmp_path / "build.lock", "store", lines.append):
            assert is_lock_free(tmp_path)
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert f"cannot lock files ({without_locks}); the work goes on without locks." in printed
    assert lines == []


def test_the_check_for_locks_disturbs_no_lock(tmp_path, capsys):
    with FileLock(tmp_path / LOCK):
        assert locks.has_locks(tmp_path)
    assert capsys.readouterr().err == ""
