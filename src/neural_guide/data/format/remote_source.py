"""Datasets behind a URL: s3://, https://, gs:// and every other protocol that fsspec opens.

Of an error from a server only the kind is shown, because its text may quote the request and so credentials.
"""

import re
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from neural_guide.data.format.source import Source, SourceFile
from neural_guide.errors import UserError

EXTRAS = {"s3": "s3", "s3a": "s3"}  # protocol -> extra of this package that installs its file system
STAMPS = ("ETag", "etag", "md5Hash", "crc32c", "mtime", "LastModified", "last_modified", "created")
BLOCK_BYTES = 4 << 20  # bytes of one request


def find_remote(url: str) -> Source:
    """Find the files of a URL, which may hold a glob.

    Raises:
        UserError: the URL holds credentials, the package for its protocol is not installed, or no file matches.
    """
    public_url = _remove_secrets(url)
    if re.search(r"//[^/@]*@", url):
        raise UserError(
            f"{public_url}: the URL holds credentials, which would end up in logs and reports. Leave them out and set "
            "them in the environment, e.g. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials."
        )
    try:
        system, path = url_to_fs(url)
        system.invalidate_cache()
        info_by_path = _list_files(system, path)
    except ImportError:
        raise _make_missing_package_error(public_url) from None
    except Exception as error:  # each file system has error classes of its own
        raise _make_read_error(public_url, error) from None
    if not info_by_path:
        raise UserError(f"No file matches {public_url}.")
    named = sorted((_remove_secrets(system.unstrip_protocol(path)), path, info) for path, info in info_by_path.items())
    files = (_make_source_file(system, name=name, path=path, info=info) for name, path, info in named)
    return Source(public_url, tuple(files), None)


def _list_files(system: AbstractFileSystem, path: str) -> dict[str, dict[str, Any]]:
    """Return the file system's information about each file, by its path there."""
    if re.search(r"[*\[]" if _is_web(system) else r"[*?\[]", path):
        matches = cast(dict[str, dict[str, Any]], system.glob(path, detail=True))
        return {match: info for match, info in matches.items() if info["type"] == "file"}
    info = system.info(path)
    if info["type"] != "file":
        raise IsADirectoryError
    return {path: info}


def _is_web(system: AbstractFileSystem) -> bool:
    return "http" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))


def _make_source_file(system: AbstractFileSystem, *, name: str, path: str, info: dict[str, Any]) -> SourceFile:
    stamp = next((str(info[key]) for key in STAMPS if info.get(key)), "")
    return SourceFile(name, info.get("size"), stamp, lambda: cast(BinaryIO, _RemoteStream(system, path, name)))


class _RemoteStream:
    """A forward-only stream that raises every error as a UserError."""

    def __init__(self, system: AbstractFileSystem, path: str, name: str) -> None:
        self._name = name
        try:
            self._stream = system.open(path, "rb", block_size=BLOCK_BYTES, cache_type="readahead")
        except Exception as error:
            raise _make_read_error(name, error) from None

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; none at the end."""
        try:
            return cast(bytes, self._stream.read(size))
        except Exception as error:
            raise _make_read_error(self._name, error) from None

    def __enter__(self) -> "_RemoteStream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def _make_missing_package_error(url: str) -> UserError:
    protocol = urlsplit(url).scheme
    extra = EXTRAS.get(protocol)
    install = f"pip install 'neural-guide[{extra}]'" if extra else f"the package that opens {protocol}:// in fsspec"
    return UserError(f"{url}: what opens {protocol}:// is not installed. Install it: {install}.")


def _make_read_error(url: str, error: Exception) -> UserError:
    """Return the error with its kind and a remedy, never its text."""
    if isinstance(error, UserError):
        return error
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return UserError(f"{url} does not exist, or may not be seen with these credentials. Check the name.")
    if isinstance(error, IsADirectoryError):
        return UserError(f"{url} is a folder, not a dataset. For all files in it: {url.rstrip('/')}/*.json")
    if isinstance(error, PermissionError) or "Credential" in kind or "Token" in kind:
        return UserError(
            f"{url} may not be read ({kind}). Give credentials in the environment (AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_PROFILE) or by a role of the machine; a public bucket needs "
            "FSSPEC_S3='{\"anon\": true}'."
        )
    if isinstance(error, ValueError) and str(error).startswith("Protocol not known"):
        return UserError(f"{url}: no file system is known for {urlsplit(url).scheme}://. Use a path, s3:// or https://")
    return UserError(f"{url} cannot be read ({kind}). Check the address, the network and the credentials.")


def _remove_secrets(url: str) -> str:
    """Return the URL without user, password and, on the web, the part after a `?`, which may be a signature."""
    url = re.sub(r"//[^/@]*@", "//", url)
    return re.sub(r"\?.*", "", url, flags=re.DOTALL) if url.startswith("http") else url
