"""Errors that the machine causes: one line with the place, the reason and a remedy; other errors pass."""

import errno
import tempfile

import pytest

from neural_guide.errors import UserError
from neural_guide.runtime.system_errors import explain_system_errors


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), r"Too many open files: the limit is \d+\. Raise it"),
        (PermissionError(errno.EACCES, "x", "/somewhere"), r"/somewhere: permission denied\. Mend that"),
        (OSError(errno.EROFS, "x", b"/raw"), r"/raw: read-only file system"),
    ],
)
def test_an_error_of_the_machine_is_one_line_wherever_it_lies_in_the_chain(error, words):
    of_library = RuntimeError("of a library")
    of_library.__context__ = error
    for raised in (error, of_library):
        with pytest.raises(UserError, match=words) as caught, explain_system_errors():
            raise raised
        assert "\n" not in str(caught.value)


def test_no_folder_for_temporary_files_names_the_variable_to_set(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere/at/all"])
    with pytest.raises(UserError, match=r"Set TMPDIR to one with free space"), explain_system_errors():
        tempfile.gettempdir()


@pytest.mark.parametrize(
    "error", [ValueError("x"), OSError(errno.EACCES, "x"), FileNotFoundError(errno.ENOENT, "x", "/a"), UserError("x")]
)
def test_other_errors_pass(error):
    with pytest.raises(type(error)) as caught, explain_system_errors():
        raise error
    assert caught.value is error
