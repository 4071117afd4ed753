"""Recognition of files by their first bytes: pointers, other formats, and the encoding of JSON."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

HEAD_BYTES = 512  # enough for every format here; tar has its mark at byte 257
GZIP = (b"\x1f\x8b",)
ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16)))  # or a skippable frame
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_FORMATS: tuple[tuple[bytes, str], ...] = (
    (LFS_POINTER, "a pointer of Git LFS, not the file itself. Fetch the file: git lfs pull"),
    (b"PK\x03\x04", "a zip archive. Unpack it: unzip FILE"),
    (b"BZh", "compressed with bzip2. Unpack it: bunzip2 FILE"),
    (b"\xfd7zXZ\0", "compressed with xz. Unpack it: unxz FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it: 7z x FILE"),
    (b"Rar!\x1a\x07", "a RAR archive. Unpack it: unrar x FILE"),
    (b"\x04\x22\x4d\x18", "compressed with lz4. Unpack it: lz4 -d FILE"),
    (b"PAR1", "a Parquet table. Write it as JSON: pandas.read_parquet('FILE').to_json('data.json', orient='records')"),
    (b"ARROW1", "an Arrow table. Write it as JSON: pandas.read_feather('FILE').to_json('data.json', orient='records')"),
    (b"\x93NUMPY", "a numpy array. Write it as JSON: json.dump(numpy.load('FILE').tolist(), file)"),
    (b"\x89HDF\r\n", "an HDF5 file. Write what it holds as JSON"),
    (b"SQLite format 3\0", "an SQLite database. Write its table as JSON: sqlite3 -json FILE 'select ...' > data.json"),
    (b"%PDF-", "a PDF. Name a file of JSON"),
)
_PATTERNS = (
    (rb"\x80[\x02-\x05]", "a pickle, which can run code and is never loaded. Write it as JSON: json.dump(value, file)"),
    (rb".{257}ustar", "a tar archive. Unpack it: tar xf FILE"),
    (rb"\s*<(?:!doctype html|html)\b", "an HTML page, such as the error of a download. Download the file again"),
    (rb"\s*<\?xml\b|\s*<Error>", "XML, such as the error of a server. Download the file again"),
    (rb"\s*[\[{]\s*\{?\s*'", "a Python literal in single quotes. Write it as JSON: json.dump(value, file)"),
)
_COMPILED_PATTERNS = tuple((re.compile(pattern, re.DOTALL | re.IGNORECASE), fact) for pattern, fact in _PATTERNS)
_MARKS = (  # byte order marks; that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZERO_BYTES = {  # in the first two characters of JSON, which are ASCII (RFC 4627)
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
}


class Encoding(NamedTuple):
    """A codec by its name, and the bytes of the byte order mark before the text."""

    codec: str
    mark_bytes: int


def explain_format(head: bytes) -> str | None:
    """Return fact and remedy for a file of another format than JSON, without the place; None for anything else.

    Args:
        head: first `HEAD_BYTES` of the file, after gzip or zstd.
    """
    for prefix, fact in _FORMATS:
        if head.startswith(prefix):
            return fact
    return next((fact for pattern, fact in _COMPILED_PATTERNS if pattern.match(head)), None)


def explain_pointer_file(path: Path) -> str | None:
    """Return fact and remedy for a pointer of Git LFS; None for another file, or one that cannot be read."""
    try:
        with path.open("rb") as stream:
            is_pointer = stream.read(len(LFS_POINTER)) == LFS_POINTER
    except OSError:
        return None
    return explain_format(LFS_POINTER) if is_pointer else None


def detect_encoding(head: bytes) -> Encoding | None:
    """Return the encoding of JSON in UTF-16 or UTF-32, with or without a byte order mark; None for UTF-8.

    A Windows shell writes UTF-16 with `>`.

    Args:
        head: first four bytes of the file, or more.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    zero_bytes = tuple(byte == 0 for byte in head[:4])
    return Encoding(_ZERO_BYTES[zero_bytes], 0) if zero_bytes in _ZERO_BYTES else None
