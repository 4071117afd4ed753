"""Stores shared by processes, in folders that cannot be written to, and on full disks."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fsspec
import numpy as np
import psutil
import pytest
from filelock import FileLock

from neural_guide.data.format.records import write_records
from neural_guide.data.store.feature_cache import open_features
from neural_guide.data.store.store import find_store_folder, open_store
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from support.record_strategies import make_record, write_values
from support.stores import list_files, make_records, open_quietly

BUILD = """
import sys
from neural_guide.errors import UserError
from neural_guide.data.store.store import open_store
from neural_guide.data.store.feature_cache import open_features
def gathered():
    return store.folder.name, store.n_records, int(store.gather(store.records_by_task().records)[0].sum())
print("ready", flush=True)
sys.stdin.readline()
try:
    %s
except UserError as error:
    sys.exit(str(error))
"""
OPEN = "store = open_store(sys.argv[1]); print(*gathered())"
KEEP = f"{OPEN}; print('open', flush=True); sys.stdin.readline(); print(*gathered())"


def start_process(path, steps=OPEN, start=True, **options):
    """Start a process that has imported everything; it then takes some steps with a store."""
    line = [sys.executable, "-c", BUILD % steps.replace("; ", "\n    "), str(path)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen(line, text=True, **pipes, **options)
    assert process.stdout.readline() == "ready\n", process.communicate()
    if start:
        send_line(process)
    return process


def send_line(process):
    process.stdin.write("\n")
    process.stdin.flush()


def finish(process):
    """Send a line, wait for the end; return exit code, standard output and standard error."""
    out, err = process.communicate("\n", timeout=60)
    return process.returncode, out, err


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "neural_guide"


def test_two_processes_build_one_store(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, make_records(3000))
    processes = [start_process(path, start=False) for _ in range(2)]
    for process in processes:
        send_line(process)
    codes, outputs, errors = zip(*map(finish, processes), strict=True)
    assert codes == (0, 0), errors
    assert outputs[0] == outputs[1] != ""
    assert sum(" bytes in " in text for text in errors) == 1  # only one of them built
    assert len([entry for entry in find_store_folder(path).iterdir() if entry.is_dir()]) == 1


def test_waiting_for_another_builder_is_printed(tmp_path):
    path = write_values(tmp_path / "data.json", [make_record()])
    find_store_folder(path).mkdir()
    with FileLock(find_store_folder(path) / "build.lock"):
        waiting = start_process(path)
        assert "store data.json: another process is working on it; waiting" in waiting.stderr.readline()
        assert waiting.poll() is None
    code, out, _ = finish(waiting)
    assert code == 0
    assert " 1 " in out


def start_build(path):
    """Start a process; return it while it writes the cells of 20,000 records."""
    write_records(path, make_records(20_000))
    process = start_process(path)
    deadline = time.monotonic() + 30
    while not list(find_store_folder(path).glob(".*.part/new/cells-*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    return process


def test_a_store_deleted_while_it_is_built_is_reported(tmp_path):
    process = start_build(tmp_path / "data.json")
    shutil.rmtree(find_store_folder(tmp_path / "data.json"))
    code, out, err = finish(process)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].endswith("data.json.store was deleted while it was built. Run again: it is built anew.")
    assert "Traceback" not in err
    assert open_quietly(tmp_path / "data.json").n_records == 20_000


def test_killed_build_leaves_nothing_half_made(tmp_path):
    path = tmp_path / "data.json"
    process = start_build(path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert list(find_store_folder(path).glob(".*.part"))  # it was in the middle of it
    assert not (find_store_folder(path) / "current.json").exists()
    store = open_quietly(path)
    assert store.n_records == 20_000
    assert [entry for entry in find_store_folder(path).iterdir() if entry.is_dir()] == [store.folder]


def test_feature_workers_end_when_their_parent_is_killed(tmp_path):
    """Only the parent is killed, as by a machine that is out of memory."""
    path = tmp_path / "data.json"
    write_records(path, make_records(20_000))
    process = start_process(path, "store = open_store(sys.argv[1], progress=False); open_features(store, processes=2)")
    deadline = time.monotonic() + 30
    while len(children := psutil.Process(process.pid).children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(children) == 3  # two workers, and Python's resource tracker
    process.kill()
    assert not psutil.wait_procs(children, timeout=20)[1]
    process.communicate()


def test_a_process_keeps_its_store_when_the_dataset_is_replaced(tmp_path, capsys):
    path = write_values(tmp_path / "data.json", [make_record(1, "a"), make_record(2, "b")])
    running = start_process(path, KEEP)
    first = running.stdout.readline()
    assert running.stdout.readline() == "open\n"
    old = find_store_folder(path) / first.split()[0]
    write_values(path, [make_record(3)])
    assert open_store(path).n_records == 1
    assert "the dataset changed since its store was built" in capsys.readouterr().err
    assert old.exists()  # another process may still have to open files of it
    assert finish(running)[:2] == (0, first)
    write_values(path, [make_record(4)])
    assert open_quietly(path).folder.exists()
    assert not old.exists()


def test_a_store_deleted_while_open_is_read_to_the_end(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, make_records(50, high=31))
    steps = KEEP.replace("; print('open'", "; features = open_features(store, processes=1); print('open'")
    running = start_process(path, steps + "; print(features[store.records_by_task().records].shape)")
    first = running.stdout.readline()
    assert running.stdout.readline() == "open\n"
    shutil.rmtree(find_store_folder(path))
    code, out, err = finish(running)
    assert (code, out) == (0, f"{first}(50, 18, {len(FEATURES)})\n"), err


def test_a_store_deleted_before_its_features_is_reported(tmp_path, cache):
    path = tmp_path / "data.json"
    write_records(path, make_records(4))
    store = open_quietly(path)
    shutil.rmtree(find_store_folder(path))
    with pytest.raises(UserError, match=r"was deleted while it was in use\. Run again"):
        open_features(store, progress=False)


READ_ONLY = """import os; from neural_guide.features.grid_comparison import compile_kernels; compile_kernels(); \
nobody = 65534; \
os.getuid() or (os.setegid(nobody), os.seteuid(nobody)); \
store = open_store(sys.argv[1]); print(*gathered()); print(open_features(store, processes=1)[store.task_of].shape)"""


def test_the_store_of_a_read_only_folder_is_in_the_users_cache():
    """The process becomes a user without rights, since root ignores permissions."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data, cache = Path(folder) / "data", Path(folder) / "cache"
        data.mkdir()
        cache.mkdir()
        cache.chmod(0o777)
        write_records(data / "mine.json", make_records(20))
        data.chmod(0o555)
        environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
        code, out, err = finish(start_process(data / "mine.json", READ_ONLY, env=environment))
        assert code == 0, err
        assert f"{data}/mine.json.store cannot be written to (Permission denied). Prepared data of" in err
        assert f"is kept in {cache}/neural_guide/mine.json-" in err
        assert list_files(data) == ["mine.json"]
        again = finish(start_process(data / "mine.json", READ_ONLY, env=environment))
        assert again == (0, out, "")
        data.chmod(0o755)
        open_quietly(data / "mine.json")  # a user with rights builds it beside the data, readable by all
        data.chmod(0o555)
        shutil.rmtree(cache / "neural_guide")
        code, out_beside, err = finish(start_process(data / "mine.json", READ_ONLY, env=environment))
        assert (code, out_beside) == (0, out)
        assert "mine.json" not in list_files(cache)[-1]  # only the features are in the cache
        assert "Executed features of" in err
        data.chmod(0o755)


def test_a_location_that_is_taken_or_refused_is_reported(tmp_path, cache, capsys):
    path = write_values(tmp_path / "data.json", [make_record()])
    (tmp_path / "data.json.store").touch()
    assert open_store(path).folder.is_relative_to(cache)
    assert "data.json.store cannot be written to (File exists)" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"/proc/stores/.* cannot be written to .* data.store_dir=FOLDER") as refused:
        open_quietly(path, store_dir="/proc/stores")
    assert "\n" not in str(refused.value)


def test_datasets_of_one_name_have_separate_stores_in_a_chosen_folder(tmp_path):
    paths = []
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        paths.append(write_values(tmp_path / str(number) / "data.json", [make_record(number)]))
    stores = [open_quietly(path, store_dir=str(tmp_path / "stores")) for path in paths]
    assert [int(store.grids(0)[0][0, 0]) for store in stores] == [0, 1, 2]
    assert list_files(tmp_path / "0") == ["data.json"]
    assert open_quietly(paths[0], store_dir=str(tmp_path / "stores")).folder == stores[0].folder


def test_a_glob_and_a_url_have_stores(tmp_path, cache, capsys):
    for number in range(2):
        write_values(tmp_path / f"part{number}.json", [make_record(number, f"t{number}")])
    assert open_store(tmp_path / "part*.json").n_records == 2
    write_values(tmp_path / "part2.json", [make_record(2, "t2")])
    assert open_store(str(tmp_path / "part*.json")).n_records == 3
    assert "changed since its store was built" in capsys.readouterr().err
    with fsspec.open("memory://bucket/data.json", "w") as stream:
        json.dump([make_record(7)], stream)
    store = open_store("memory://bucket/data.json")
    assert store.grids(0)[0][0, 0] == 7
    assert store.folder.is_relative_to(cache)
    assert f"Prepared data of memory://bucket/data.json is kept in {cache}" in capsys.readouterr().err
    assert open_store("memory://bucket/data.json").folder == store.folder


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))"


def test_a_disk_full_while_a_store_is_built_is_reported(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, make_records(3000, high=31))
    code, out, err = finish(start_process(path, f"{LIMIT}; {OPEN}"))
    assert (code, out) == (1, "")
    assert f"{find_store_folder(path)} cannot be written to: file too large (" in err
    assert "MiB free there, store data.json takes at least " in err
    assert "nothing half-made is left" in err
    assert "data.store_dir=FOLDER" in err
    assert "Traceback" not in err
    assert not find_store_folder(path).exists()


def test_a_disk_full_while_features_are_computed_is_reported(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, make_records(4000, high=4))
    steps = "store = open_store(sys.argv[1], progress=False); " + LIMIT + "; open_features(store, processes=1)"
    code, _, err = finish(start_process(path, steps))
    assert code == 1
    assert "cannot be written to: file too large (" in err
    assert "features takes at least 1.6 MiB" in err
    assert "Traceback" not in err
    store = open_quietly(path)
    assert not [name for name in list_files(store.folder) if "features" in name]
    assert len(store.gather(np.arange(store.n_records))[0]) == store.n_records
