import gzip
import http.server
import json
import os
import re
import subprocess
import sys
import threading

import pyarrow as pa
import pytest
import s3fs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.data.format.records import Violations, read_located_records, read_records
from neural_guide.data.format.source_lookup import find_source
from neural_guide.data.store.build import build_files
from neural_guide.errors import UserError
from support.record_strategies import are_equal, make_record, write_values
from support.servers import aws, find_free_port

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
VALUES = [make_record(number, f"t{number}") for number in range(60)]
TEXT = json.dumps(VALUES).encode()
LINES = b"\n".join(json.dumps(value).encode() for value in VALUES)


def compress_zstd(content):
    return pa.Codec("zstd").compress(content, asbytes=True)


def read(path):
    violations = Violations()
    return list(read_records(path, violations)), violations


def assert_reads_all(path):
    records, violations = read(path)
    assert [record.task_id for record in records] == [value["task_id"] for value in VALUES]
    assert [record.input.tolist() for record in records] == [value["input"] for value in VALUES]
    assert violations.records == len(VALUES)
    assert not violations.counts


FORMS = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT),
    "gzip of two members": gzip.compress(TEXT[:3001]) + gzip.compress(TEXT[3001:]),
    "gzip of lines": gzip.compress(LINES),
    "gzip of an empty member first": gzip.compress(b"") + gzip.compress(TEXT),
    "zstd": compress_zstd(TEXT),
    "zstd of two frames": compress_zstd(TEXT[:3001]) + compress_zstd(TEXT[3001:]),
    "zstd after a skippable frame": b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + compress_zstd(TEXT),
    "byte order mark in gzip": gzip.compress(b"\xef\xbb\xbf" + TEXT),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", ["data.json", "data.gz", "data.zst"])
def test_compression_is_recognized_by_the_bytes_not_the_name(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    assert_reads_all(path)
    assert_reads_all(str(path))
    assert_reads_all(f"file://{path}")


@in_one_folder
@given(st.sampled_from([gzip.compress, compress_zstd]), st.data())
def test_compressed_file_cut_anywhere_is_refused(tmp_path, compress, data):
    content = compress(TEXT) + compress(b"\n")
    cut = data.draw(st.integers(4, len(content) - 1))
    path = tmp_path / "data.json.gz"
    path.write_bytes(content[:cut])
    violations = Violations()
    if cut == len(compress(TEXT)):  # the rest is complete
        assert_reads_all(path)
        return
    with pytest.raises(UserError, match=r"data is cut off near its byte [\d,]+\. \d+ records before it were") as error:
        list(read_records(path, violations))
    assert str(path) in str(error.value)
    if cut > len(compress(TEXT)):
        assert violations.records == len(VALUES)
    assert f" {violations.records} records before it were readable" in str(error.value)


def test_records_before_damage_in_compressed_data_are_counted(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(gzip.compress(TEXT[: TEXT.index(b"t41")]) + b"\x1f\x8b what is this")
    with pytest.raises(
        UserError, match=r"the gzip data is damaged near its byte .* 41 records before it were readable"
    ):
        read(path)


BOMBS = {
    "a text of 1 GB": ('[{"input": "', "x", 1024, "larger than 4 MiB"),
    "white space": ("[", " ", 256, "the array has no end"),
    "brackets": ('[{"input": ', "[", 256, "larger than 4 MiB"),
    "zeros": ("", "\0", 256, "not JSON records"),
}
READ = """
import resource, sys
from neural_guide.errors import UserError
from neural_guide.data.format.records import Violations, read_records
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
try:
    list(read_records(sys.argv[1], Violations()))
except UserError as error:
    print(error)
print((peak() - before) // 1024)
"""


@pytest.mark.parametrize(("start", "filling", "mib", "fact"), BOMBS.values(), ids=BOMBS)
def test_small_file_that_unfolds_to_a_large_one_takes_no_memory(tmp_path, start, filling, mib, fact):
    path = tmp_path / "bomb.json"
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(start.encode())
        for _ in range(mib // 16):
            stream.write(filling.encode() * (16 << 20))
    assert path.stat().st_size < 1 << 20
    process = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, timeout=60)
    message, memory = process.stdout.strip().rsplit("\n", 1)
    assert fact in message
    assert int(memory) < 60  # MiB


def write_parts(folder, sizes=(10, 5, 12)):
    """Write the records t0, t1, ... into three files and return a glob of them."""
    start = 0
    for name, size in zip("abc", sizes, strict=True):
        write_values(folder / f"part-{name}.json", VALUES[start : start + size])
        start += size
    return folder / "part-*.json"


def test_files_of_a_glob_are_one_dataset_in_sorted_order(tmp_path):
    pattern = write_parts(tmp_path)
    (tmp_path / "part-b.json").write_bytes(gzip.compress((tmp_path / "part-b.json").read_bytes()))
    (tmp_path / "part-d.json.store").mkdir()
    (tmp_path / "part-d.json.store" / "part-x.json").write_text("[")
    (tmp_path / "other.json").write_text("no part of it")
    progress = []
    records = list(read_located_records(pattern, Violations(), progress.append))
    assert [located.record.task_id for located in records] == [f"t{number}" for number in range(27)]
    assert [located.number for located in records] == list(range(27))
    assert records[10].byte == 1
    source = find_source(pattern)
    assert [file.name for file in source.files] == [str(tmp_path / f"part-{name}.json") for name in "abc"]
    assert progress[-1] == source.size == sum(path.stat().st_size for path in tmp_path.glob("part-?.json"))
    assert progress == sorted(progress)
    assert source.home.parent == tmp_path
    assert source.home != find_source(tmp_path / "part-?.json").home
    assert len(find_source(tmp_path / "**" / "part-*.json").files) == 3  # not what lies in a store


def test_violations_in_a_glob_name_the_file(tmp_path):
    pattern = write_parts(tmp_path)
    values = VALUES[10:15]
    values[3] = values[3] | {"quality": 7}
    values[4] = values[4] | {"task_id": "t0", "primitives": ["another"]}
    write_values(tmp_path / "part-b.json", values)
    violations = Violations()
    list(read_records(pattern, violations))
    ((example,),) = violations.examples.values()
    assert (example.record, example.file) == (13, str(tmp_path / "part-b.json"))
    assert f"{tmp_path}/part-b.json, record 13, byte {example.byte}" in violations.summarize()
    assert (tmp_path / "part-b.json").read_bytes()[example.byte :].startswith(b"{")
    (tmp_path / "built").mkdir()
    built = Violations.from_dict(build_files(pattern, tmp_path / "built", lambda _: None)["faults"])
    assert [example.file for examples in built.examples.values() for example in examples] == [
        str(tmp_path / "part-b.json")
    ] * 2
    (tmp_path / "part-c.json").write_text(json.dumps(VALUES[15:20])[:-30])
    with pytest.raises(UserError, match=r"part-c\.json, byte .* 19 records before it were readable"):
        read(pattern)


def test_stamp_and_digest_change_with_a_file(tmp_path):
    pattern = write_parts(tmp_path)
    before = find_source(pattern)
    digest = before.digest()
    assert before == find_source(pattern)
    path = tmp_path / "part-b.json"
    content = path.read_bytes()
    os.utime(path, ns=(1, 1))
    assert find_source(pattern).stamp() != before.stamp()
    assert find_source(pattern).digest() == digest
    path.write_bytes(content.replace(b"t11", b"t99"))
    assert find_source(pattern).digest() != digest
    path.write_bytes(content)
    assert find_source(pattern).digest() == digest
    write_values(tmp_path / "part-d.json", VALUES[:1])
    assert find_source(pattern).digest() != digest
    assert json.loads(json.dumps(before.stamp())) == before.stamp()


def test_bytes_moved_to_another_file_change_the_digest(tmp_path):
    pattern = write_parts(tmp_path, (10, 5, 12))
    before = find_source(pattern).digest()
    for name, cut in (("a", slice(0, 9)), ("b", slice(9, 15))):
        write_values(tmp_path / f"part-{name}.json", VALUES[cut])
    assert find_source(pattern).digest() != before


def test_name_with_brackets_is_a_file_if_it_exists(tmp_path):
    write_values(tmp_path / "data[1].json", VALUES)
    assert_reads_all(tmp_path / "data[1].json")


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("nothing-*.json", "No file matches"),
        ("nothing.json", r"does not exist.*python -m neural_guide\.generate"),
        ("", "is a folder, not a dataset"),
        ("a\0b", "null character"),
        ("what://is/this", "no file system is known for what://"),
        ("https://me:secret@example.org/data.json", "the URL holds credentials"),
        ("s3://key:secret@bucket/data.json", "the URL holds credentials"),
    ],
)
def test_missing_sources_are_refused_with_the_reason(tmp_path, path, fact):
    with pytest.raises(UserError, match=fact) as error:
        find_source(path if "://" in path else f"{tmp_path}/{path}")
    assert "secret" not in str(error.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_refused(tmp_path):
    path = write_values(tmp_path / "data.json", VALUES)
    path.chmod(0)
    with pytest.raises(UserError, match="cannot be read: Permission denied"):
        read(path)


@pytest.fixture(scope="module")
def server():
    """S3 with a few datasets."""
    with aws():
        files = s3fs.S3FileSystem(skip_instance_cache=True)
        files.mkdir("datasets")
        files.pipe("datasets/plain.json", TEXT)
        files.pipe("datasets/parts/b.json", json.dumps(VALUES[20:]).encode())
        files.pipe("datasets/parts/a.json.gz", gzip.compress(json.dumps(VALUES[:20]).encode()))
        files.pipe("datasets/cut.json.zst", compress_zstd(TEXT)[:-9])
        yield files


def test_dataset_on_s3_is_read_as_a_local_one(server, tmp_path):
    for url in ("s3://datasets/plain.json", "s3://datasets/parts/*"):
        assert_reads_all(url)
        source = find_source(url)
        assert source.home is None
        assert source.path == url
        (tmp_path / url[-1]).mkdir()
        meta = build_files(source, tmp_path / url[-1], lambda _: None)
        assert meta["records"] == len(VALUES)
    assert source.size == sum(server.size(name) for name in server.ls("datasets/parts"))
    assert [file.name for file in source.files] == ["s3://datasets/parts/a.json.gz", "s3://datasets/parts/b.json"]


def test_object_that_is_replaced_has_another_stamp(server):
    server.pipe("datasets/changing.json", TEXT)
    before = find_source("s3://datasets/changing.json")
    assert find_source("s3://datasets/changing.json").digest() == before.digest()
    server.pipe("datasets/changing.json", TEXT.replace(b"t11", b"t99"))
    after = find_source("s3://datasets/changing.json")
    assert after.stamp() != before.stamp()
    assert after.digest() != before.digest()


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        ("s3://datasets/missing.json", "does not exist, or may not be seen"),
        ("s3://no-such-bucket/data.json", "does not exist, or may not be seen"),
        ("s3://datasets/missing-*.json", "No file matches"),
        ("s3://no-such-bucket/*.json", "No file matches|does not exist"),
        ("s3://datasets/parts", r"is a folder, not a dataset.*s3://datasets/parts/\*\.json"),
        ("s3://datasets/cut.json.zst", "zstd data is cut off"),
    ],
)
def test_errors_on_s3_are_one_line(server, url, fact):
    with pytest.raises(UserError, match=fact) as error:
        read(url)
    assert str(error.value).startswith(("No file matches ", url))
    assert "\n" not in str(error.value)


COUNT = """
import sys
sys.modules.update({name: None for name in sys.argv[2:]})
from neural_guide.errors import UserError
from neural_guide.data.format.records import Violations, read_records
try:
    print(sum(1 for _ in read_records(sys.argv[1], Violations())))
except UserError as error:
    print(error)
"""


def test_missing_package_credentials_or_server_is_reported(server, tmp_path):
    script = tmp_path / "count.py"
    script.write_text(COUNT)

    def count_in_process(url, *missing, **environment):
        """Return what a new process prints for a URL, some modules missing; fsspec reads variables on import."""
        variables = {name: value for name, value in (os.environ | environment).items() if value is not None}
        line = [sys.executable, script, url, *missing]
        process = subprocess.run(line, capture_output=True, text=True, check=False, env=variables)
        assert process.returncode == 0, process.stderr
        assert "very-secret" not in process.stdout + process.stderr
        assert "AKIATESTING" not in process.stdout + process.stderr
        return process.stdout.strip()

    url = "s3://datasets/plain.json"
    assert count_in_process(url) == str(len(VALUES))
    assert re.search(r"not installed. Install it: pip install 'neural-guide\[s3\]'", count_in_process(url, "s3fs"))
    no_keys = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    assert "may not be read (NoCredentialsError). Give credentials" in count_in_process(url, **no_keys)
    assert "may not be read (PermissionError)" in count_in_process(url, **no_keys, FSSPEC_S3='{"anon": true}')
    server.chmod(url, "public-read")
    assert count_in_process(url, **no_keys, FSSPEC_S3='{"anon": true}') == str(len(VALUES))
    message = count_in_process(url, AWS_ENDPOINT_URL=f"http://127.0.0.1:{find_free_port()}", AWS_MAX_ATTEMPTS="1")
    assert "cannot be read" in message


class Files(http.server.BaseHTTPRequestHandler):
    """A server of one dataset, without ranges, for requests with a signature."""

    def do_GET(self):
        allowed = self.path == "/data.json.gz?signature=very-secret"
        self.send_response(200 if allowed else 403)
        self.end_headers()
        if allowed and self.command == "GET":
            self.wfile.write(gzip.compress(TEXT))

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        """Stay quiet."""


def test_web_address_is_read_and_its_signature_never_shown():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as web_server:
        threading.Thread(target=web_server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{web_server.server_port}/data.json.gz"
        assert_reads_all(f"{address}?signature=very-secret")
        source = find_source(f"{address}?signature=very-secret")
        assert source.path == source.files[0].name == address
        assert "secret" not in repr(source)
        with pytest.raises(UserError, match=r"cannot be read|does not exist") as error:
            read(f"{address}?signature=wrong")
        assert "wrong" not in str(error.value)
        web_server.shutdown()


def test_same_records_from_every_place(server, tmp_path):
    path = tmp_path / "data.json"
    path.write_bytes(TEXT)
    local, remote = (read(location)[0] for location in (path, "s3://datasets/plain.json"))
    assert all(map(are_equal, local, remote))
