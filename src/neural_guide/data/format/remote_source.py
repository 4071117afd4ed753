"""Datasets behind a URL: s3://, https://, gs:// and whatever else fsspec opens.

Errors from there are told by their kind alone: their texts may quote requests, and so credentials.
"""

import re
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from neural_guide.data.format.source import Source, SourceFile
from neural_guide.errors import UserError

EXTRAS = {"s3": "s3", "s3a": "s3"}  # protocols that an extra of this package serves
STAMPS = ("ETag", "etag", "md5Hash", "crc32c", "mtime", "LastModified", "last_modified", "created")
FETCHED = 4 << 20  # bytes asked for at a time


def find_remote(url: str) -> Source:
    """The files that a URL names, which may hold a glob.

    Raises:
        UserError: it holds a password, what opens it is not installed, or there is nothing to read.
    """
    shown = _shown(url)
    if re.search(r"//[^/@]*@", url):
        raise UserError(
            f"{shown}: the URL holds credentials, which would end up in logs and reports. Leave them out and set "
            "them in the environment, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials."
        )
    try:
        system, path = url_to_fs(url)
        system.invalidate_cache()
        found = _look_up(system, path)
    except ImportError:
        raise _no_opener(shown) from None
    except Exception as error:  # each file system has kinds of its own
        raise _unreachable(shown, error) from None
    if not found:
        raise UserError(f"No file matches {shown}.")
    named = sorted((_shown(system.unstrip_protocol(name)), name, info) for name, info in found.items())
    return Source(shown, tuple(_remote_file(system, *each) for each in named), None)


def _look_up(system: AbstractFileSystem, path: str) -> dict[str, dict[str, Any]]:
    """What is known of each file, by its path in the file system."""
    if re.search(r"[*\[]" if _is_web(system) else r"[*?\[]", path):
        matches = cast(dict[str, dict[str, Any]], system.glob(path, detail=True))
        return {name: info for name, info in matches.items() if info["type"] == "file"}
    info = system.info(path)
    if info["type"] != "file":
        raise IsADirectoryError
    return {path: info}


def _is_web(system: AbstractFileSystem) -> bool:
    return "http" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))


def _remote_file(system: AbstractFileSystem, shown: str, path: str, info: dict[str, Any]) -> SourceFile:
    stamp = next((str(info[key]) for key in STAMPS if info.get(key)), "")
    return SourceFile(shown, info.get("size"), stamp, lambda: cast(BinaryIO, _RemoteStream(system, path, shown)))


class _RemoteStream:
    """Reads forward; tells what goes wrong as a UserError."""

    def __init__(self, system: AbstractFileSystem, path: str, shown: str) -> None:
        self._shown = shown
        try:
            self._stream = system.open(path, "rb", block_size=FETCHED, cache_type="readahead")
        except Exception as error:
            raise _unreachable(shown, error) from None

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        try:
            return cast(bytes, self._stream.read(size))
        except Exception as error:
            raise _unreachable(self._shown, error) from None

    def __enter__(self) -> "_RemoteStream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def _no_opener(shown: str) -> UserError:
    protocol = urlsplit(shown).scheme
    extra = EXTRAS.get(protocol)
    install = f"pip install 'neural-guide[{extra}]'" if extra else f"the package that opens {protocol}:// in fsspec"
    return UserError(f"{shown}: what opens {protocol}:// is not installed. Install it: {install}.")


def _unreachable(shown: str, error: Exception) -> UserError:
    """The kind of the error, and what may help; never its text."""
    if isinstance(error, UserError):
        return error
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return UserError(f"{shown} does not exist, or may not be seen with these credentials. Check the name.")
    if isinstance(error, IsADirectoryError):
        return UserError(f"{shown} is a folder, not a dataset. For all files in it: {shown.rstrip('/')}/*.json")
    if isinstance(error, PermissionError) or "Credential" in kind or "Token" in kind:
        return UserError(
            f"{shown} may not be read ({kind}). Give credentials in the environment (AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_PROFILE) or by a role of the machine; a public bucket needs "
            "FSSPEC_S3='{\"anon\": true}'."
        )
    if isinstance(error, ValueError) and str(error).startswith("Protocol not known"):
        return UserError(
            f"{shown}: no file system is known for {urlsplit(shown).scheme}://. Use a path, s3:// or https://"
        )
    return UserError(f"{shown} cannot be read ({kind}). Check the address, the network and the credentials.")


def _shown(url: str) -> str:
    """The URL without user, password and, on the web, what follows a `?`, which may be a signature."""
    url = re.sub(r"//[^/@]*@", "//", url)
    return re.sub(r"\?.*", "", url, flags=re.DOTALL) if url.startswith("http") else url
