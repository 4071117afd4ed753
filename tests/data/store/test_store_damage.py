"""Damage of a store's files on disk is detected before they are used."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.data.format.records import write_records
from neural_guide.data.store import arrow_rows, checksums, padded_cells
from neural_guide.data.store.feature_cache import open_features
from neural_guide.data.store.store import find_store_folder, open_store
from neural_guide.errors import UserError
from support.stores import list_files, make_records, open_quietly


def hash_everything(path):
    """Return a hash of the whole content of a dataset's store, features included."""
    store = open_quietly(path)
    records = np.arange(store.n_records)
    features = open_features(store, processes=1, progress=False)
    columns = (store.task_of, store.quality, store.complexity, store.side, store.input_key, store.labels)
    pairs = [grid.tolist() for pair in store.pairs(records) for grid in pair]
    ids = [store.task_id(task) for task in range(store.n_tasks)]
    values = [column.tolist() for column in columns], pairs, ids, store.programs(), features[records].tolist()
    return hashlib.blake2b(json.dumps(values).encode()).hexdigest()


@pytest.fixture(scope="module")
def prepared_dataset(tmp_path_factory):
    """A dataset with store and features, whose rows lie in several chunks and blocks, and the hash of its content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(padded_cells, "CHUNK_ROWS", 8)
        patch.setattr(checksums, "BLOCK", 1024)
        path = tmp_path_factory.mktemp("prepared") / "data.json"
        write_records(path, make_records(30, high=31))
        return path, hash_everything(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.data(), st.booleans())
def test_every_changed_byte_is_detected(prepared_dataset, tmp_path_factory, monkeypatch, data, mapped):
    original, expected = prepared_dataset
    monkeypatch.setattr(padded_cells, "CHUNK_ROWS", 8)
    monkeypatch.setattr(checksums, "BLOCK", 1024)
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    folder = tmp_path_factory.mktemp("flipped")
    shutil.copytree(original.parent, folder, dirs_exist_ok=True)  # with times, so the store is current
    path, root = folder / original.name, find_store_folder(folder / original.name)
    names = [name for name in list_files(root) if (root / name).is_file() and (root / name).stat().st_size]
    damaged = root / data.draw(st.sampled_from(names), label="file")
    position = data.draw(st.integers(0, damaged.stat().st_size - 1), label="byte")
    flipped = damaged.read_bytes()[position] ^ data.draw(st.integers(1, 255), label="bits")
    with damaged.open("r+b") as stream:  # in place, as a failing disk does
        stream.seek(position)
        stream.write(bytes([flipped]))
    try:
        content = hash_everything(path)
    except UserError as error:
        assert re.search(rf"{re.escape(damaged.name)}.*changed.*built anew", str(error))  # noqa: PT017 - or none
        content = hash_everything(path)
    assert content == expected
    checksum_files = list(open_quietly(path).folder.glob("*.sums"))
    assert len(checksum_files) == len([name for name in names if name.endswith(".sums")])
    for path in checksum_files:  # no damaged file is left
        checksums.CheckedFile(path.with_suffix("")).check_all()
    shutil.rmtree(folder)


@pytest.mark.parametrize("mapped", [True, False])
def test_cells_damaged_under_an_open_store_are_named(tmp_path, monkeypatch, mapped, capsys):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    path = tmp_path / "data.json"
    write_records(path, make_records(900, high=31))
    store = open_quietly(path)
    cells_30 = store.folder / "cells-30.arrow"
    assert cells_30.stat().st_size > 8 * checksums.BLOCK
    near, far = np.flatnonzero(store.side == 30)[[0, 400]]
    before = store.gather(np.array([near]))[0]
    with cells_30.open("r+b") as stream:
        stream.seek(cells_30.stat().st_size // 2)
        stream.write(b"\xee" * 4 * checksums.BLOCK)
    assert np.array_equal(store.gather(np.array([near]))[0], before)  # elsewhere in the file, and right
    with pytest.raises(UserError, match=r"cells-30\.arrow: bytes [\d,]+ to [\d,]+ changed .* Run again"):
        store.gather(np.flatnonzero(store.side == 30))
    assert open_quietly(path).gather(np.array([far])) is not None
    assert "bytes in" not in capsys.readouterr().err  # built in silence, as asked


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("block", [1024, 1 << 16])
def test_every_byte_of_a_row_is_checked_after_its_neighbours(tmp_path, monkeypatch, mapped, block):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    monkeypatch.setattr(checksums, "BLOCK", block)
    path = tmp_path / "data.json"
    write_records(path, make_records(900, high=31))
    folder, target = open_quietly(path).folder, 200
    rows, backup = np.flatnonzero(open_quietly(path).side == 30), tmp_path / "backup"
    shutil.copytree(folder, backup)
    first = checksums.CheckedFile(folder / "cells-30.arrow").chunk_starts[0] + target * 1800
    for offset in (0, 1, 900, 1798, 1799):
        shutil.copytree(backup, folder, dirs_exist_ok=True)
        store = open_quietly(path)
        store.gather(rows[: target - 64])  # its neighbours, of one block or the next
        with (folder / "cells-30.arrow").open("r+b") as stream:
            stream.seek(first + offset)
            byte = stream.read(1)[0]
            stream.seek(first + offset)
            stream.write(bytes([byte ^ 1]))
        with pytest.raises(UserError, match=r"cells-30\.arrow: bytes [\d,]+ to [\d,]+ changed"):
            store.gather(rows[[5, target, 5]])


def test_a_damaged_store_is_reported_and_rebuilt_in_the_same_run(tmp_path, capsys):
    path = tmp_path / "data.json"
    write_records(path, make_records(8))
    index = open_quietly(path).folder / "index-row.arrow"
    index.write_bytes(index.read_bytes().replace(b"\x00", b"\x01", 1))
    assert open_store(path).n_records == 8
    lines = capsys.readouterr().err.splitlines()
    assert "index-row.arrow: bytes 0 to" in lines[0]
    assert lines[0].endswith("It is built anew now.")
    assert lines[-1].startswith("store data.json: ")
    open_store(path)
    assert capsys.readouterr().err == ""
