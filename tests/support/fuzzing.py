"""Mutated datasets, and a slow oracle that counts their valid records, written with the json module alone."""

import gzip
import json
import random
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pyarrow as pa

from neural_guide.data.format import json_stream
from neural_guide.data.store.build import build_files
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import V2
from neural_guide.errors import UserError

KEYS = ("input", "output", "primitives", "quality", "complexity", "task_id")
OURS = V2.names
FOREIGN = ("twist", "paint red", "söt", "rot90")
SECONDS = 20  # limit for one file
SPACE = b" \t\r\n"
QUOTE, BACKSLASH, OPEN, CLOSE = b'"\\{}'


# The oracle -------------------------------------------------------------------------------------------------


class DamagedError(Exception):
    """The file cannot be read to its end; the argument holds the records before."""


def split_objects(text: bytes) -> list[bytes]:
    """Split an array or lines into their JSON objects, a byte at a time."""
    pieces: list[bytes] = []

    def stop():
        raise DamagedError(pieces)

    at = 3 if text.startswith(b"\xef\xbb\xbf") else 0

    def skip(at):
        while at < len(text) and text[at] in SPACE:
            at += 1
        return at

    at = skip(at)
    if at == len(text) or text[at : at + 1] not in (b"[", b"{"):
        stop()
    array = text[at : at + 1] == b"["
    at = skip(at + array)
    while True:
        if at == len(text):
            if array or not pieces:
                stop()
            return pieces
        if array and text[at : at + 1] == b"]":
            if skip(at + 1) < len(text) or not pieces:
                stop()
            return pieces
        if array and pieces:
            if text[at : at + 1] != b",":
                stop()
            at = skip(at + 1)
        if text[at : at + 1] != b"{":
            stop()
        end = find_object_end(text, at)
        if end is None:
            stop()
        pieces.append(text[at:end])
        at = skip(end)


def convert_to_utf8(content: bytes) -> tuple[bytes, bool]:
    """Convert UTF-16 and UTF-32; return the text before the damage, and whether there is any."""
    marks = {
        "utf-32-le": b"\xff\xfe\0\0",
        "utf-32-be": b"\0\0\xfe\xff",
        "utf-16-le": b"\xff\xfe",
        "utf-16-be": b"\xfe\xff",
    }
    codec = next((codec for codec, mark in marks.items() if content.startswith(mark)), None)
    if codec is None:
        shapes = {"utf-32-le": "x000", "utf-32-be": "000x", "utf-16-le": "x0x0", "utf-16-be": "0x0x"}
        shape = "".join("x" if byte else "0" for byte in content[:4])
        codec = next((codec for codec, zeros in shapes.items() if zeros == shape), None)
    else:
        content = content[len(marks[codec]) :]
    if codec is None:
        return content, False
    try:
        return content.decode(codec).encode(), False
    except UnicodeDecodeError as error:
        return content[: error.start].decode(codec).encode(), True


def find_object_end(text: bytes, at: int) -> int | None:
    """Return the end of the object that begins here; None where it has none, or nests more than 64 objects."""
    depth, quoted, escaped = 0, False, False
    for index, byte in enumerate(memoryview(text)[at:], at):
        if escaped:
            escaped = False
        elif quoted:
            escaped = byte == BACKSLASH
            quoted = byte != QUOTE
        elif byte == QUOTE:
            quoted = True
        elif byte == OPEN:
            depth += 1
            if depth > 64:
                return None
        elif byte == CLOSE:
            depth -= 1
            if depth == 0:
                return index + 1
    return None


def refuse_constant(constant):
    raise ValueError(constant)


class KeyValuePairs(list):
    pass


def iterate_texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from iterate_texts(item)


def measure_array_depth(piece: bytes) -> int:
    depth = deepest = 0
    quoted = escaped = False
    for byte in piece.decode("latin-1"):
        if quoted:
            quoted = escaped or byte != '"'
            escaped = byte == "\\" and not escaped
        elif byte == '"':
            quoted = True
        else:
            depth += (byte == "[") - (byte == "]")
            deepest = max(deepest, depth)
    return deepest


def parse_record(piece: bytes) -> dict | None:
    """Return the record, or None where it breaks the contract. Raises RecursionError where it is too deep."""
    if measure_array_depth(piece) > 500:
        raise RecursionError
    try:
        pairs = json.loads(
            piece.decode(),
            object_pairs_hook=KeyValuePairs,
            parse_constant=refuse_constant,
            parse_int=lambda text: int(text[:20]),
        )
        if b"\\u" in piece:
            "".join(iterate_texts(pairs)).encode()  # half a surrogate pair is no text
    except ValueError:
        return None
    if any([key for key, _ in pairs].count(wanted) != 1 for wanted in KEYS):
        return None
    record = dict(pairs)
    for name in ("input", "output"):
        grid = record[name]
        if type(grid) is not list or not 1 <= len(grid) <= 30:
            return None
        if any(type(row) is not list or not 1 <= len(row) <= 30 or len(row) != len(grid[0]) for row in grid):
            return None
        if any(type(cell) is not int or not 0 <= cell <= 9 for row in grid for cell in row):
            return None
        record[name] = np.array(grid, np.uint8)
    names = record["primitives"]
    if type(names) is not list or not names or any(type(name) is not str or not name for name in names):
        return None
    for name in ("quality", "complexity"):
        if type(record[name]) not in (int, float) or not 0 <= record[name] <= 1:
            return None
    return record if type(record["task_id"]) is str and record["task_id"] else None


def does_replay(record: dict) -> bool:
    if len(record["primitives"]) > 100:
        return False
    output = run(tuple(record["primitives"]), record["input"])
    return output is not None and np.array_equal(output, record["output"])


def parse_records(pieces: list[bytes]) -> tuple[list[dict], int | None]:
    """Return the records that satisfy the contract one by one, and the number of the first too deep to be read."""
    records = []
    for number, piece in enumerate(pieces):
        try:
            records.append(parse_record(piece))
        except RecursionError:
            return [], number
    return [record for record in records if record], None


def count_good(records: list[dict], check_replay: bool) -> int:
    """Count the good records by the rules of docs/data.md, in their order."""
    foreign = [any(name not in OURS for name in record["primitives"]) for record in records]
    if sum(foreign) * 100 <= len(records):
        records = [record for record, other in zip(records, foreign, strict=True) if not other]
        replayed = [does_replay(record) for record in records]
        if check_replay and replayed.count(False) * 2 <= len(replayed):
            records = [record for record, good in zip(records, replayed, strict=True) if good]
    labels: dict[str, set[str]] = {}
    records = [
        record
        for record in records
        if labels.setdefault(record["task_id"], set(record["primitives"])) == set(record["primitives"])
    ]
    return len(
        {(record["task_id"], str(record["input"].tolist()), str(record["output"].tolist())) for record in records}
    )


# The comparison --------------------------------------------------------------------------------------------------


class HangError(BaseException):
    """Reading took too long; not an Exception, so that no handler hides it."""


@contextmanager
def limit_time(seconds: float):
    def raise_hang(*_):
        raise HangError

    handler = signal.signal(signal.SIGALRM, raise_hang)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def decompress_content(content: bytes) -> bytes | None:
    """Decompress a file; None where it is damaged."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        if content.startswith(b"\x28\xb5\x2f\xfd"):
            return pa.input_stream(pa.py_buffer(content), compression="zstd").read()
    except (OSError, EOFError, ValueError, gzip.zlib.error):
        return None
    return content


def check_file(content: bytes, check_replay: bool = True, chunk: int = 1 << 20) -> str:
    """Read a file and compare with the oracle; return the result, "refused" or "read".

    Args:
        content: bytes of the file.
        check_replay: as `build_files` takes it.
        chunk: bytes that are read at a time; small chunks cut records everywhere.
    """
    text = decompress_content(content)
    good, before = 0, None
    if text is not None:
        text, has_damage = convert_to_utf8(text)
        try:
            pieces = split_objects(text)
            before = len(pieces) if has_damage else None
        except DamagedError as damaged:
            (pieces,) = damaged.args
            before = len(pieces)
        records, deep = parse_records(pieces)
        before = before if deep is None else deep
        good = count_good(records, check_replay) if before is None else 0
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-") as folder,
        limit_time(SECONDS),
        patch.object(json_stream, "CHUNK", chunk),
    ):
        path = Path(folder) / "data.json"
        path.write_bytes(content)
        (Path(folder) / "store").mkdir()
        try:
            meta = build_files(path, Path(folder) / "store", lambda _: None, check_replay=check_replay)
        except UserError as error:
            message = str(error)
            assert good == 0, f"{good} good records, but refused: {message}"
            assert message.startswith(str(path)), message
            assert "\n" not in message
            assert len(message) < 2000, message
            if before:
                assert f"{before:,} records before it were readable" in message, (before, message)
            return "refused"
    assert text is not None, "compressed data is damaged, but was read"
    assert meta["records"] == good, (meta, good)
    assert meta["faults"]["records"] == len(pieces)
    assert meta["records"] + sum(meta["faults"]["counts"].values()) == len(pieces)
    return "read"


# The mutations -----------------------------------------------------------------------------------------------


def draw_grid(rng: random.Random, high: int = 8) -> np.ndarray:
    shape = (rng.randint(1, high), rng.randint(1, high))
    return np.array([[rng.choice((0, 0, 1, 2, 3, 9)) for _ in range(shape[1])] for _ in range(shape[0])], np.uint8)


def draw_records(rng: random.Random) -> list[dict]:
    """Draw valid records: mostly with our programs, sometimes with foreign names or with programs that do not fit."""
    kind = rng.choice(("ours", "ours", "ours", "foreign", "other meaning"))
    records = []
    for task in range(rng.choice((1, 2, 5, 12, 40, 120))):
        names = FOREIGN if kind == "foreign" else OURS
        program = tuple(rng.choice(names) for _ in range(rng.randint(1, 3)))
        for _ in range(rng.randint(1, 3)):
            grid = draw_grid(rng)
            output = draw_grid(rng) if kind != "ours" else run(program, grid)
            if output is not None:
                records.append(
                    {
                        "input": grid.tolist(),
                        "output": output.tolist(),
                        "primitives": list(program),
                        "quality": rng.choice((0, 1, 0.5, rng.random())),
                        "complexity": rng.random(),
                        "task_id": f"t{task}",
                    }
                )
    return records or draw_records(rng)


class Literal(float):
    """A number that json writes as the given text."""

    def __new__(cls, text):
        number = super().__new__(cls, 0.0)
        number.text = text
        return number

    def __repr__(self):
        return self.text


def draw_nested(rng: random.Random):
    value = 1
    for _ in range(rng.randint(1, 20)):
        value = {"input": value} if rng.random() < 0.5 else [value]
    return value


ODD = (None, True, False, "", "1", "x", 1.0, 0.5, -1, 10, 300, 256, 2**63, 2**64, -(2**70), 1e300, [], {}, [[]], [{}])
NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-0",
    "-0.0",
    "1E0",
    "1e-400",
    "1.0",
    "0.999",
    "9" * 400,
    "9" * 5000,
)
NUMBERS += ("1e5000", "0." + "0" * 500 + "1", "-1e-999", "1.0000000000000001", "0e0")
TEXTS = (
    '"}',
    '"}, {"',
    '\\"}',
    "\ud800",
    "\udc00x",
    "\ud83d\ude00",
    "\u2028",
    "\x00",
    "\x1f",
    "\x7f",
    "}{",
    '"',
    "\\",
    "},{",
    "é" * 99,
    "x" * 9999,
)


def change_record(rng: random.Random, record: dict) -> None:
    key = rng.choice(KEYS)
    odd = rng.choice((*ODD, Literal(rng.choice(NUMBERS)), rng.choice(TEXTS)))
    kind = rng.randrange(12)
    if kind == 0:
        record.pop(key, None)
    elif kind == 1:
        record[key] = odd
    elif kind in (2, 3):
        rows = record.get("input")
        grid = [list(row) for row in rows if type(row) is list] if type(rows) is list else []
        grid = grid or [[0]]
        row = rng.choice(grid)
        if rng.random() < 0.5 and row:
            row[rng.randrange(len(row))] = rng.choice((odd, rng.randint(0, 9)))
        elif rng.random() < 0.5:
            row.append(rng.randint(0, 9))
        else:
            grid[rng.randrange(len(grid))] = odd
        record["input"] = grid
    elif kind == 4:
        record["output"] = [[rng.randint(0, 9)] * rng.choice((1, 29, 30, 31))] * rng.choice((1, 30, 31))
    elif kind == 5:
        record["primitives"] = [rng.choice((*OURS, *FOREIGN, rng.choice(TEXTS))) for _ in range(rng.randint(0, 4))]
    elif kind == 6:
        record["primitives"] = [rng.choice(OURS)] * rng.choice((1, 99, 101, 2000))
    elif kind == 7:
        record[rng.choice(("quality", "complexity"))] = Literal(rng.choice(NUMBERS))
    elif kind == 8:
        record["task_id"] = rng.choice((rng.choice(TEXTS), "t0", "t1"))
    elif kind == 9:
        record[rng.choice(("note", "Input", "input ", "", rng.choice(TEXTS)))] = odd
    elif kind == 10:
        record["note"] = draw_nested(rng)
    else:
        record["note"] = rng.choice(TEXTS)


def format_records(rng: random.Random, records: list[dict]) -> str:
    """Format records as JSON in one of the layouts."""
    layout = {"separators": (",", ":")} if rng.random() < 0.4 else {"indent": rng.choice((None, None, 0, 2))}
    layout["ensure_ascii"] = rng.random() < 0.7
    texts = []
    for record in records:
        items = list(record.items())
        if rng.random() < 0.3:
            rng.shuffle(items)
        text = json.dumps(dict(items), **layout)
        if rng.random() < 0.02:  # a doubled key, sometimes in other letters
            double = rng.choice(('"quality": 0.5', '"inp\\u0075t": [[1]]', '"note": 1, "note": 2', '"task_id": "t0"'))
            text = "{" + double + ("," if len(text) > 2 else "") + text[1:]
        texts.append(text)
    if rng.random() < 0.5:
        return rng.choice(("\n", "\n\n", "", " ")).join(texts)
    return "[" + rng.choice((",", ",\n", " , ")).join(texts) + "]" + rng.choice(("", "\n"))


TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"null",
    b"NaN",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\n",
    b"x",
)
TOKENS += (
    b"[" * 10_000,
    b'{"a":' * 100,
    b" " * 5000,
    b"},{",
    b"]]",
    b"\xc3",
    b"\xed\xa0\x80",
    b"//",
    b"\x1f\x8b",
    b"-",
)


def change_bytes(rng: random.Random, content: bytes) -> bytes:
    at, to = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    near = min(to, at + rng.choice((1, 3, 40)))
    kind = rng.randrange(9)
    if kind == 0 and content:  # flips
        changed = bytearray(content)
        for _ in range(rng.choice((1, 1, 2, 10))):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if kind == 1:
        return content[:at]
    if kind in (2, 3):
        return content[:at] + rng.choice(TOKENS) + content[at:]
    if kind == 4:
        return content[:at] + content[near:]
    if kind == 5:  # two parts change places
        middle = (at + to) // 2
        return content[:at] + content[middle:to] + content[at:middle] + content[to:]
    if kind == 6:  # a part twice
        return content[:near] + content[at:]
    if kind == 7:
        return content[:at] + rng.randbytes(rng.choice((1, 2, 30))) + content[at:]
    return content[:at] + rng.choice(TOKENS) + content[near:]


def encode_text(rng: random.Random, text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        content = b"\xef\xbb\xbf" + content
    if rng.random() < 0.1:
        content = content.replace(b"\n", b"\r\n")
    if rng.random() < 0.06:
        content = text.encode(rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1")), "replace")
    return content


def compress_content(rng: random.Random, content: bytes) -> bytes:
    """Compress content by gzip or zstd, in one part or two, sometimes damaged."""
    cut = rng.choice((0, rng.randrange(len(content) + 1)))
    parts = [part for part in (content[:cut], content[cut:]) if part] or [b""]
    if rng.random() < 0.5:
        content = b"".join(gzip.compress(part, 1) for part in parts)
    else:
        content = b"".join(pa.Codec("zstd").compress(part, asbytes=True) for part in parts)
    return change_bytes(rng, content) if rng.random() < 0.5 else content


def make_mutated_file(rng: random.Random) -> bytes:
    """Make a file with some mutations, or none."""
    records = draw_records(rng)
    for _ in range(rng.choice((0, 0, 1, 1, 3, 30))):
        at = rng.randrange(len(records))
        records[at] = dict(records[at])
        change_record(rng, records[at])
    if rng.random() < 0.2:
        records.insert(rng.randrange(len(records) + 1), rng.choice(records))
    content = encode_text(rng, format_records(rng, records))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        content = change_bytes(rng, content)
    return compress_content(rng, content) if rng.random() < 0.15 else content
