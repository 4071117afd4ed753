"""A byte of a store that changes on disk is noticed before it is used."""

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
from support.stores import opened, random_records, tree


def everything(path):
    """A hash of all that a store of a dataset holds, features included."""
    store = opened(path)
    records = np.arange(store.n_records)
    features = open_features(store, processes=1, progress=False)
    columns = (store.task_of, store.quality, store.complexity, store.side, store.input_key, store.labels)
    pairs = [grid.tolist() for pair in store.pairs(records) for grid in pair]
    ids = [store.task_id(task) for task in range(store.n_tasks)]
    values = [column.tolist() for column in columns], pairs, ids, store.programs(), features[records].tolist()
    return hashlib.blake2b(json.dumps(values).encode()).hexdigest()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A dataset with its store and features, of rows in several chunks and blocks, and what it holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(padded_cells, "CHUNK_ROWS", 8)
        patch.setattr(checksums, "BLOCK", 1024)
        path = tmp_path_factory.mktemp("prepared") / "data.json"
        write_records(path, random_records(30, high=31))
        return path, everything(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.data(), st.booleans())
def test_any_byte_that_flips_is_noticed(prepared, tmp_path_factory, monkeypatch, data, mapped):
    original, expected = prepared
    monkeypatch.setattr(padded_cells, "CHUNK_ROWS", 8)
    monkeypatch.setattr(checksums, "BLOCK", 1024)
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    folder = tmp_path_factory.mktemp("flipped")
    shutil.copytree(original.parent, folder, dirs_exist_ok=True)  # with times, so the store is current
    path, root = folder / original.name, find_store_folder(folder / original.name)
    victims = [name for name in tree(root) if (root / name).is_file() and (root / name).stat().st_size]
    victim = root / data.draw(st.sampled_from(victims), label="file")
    at = data.draw(st.integers(0, victim.stat().st_size - 1), label="byte")
    flipped = victim.read_bytes()[at] ^ data.draw(st.integers(1, 255), label="bits")
    with victim.open("r+b") as stream:  # in place, as a failing disk does
        stream.seek(at)
        stream.write(bytes([flipped]))
    try:
        found = everything(path)
    except UserError as error:
        assert re.search(rf"{re.escape(victim.name)}.*changed.*built anew", str(error))  # noqa: PT017 - or none
        found = everything(path)
    assert found == expected
    sums = list(opened(path).folder.glob("*.sums"))
    assert len(sums) == len([name for name in victims if name.endswith(".sums")])
    for each in sums:  # nothing damaged was left
        checksums.CheckedFile(each.with_suffix("")).check_all()
    shutil.rmtree(folder)


@pytest.mark.parametrize("mapped", [True, False])
def test_cells_damaged_under_an_open_store_are_named(tmp_path, monkeypatch, mapped, capsys):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    path = tmp_path / "data.json"
    write_records(path, random_records(900, high=31))
    store = opened(path)
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
    assert opened(path).gather(np.array([far])) is not None
    assert "bytes in" not in capsys.readouterr().err  # built in silence, as asked


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("block", [1024, 1 << 16])
def test_every_byte_of_a_row_is_checked_beside_rows_that_were(tmp_path, monkeypatch, mapped, block):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    monkeypatch.setattr(checksums, "BLOCK", block)
    path = tmp_path / "data.json"
    write_records(path, random_records(900, high=31))
    folder, victim = opened(path).folder, 200
    rows, keeping = np.flatnonzero(opened(path).side == 30), tmp_path / "keeping"
    shutil.copytree(folder, keeping)
    first = checksums.CheckedFile(folder / "cells-30.arrow").chunk_starts[0] + victim * 1800
    for within in (0, 1, 900, 1798, 1799):
        shutil.copytree(keeping, folder, dirs_exist_ok=True)
        store = opened(path)
        store.gather(rows[: victim - 64])  # its neighbours, of one block or the next
        with (folder / "cells-30.arrow").open("r+b") as stream:
            stream.seek(first + within)
            byte = stream.read(1)[0]
            stream.seek(first + within)
            stream.write(bytes([byte ^ 1]))
        with pytest.raises(UserError, match=r"cells-30\.arrow: bytes [\d,]+ to [\d,]+ changed"):
            store.gather(rows[[5, victim, 5]])


def test_a_damaged_store_is_told_and_built_again_in_the_same_run(tmp_path, capsys):
    path = tmp_path / "data.json"
    write_records(path, random_records(8))
    index = opened(path).folder / "index-row.arrow"
    index.write_bytes(index.read_bytes().replace(b"\x00", b"\x01", 1))
    assert open_store(path).n_records == 8
    said = capsys.readouterr().err.splitlines()
    assert "index-row.arrow: bytes 0 to" in said[0]
    assert said[0].endswith("It is built anew now.")
    assert said[-1].startswith("store data.json: ")
    open_store(path)
    assert capsys.readouterr().err == ""
