"""Files that somebody else wrote: of limited size, in any usual encoding or compression, and pipes without a hang."""

import gzip
import os
import threading
import time

import pyarrow as pa
import pytest

from neural_guide.errors import UserError
from neural_guide.runtime import limited_reading
from neural_guide.runtime.limited_reading import read_limited

TEXT = '{"a": "söt"}'
LIMIT = 1 << 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, pa.Codec("zstd").compress], ids=["plain", "gzip", "zstd"])
def test_encodings_and_compressions_are_recognised_by_content(tmp_path, encoding, compress):
    path = tmp_path / "any.name"
    path.write_bytes(bytes(compress(TEXT.encode(encoding))))
    assert read_limited(path, LIMIT, "file").decode() == TEXT


def test_size_is_limited_before_and_after_decompression(tmp_path):
    path = tmp_path / "file"
    for content in (bytes(LIMIT + 1), gzip.compress(bytes(LIMIT + 1))):
        path.write_bytes(content)
        with pytest.raises(UserError, match="is larger than 1 MiB"):
            read_limited(path, LIMIT, "file")
    path.write_bytes(b" " * LIMIT)
    assert len(read_limited(path, LIMIT, "file")) == LIMIT


def test_damaged_compression_is_named(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(UserError, match=r"cannot be decompressed: the gzip data is cut off"):
        read_limited(path, LIMIT, "file")


@pytest.mark.parametrize(("name", "message"), [("gone", "No such file"), (".", "Is a directory"), ("a\0b", "null")])
def test_what_is_no_file_is_refused(tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        read_limited(tmp_path / name, LIMIT, "file")


def test_device_without_an_end_is_refused():
    with pytest.raises(UserError, match=r"/dev/zero is larger than 1 MiB"):
        read_limited(limited_reading.Path("/dev/zero"), LIMIT, "file")


def test_pipe_is_read_to_its_end(tmp_path):
    path, content = tmp_path / "pipe", TEXT.encode() * 20_000  # more than a pipe holds
    os.mkfifo(path)

    def write_slowly() -> None:
        with path.open("wb") as stream:
            time.sleep(0.05)
            stream.write(content)

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert read_limited(path, LIMIT, "file") == content
    writer.join()


@pytest.mark.parametrize("has_writer", [False, True])
def test_silent_pipe_is_given_up(tmp_path, monkeypatch, has_writer):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    monkeypatch.setattr(limited_reading, "PATIENCE", 0.05)
    writer = os.open(path, os.O_RDWR) if has_writer else None
    with pytest.raises(UserError, match="no byte has arrived for"):
        read_limited(path, LIMIT, "file")
    if writer is not None:
        os.close(writer)
