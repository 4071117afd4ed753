"""Recognition of files that stand in for others, by their first bytes."""

from pathlib import Path

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its byte order marks; a Windows shell writes UTF-16 with `>`


def explain_pointer(head: bytes) -> str | None:
    """Return fact and remedy for a pointer of Git LFS, without the place; None for anything else."""
    if not head.startswith(LFS_POINTER):
        return None
    return "a pointer of Git LFS, not the file itself. Fetch the file: git lfs pull"


def explain_pointer_file(path: Path) -> str | None:
    """Return as `explain_pointer` for a file; None also for one that cannot be read."""
    try:
        with path.open("rb") as stream:
            return explain_pointer(stream.read(len(LFS_POINTER)))
    except OSError:
        return None


def convert_to_utf8(payload: bytes) -> bytes:
    """Convert text with a byte order mark of UTF-16 to UTF-8; return anything else as it is."""
    if not payload.startswith(UTF_16):
        return payload
    try:
        return payload.decode("utf-16").encode()
    except UnicodeError:
        return payload
