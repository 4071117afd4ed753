import json
import re
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_guide.arc.grid import PAD
from neural_guide.data.format.records import Record, write_records
from neural_guide.data.store import arrow_rows, build, feature_cache, padded_cells, staging
from neural_guide.data.store.feature_cache import open_features
from neural_guide.data.store.locations import BUILD_LOCK
from neural_guide.data.store.store import find_store_folder, open_store
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES, compute_executed_features
from support.record_strategies import are_equal, make_record, records_of_tasks, write_values
from support.stores import list_files, make_records, open_quietly

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
FOREIGN = ("zeta", "alpha", "mid")


@in_one_folder
@given(records_of_tasks(), st.integers(1, 5))
def test_store_holds_what_the_file_holds(tmp_path, monkeypatch, written, chunk_rows):
    monkeypatch.setattr(padded_cells, "CHUNK_ROWS", chunk_rows)  # rows lie in many chunks
    monkeypatch.setattr(staging, "BUFFER_ROWS", chunk_rows)
    monkeypatch.setattr(build, "BATCH_TASKS", chunk_rows)
    path = tmp_path / "data.json"
    write_records(path, written)
    store = open_quietly(path)
    assert store.vocabulary == V2
    assert store.n_records == len(store) == len(written)
    ids = list(dict.fromkeys(record.task_id for record in written))
    assert [store.task_id(task) for task in range(store.n_tasks)] == ids
    programs = store.programs()
    for number, record in enumerate(written):
        task = int(store.task_of[number])
        stored = Record(
            *store.grids(number),
            programs[task],
            float(store.quality[number]),
            record.complexity,
            store.task_id(task),
        )
        assert are_equal(stored, record)
        assert store.complexity[number] == np.float32(record.complexity)
        largest = max(*record.input.shape, *record.output.shape)
        assert store.side[number] == min(side for side in (10, 15, 20, 30) if side >= largest)
    for task, program in enumerate(programs):
        assert np.array_equal(store.labels[task], V2.encode_labels(program))
    same_key = store.input_key[:, None] == store.input_key[None]
    same_input = [[np.array_equal(one.input, other.input) for other in written] for one in written]
    assert np.array_equal(same_key, same_input)


@in_one_folder
@given(records_of_tasks(), st.booleans(), st.data())
def test_gather_pads_and_groups_equal_a_plain_loop(tmp_path, monkeypatch, written, mapped, data):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 1 << 30 if mapped else 0)
    monkeypatch.setattr(padded_cells, "CHUNK_ROWS", 3)
    path = tmp_path / "data.json"
    write_records(path, written)
    store = open_quietly(path)
    selected = np.array(data.draw(st.lists(st.integers(0, len(written) - 1), max_size=9)), np.int64)
    largest = int(store.side[selected].max()) if selected.size else 10
    for side in {None, largest, 30}:
        inputs, outputs = store.gather(selected, side)
        assert inputs.dtype == outputs.dtype == np.uint8
        assert inputs.shape == outputs.shape == (len(selected), side or largest, side or largest)
        for canvases, name in ((inputs, "input"), (outputs, "output")):
            for canvas, number in zip(canvases, selected, strict=True):
                grid = getattr(written[number], name)
                expected = np.full_like(canvas, PAD)
                expected[: grid.shape[0], : grid.shape[1]] = grid
                assert np.array_equal(canvas, expected)
    table = np.full((len(selected), 3), -1)
    table[:, 1] = selected
    with_gaps = store.gather(table)
    for canvases, plain in zip(with_gaps, store.gather(selected), strict=True):
        assert canvases.shape == (len(selected), 3, largest, largest)
        assert np.array_equal(canvases[:, 1], plain)
        assert (canvases[:, [0, 2]] == PAD).all()
    threshold = data.draw(st.floats(0, 1))
    for mask in (None, store.quality >= threshold):
        offsets, records, tasks = store.records_by_task(mask)
        expected = {}
        for number, record in enumerate(written):
            if mask is None or np.float32(record.quality) >= threshold:
                expected.setdefault(int(store.task_of[number]), []).append(number)
        grouped = {int(task): records[offsets[group] : offsets[group + 1]].tolist() for group, task in enumerate(tasks)}
        assert grouped == expected
        assert tasks.tolist() == sorted(expected)


def test_the_same_cells_in_another_shape_have_another_key(tmp_path):
    values = [make_record(input=grid) for grid in ([[1, 2, 3, 4]], [[1, 2], [3, 4]], [[1], [2], [3], [4]])]
    assert len(set(open_quietly(write_values(tmp_path / "data.json", values)).input_key.tolist())) == 3


def test_gather_refuses_a_canvas_that_is_too_small(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record(input=[[0] * 16])])
    with pytest.raises(ValueError, match="size class 20 do not fit on 15"):
        open_quietly(path).gather(np.array([0]), 15)


def test_foreign_names_are_the_vocabulary_sorted(tmp_path):
    values = [make_record(task=name, primitives=[name, "rot90"]) for name in FOREIGN]
    store = open_quietly(write_values(tmp_path / "data.json", values, indent=1))
    assert store.vocabulary.names == ("alpha", "mid", "rot90", "zeta")
    assert not store.has_programs
    assert store.labels.tolist() == [[False, False, True, True], [True, False, True, False], [False, True, True, False]]
    with pytest.raises(ValueError, match="can be executed"):
        open_features(store, progress=False)


def test_records_with_other_labels_than_their_task_are_set_aside(tmp_path):
    values = [make_record(number, f"t{number % 50}", primitives=["a", "b"]) for number in range(150)]
    values[70]["primitives"] = ["b", "a"]  # the same labels
    values[120]["primitives"] = ["a"]
    store = open_quietly(write_values(tmp_path / "data.json", values))
    assert store.n_records == 149
    assert store.n_tasks == 50
    assert (store.labels).all()
    assert "1 of 150 records set aside" in store.violations.summarize()
    assert "record 120, byte" in store.violations.summarize()
    assert 'first record of task "t20"' in store.violations.summarize()
    assert [int(store.grids(number)[0][0, 0]) for number in (119, 120)] == [9, 1]


def test_share_of_bad_records_is_checked_on_every_opening(tmp_path):
    path = write_values(
        tmp_path / "data.json", [make_record(number) for number in range(98)] + [make_record(quality=2)] * 2
    )
    for _ in range(2):
        with pytest.raises(UserError, match=r"2 of 100 records set aside.* limit is 1\.00%"):
            open_quietly(path)
    assert open_quietly(path, bad_record_limit=0.02).n_records == 98


def test_file_without_a_good_record_leaves_no_store(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record(quality=2)])
    with pytest.raises(UserError, match="No record is left"):
        open_quietly(path, bad_record_limit=1)
    assert list(tmp_path.iterdir()) == [path]


def test_damaged_file_leaves_no_store(tmp_path):
    path = tmp_path / "data.json"
    path.write_text(json.dumps([make_record()] * 3)[:-5])
    with pytest.raises(UserError, match="cut off"):
        open_quietly(path)
    assert list(tmp_path.iterdir()) == [path]


def test_process_that_waited_for_a_refused_dataset_is_refused_too(tmp_path):
    path = tmp_path / "data.json"
    path.write_text("<html></html>")
    root = find_store_folder(path)
    messages: list[str] = []

    def open_and_note() -> None:
        with pytest.raises(UserError) as refused:
            open_quietly(path)
        messages.append(str(refused.value))

    root.mkdir()
    with FileLock(root / BUILD_LOCK):
        waiting = [threading.Thread(target=open_and_note) for _ in range(2)]
        for thread in waiting:
            thread.start()
        time.sleep(0.2)  # both wait now
    for thread in waiting:
        thread.join()
    assert ["is an HTML page" in message for message in messages] == [True, True], messages
    assert list(tmp_path.iterdir()) == [path]


def test_missing_dataset_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(UserError, match=r"python -m neural_guide\.generate"):
        open_quietly(tmp_path / "data.json")
    assert list(tmp_path.iterdir()) == []


def test_store_is_built_once_and_again_when_the_dataset_changes(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record(1)])
    first = open_quietly(path)
    stamp = (first.folder / "meta.json").stat().st_mtime_ns
    assert open_quietly(path).folder == first.folder
    assert (first.folder / "meta.json").stat().st_mtime_ns == stamp
    path.touch()  # a new date, the same content
    assert open_quietly(path).folder == first.folder
    assert (first.folder / "meta.json").stat().st_mtime_ns == stamp
    write_values(path, [make_record(2)])  # the same size
    second = open_quietly(path)
    assert second.grids(0)[0][0, 0] == 2
    assert second.folder != first.folder
    assert first.grids(0)[0][0, 0] == 1  # a process that has it open keeps it
    unused = first.folder
    assert unused.exists()
    del first
    write_values(path, [make_record(3)])
    assert open_quietly(path).grids(0)[0][0, 0] == 3
    assert not unused.exists()


def test_memory_of_an_epoch_does_not_grow_with_a_large_store(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 8 << 20)
    path = tmp_path / "data.json"
    write_records(path, make_records(20_000, high=31))
    store = open_quietly(path)
    assert sum(file.stat().st_size for file in store.folder.glob("cells-*")) > 20 << 20
    order = np.random.default_rng(0).permutation(store.n_records).reshape(-1, 250)
    before = psutil.Process().memory_info().rss
    for records in order:
        store.gather(records)
    assert psutil.Process().memory_info().rss - before < 8 << 20


@pytest.mark.parametrize("name", ["meta.json", "index-row.arrow", "tasks.arrow", "cells-10.arrow"])
@pytest.mark.parametrize("damage", ["removed", "cut"])
def test_damaged_store_is_built_again(tmp_path, name, damage):
    path = write_values(tmp_path / "data.json", [make_record(1)])
    file = open_quietly(path).folder / name
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:50])
    assert open_quietly(path).grids(0)[0][0, 0] == 1


def test_two_datasets_of_one_stem_have_a_store_each(tmp_path):
    array = write_values(tmp_path / "data.json", [make_record(1)])
    lines = write_values(tmp_path / "data.jsonl", make_record(2))
    assert open_quietly(array).grids(0)[0][0, 0] == 1
    assert open_quietly(lines).grids(0)[0][0, 0] == 2
    assert find_store_folder(array) != find_store_folder(lines)


def test_build_prints_one_line_without_a_terminal(tmp_path, capsys):
    path = write_values(tmp_path / "data.json", [make_record()])
    open_store(path)
    open_store(path)
    output = capsys.readouterr()
    assert output.out == ""
    assert re.fullmatch(r"store data\.json: \d+ bytes in \d+\.\d s\n", output.err)


@pytest.mark.parametrize("processes", [1, 2])
def test_features_are_those_of_each_record(tmp_path, monkeypatch, processes):
    path = tmp_path / "data.json"
    written = make_records(600, program=("rot90", "vmirror"))
    write_records(path, written)
    store = open_quietly(path)
    features = open_features(store, processes=processes, progress=False)
    assert features.shape == (600, 1 + len(V2), len(FEATURES))
    everything = features[np.arange(600)]
    assert everything.dtype == np.uint8
    primitives = [PRIMITIVES[name] for name in V2.names]
    for number in range(0, 600, 7):
        expected = compute_executed_features(written[number].input, written[number].output, primitives)
        assert np.array_equal(everything[number], expected)
    monkeypatch.setattr(feature_cache, "_compute", None)  # the second time nothing is computed
    monkeypatch.setattr(arrow_rows, "MAPPED_BYTES", 0)
    again = open_features(store, processes=processes, progress=False)
    order = np.random.default_rng(0).permutation(600)
    assert np.array_equal(again[order], everything[order])
    names = [name for name in list_files(store.folder) if "features" in name]
    assert sorted(Path(name).suffix for name in names) == [".arrow", ".sums"]
