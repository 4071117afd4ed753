"""One line for errors that the machine causes: a place that cannot be used, a limit that is reached."""

import contextlib
import errno
import os
import resource
from collections.abc import Iterator

from neural_guide.errors import UserError

PLACE_ERRNOS = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
    *(errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ETXTBSY, errno.ENOTEMPTY),
)
"""What the system says of a path that a program of this user cannot use there."""
LIMIT_ERRNOS = (errno.EMFILE, errno.ENFILE)
_NO_TEMPORARY_FOLDER = "No usable temporary directory"  # of Python's tempfile


@contextlib.contextmanager
def explain_system_errors() -> Iterator[None]:
    """Turn an error of the block into one line if the machine caused it, whichever library raised it.

    Raises:
        UserError: with the place and the reason.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        words = _describe(error)
        if words is None:
            raise
        raise UserError(words) from error


def _describe(error: BaseException) -> str | None:
    """Describe the error of the system in the chain of an error; None: there is none of the machine."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno in LIMIT_ERRNOS:
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
            return f"Too many open files: the limit is {limit}. Raise it, e.g. ulimit -n 4096, and run again."
        if isinstance(link, FileNotFoundError) and str(link.strerror).startswith(_NO_TEMPORARY_FOLDER):
            return (
                "No folder for temporary files can be written to. Set TMPDIR to one with free space, and raise the "
                "limit of file sizes if there is one (ulimit -f)."
            )
        if isinstance(link, OSError) and link.errno in PLACE_ERRNOS and link.filename is not None:
            reason = os.strerror(link.errno).lower()
            return f"{os.fsdecode(link.filename)}: {reason}. Mend that, or name another place, and run again."
        link = link.__cause__ or link.__context__
    return None
