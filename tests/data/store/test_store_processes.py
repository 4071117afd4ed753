"""A store among processes and on folders that refuse: each does the right thing and says so."""

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
from support.record_strategies import sample, write
from support.stores import opened, random_records, tree

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


def process(path, steps=OPEN, start=True, **options):
    """Another process that has everything imported and then takes some steps with a store."""
    line = [sys.executable, "-c", BUILD % steps.replace("; ", "\n    "), str(path)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    started = subprocess.Popen(line, text=True, **pipes, **options)
    assert started.stdout.readline() == "ready\n", started.communicate()
    if start:
        go(started)
    return started


def go(started):
    started.stdin.write("\n")
    started.stdin.flush()


def ended(started):
    """Exit code, what it printed, what it told; it had a line of input to go on."""
    out, told = started.communicate("\n", timeout=60)
    return started.returncode, out, told


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "neural_guide"


def test_two_processes_build_one_store(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, random_records(3000))
    processes = [process(path, start=False) for _ in range(2)]
    for each in processes:
        go(each)
    codes, outputs, told = zip(*map(ended, processes), strict=True)
    assert codes == (0, 0), told
    assert outputs[0] == outputs[1] != ""
    assert sum(" bytes in " in each for each in told) == 1  # only one of them built
    assert len([entry for entry in find_store_folder(path).iterdir() if entry.is_dir()]) == 1


def test_who_waits_for_another_builder_says_so(tmp_path):
    path = write(tmp_path / "data.json", [sample()])
    find_store_folder(path).mkdir()
    with FileLock(find_store_folder(path) / "build.lock"):
        waiting = process(path)
        assert "store data.json: another process is working on it; waiting" in waiting.stderr.readline()
        assert waiting.poll() is None
    code, out, _ = ended(waiting)
    assert code == 0
    assert " 1 " in out


def in_the_middle_of_building(path):
    """A process that has written cells of 20,000 records and not finished."""
    write_records(path, random_records(20_000))
    started = process(path)
    deadline = time.monotonic() + 30
    while not list(find_store_folder(path).glob(".building-*/cells-*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    return started


def test_a_store_deleted_while_it_is_built_is_told(tmp_path):
    started = in_the_middle_of_building(tmp_path / "data.json")
    shutil.rmtree(find_store_folder(tmp_path / "data.json"))
    code, out, told = ended(started)
    assert (code, out) == (1, "")
    assert told.splitlines()[-1].endswith(
        "data.json.store was deleted while it was built. Run again: it is built anew."
    )
    assert "Traceback" not in told
    assert opened(tmp_path / "data.json").n_records == 20_000


def test_killed_build_leaves_nothing_half_made(tmp_path):
    path = tmp_path / "data.json"
    started = in_the_middle_of_building(path)
    os.kill(started.pid, signal.SIGKILL)
    started.communicate()
    assert list(find_store_folder(path).glob(".building-*"))  # it was in the middle of it
    assert not (find_store_folder(path) / "current.json").exists()
    store = opened(path)
    assert store.n_records == 20_000
    assert [entry for entry in find_store_folder(path).iterdir() if entry.is_dir()] == [store.folder]


def test_processes_that_compute_features_end_with_the_one_that_is_killed(tmp_path):
    """Only the first is killed, as by a machine that is out of memory."""
    path = tmp_path / "data.json"
    write_records(path, random_records(20_000))
    started = process(path, "store = open_store(sys.argv[1], progress=False); open_features(store, processes=2)")
    deadline = time.monotonic() + 30
    while len(others := psutil.Process(started.pid).children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(others) == 3  # two that compute, and Python's own that watches over what they share
    started.kill()
    assert not psutil.wait_procs(others, timeout=20)[1]
    started.communicate()


def test_a_dataset_replaced_under_a_run_leaves_the_run_its_store(tmp_path, capsys):
    path = write(tmp_path / "data.json", [sample(1, "a"), sample(2, "b")])
    running = process(path, KEEP)
    first = running.stdout.readline()
    assert running.stdout.readline() == "open\n"
    old = find_store_folder(path) / first.split()[0]
    write(path, [sample(3)])
    assert open_store(path).n_records == 1
    assert "the dataset changed since its store was built" in capsys.readouterr().err
    assert old.exists()  # another process may have files of it still to open
    assert ended(running)[:2] == (0, first)
    write(path, [sample(4)])
    assert opened(path).folder.exists()
    assert not old.exists()


def test_a_store_deleted_under_a_run_is_read_to_the_end(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, random_records(50, high=31))
    steps = KEEP.replace("; print('open'", "; features = open_features(store, processes=1); print('open'")
    running = process(path, steps + "; print(features[store.records_by_task().records].shape)")
    first = running.stdout.readline()
    assert running.stdout.readline() == "open\n"
    shutil.rmtree(find_store_folder(path))
    code, out, told = ended(running)
    assert (code, out) == (0, f"{first}(50, 18, {len(FEATURES)})\n"), told


def test_a_store_deleted_before_its_features_are_computed_is_named(tmp_path, cache):
    path = tmp_path / "data.json"
    write_records(path, random_records(4))
    store = opened(path)
    shutil.rmtree(find_store_folder(path))
    with pytest.raises(UserError, match=r"was deleted while it was in use\. Run again"):
        open_features(store, progress=False)


READ_ONLY = """import os; from neural_guide.features.grid_comparison import compile_kernels; compile_kernels(); \
nobody = 65534; \
os.getuid() or (os.setegid(nobody), os.seteuid(nobody)); \
store = open_store(sys.argv[1]); print(*gathered()); print(open_features(store, processes=1)[store.task_of].shape)"""


def test_a_folder_that_cannot_be_written_to_has_its_store_in_the_users_cache():
    """As a user without rights: for root, permissions mean nothing until it becomes somebody else."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data, cache = Path(folder) / "data", Path(folder) / "cache"
        data.mkdir()
        cache.mkdir()
        cache.chmod(0o777)
        write_records(data / "mine.json", random_records(20))
        data.chmod(0o555)
        environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
        code, out, told = ended(process(data / "mine.json", READ_ONLY, env=environment))
        assert code == 0, told
        assert f"{data}/mine.json.store cannot be written to (Permission denied). Prepared data of" in told
        assert f"is kept in {cache}/neural_guide/mine.json-" in told
        assert tree(data) == ["mine.json"]
        again = ended(process(data / "mine.json", READ_ONLY, env=environment))
        assert again == (0, out, "")
        data.chmod(0o755)
        opened(data / "mine.json")  # an owner with rights builds it beside the data, readable by all
        data.chmod(0o555)
        shutil.rmtree(cache / "neural_guide")
        code, out_beside, told = ended(process(data / "mine.json", READ_ONLY, env=environment))
        assert (code, out_beside) == (0, out)
        assert "mine.json" not in tree(cache)[-1]  # features alone are kept apart
        assert "Executed features of" in told
        data.chmod(0o755)


def test_a_place_that_is_taken_or_refused_is_told(tmp_path, cache, capsys):
    path = write(tmp_path / "data.json", [sample()])
    (tmp_path / "data.json.store").touch()
    assert open_store(path).folder.is_relative_to(cache)
    assert "data.json.store cannot be written to (File exists)" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"/proc/stores/.* cannot be written to .* data.store_dir=FOLDER") as refused:
        opened(path, store_dir="/proc/stores")
    assert "\n" not in str(refused.value)


def test_datasets_of_one_name_do_not_meet_in_a_chosen_folder(tmp_path):
    paths = []
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        paths.append(write(tmp_path / str(number) / "data.json", [sample(number)]))
    stores = [opened(path, store_dir=str(tmp_path / "stores")) for path in paths]
    assert [int(store.grids(0)[0][0, 0]) for store in stores] == [0, 1, 2]
    assert tree(tmp_path / "0") == ["data.json"]
    assert opened(paths[0], store_dir=str(tmp_path / "stores")).folder == stores[0].folder


def test_a_glob_and_a_url_have_stores(tmp_path, cache, capsys):
    for number in range(2):
        write(tmp_path / f"part{number}.json", [sample(number, f"t{number}")])
    assert open_store(tmp_path / "part*.json").n_records == 2
    write(tmp_path / "part2.json", [sample(2, "t2")])
    assert open_store(str(tmp_path / "part*.json")).n_records == 3
    assert "changed since its store was built" in capsys.readouterr().err
    with fsspec.open("memory://bucket/data.json", "w") as stream:
        json.dump([sample(7)], stream)
    store = open_store("memory://bucket/data.json")
    assert store.grids(0)[0][0, 0] == 7
    assert store.folder.is_relative_to(cache)
    assert f"Prepared data of memory://bucket/data.json is kept in {cache}" in capsys.readouterr().err
    assert open_store("memory://bucket/data.json").folder == store.folder


LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))"


def test_a_disk_that_fills_up_while_a_store_is_built_is_told(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, random_records(3000, high=31))
    code, out, told = ended(process(path, f"{LIMIT}; {OPEN}"))
    assert (code, out) == (1, "")
    assert f"{find_store_folder(path)}: file too large. store data.json takes at least " in told
    assert "MiB are free there; nothing half-made is left" in told
    assert "data.store_dir=FOLDER" in told
    assert "Traceback" not in told
    assert tree(find_store_folder(path)) == ["build.lock"]


def test_a_disk_that_fills_up_while_features_are_computed_is_told(tmp_path):
    path = tmp_path / "data.json"
    write_records(path, random_records(4000, high=4))
    steps = "store = open_store(sys.argv[1], progress=False); " + LIMIT + "; open_features(store, processes=1)"
    code, _, told = ended(process(path, steps))
    assert code == 1
    assert "file too large. features takes at least 1.6 MiB" in told
    assert "Traceback" not in told
    store = opened(path)
    assert not [name for name in tree(store.folder) if "features" in name]
    assert len(store.gather(np.arange(store.n_records))[0]) == store.n_records
