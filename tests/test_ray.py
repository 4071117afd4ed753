"""`solve` and `generate` with workers=ray: the bytes of local workers, and nobody else's cluster touched."""

import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from neural_guide.harness.isolated_workers import run_isolated
from neural_guide.harness.ray_workers import RayPool
from neural_guide.runtime.ray_cluster import connect_to_ray
from support.ray_runs import NEEDS_RAY

SOLVE = ("solve", "prior=guide", "checkpoint={guide}", "limit=12", "budget.nodes=1500", "budget.seconds=600")
GENERATE = ("generate", "generate.samples=2400", "seed=7")
GUIDE = Path(__file__).parents[1] / "guides" / "default"
FILES = ("submission.json", "submission.csv")


def make_environment(**variables: str) -> dict[str, str]:
    """The environment without an address of a cluster, unless one is given."""
    return {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"} | variables


def start(folder: Path, *line: str, **variables: str) -> subprocess.Popen[str]:
    """A command in the background, in a process group of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", f"neural_guide.{line[0]}", *(word.format(guide=GUIDE) for word in line[1:])]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, cwd=folder, env=make_environment(**variables), start_new_session=True, **streams)


def run(folder: Path, *line: str, **variables: str) -> tuple[str, str]:
    """A command to its end; returns what it prints."""
    process = start(folder, *line, **variables)
    printed, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return printed, errors


def read_rows(folder: Path) -> list[dict[str, str]]:
    """The results without the time that each task took."""
    with (folder / "results.csv").open(newline="") as stream:
        return [row | {"seconds": ""} for row in csv.DictReader(stream)]


def read_report(folder: Path) -> list[str]:
    """The report without the command line and the times."""
    lines = (folder / "report.md").read_text().splitlines()
    return [re.sub(r"\d+\.\d{3}", "", line) for line in lines if "workers=" not in line]


def find_ray_processes() -> set[int]:
    """Processes of any cluster on this machine."""
    names = ("gcs_server", "raylet", "ray::", "default_worker.py", "log_monitor.py", "dashboard.py", "monitor.py")
    lines = {process.pid: " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])}
    return {number for number, line in lines.items() if any(name in line for name in names)}


def count_tasks(folder: Path) -> int:
    """Finished tasks in the journal of the only run below a folder."""
    journals = list(folder.glob("outputs/solve/*/journal.jsonl"))
    return journals[0].read_bytes().count(b"\n") - 1 if journals else 0


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Path:
    """A guided run on two processes of this machine."""
    folder = tmp_path_factory.mktemp("local")
    run(folder, *SOLVE, "workers=2", f"hydra.run.dir={folder / 'run'}")
    return folder / "run"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of a cluster that somebody else started, with two cores."""
    folder = Path("/tmp") / f"ray-test-{os.getpid()}"  # a path of a socket is short
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    options = (f"--port={port}", "--num-cpus=2", f"--temp-dir={folder}", "--include-dashboard=false")
    line = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", *options]
    variables = make_environment(RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0")
    process = subprocess.Popen(line, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while "Ray runtime started" not in process.stdout.readline():
        assert process.poll() is None, "the cluster of the test does not start"
    yield process, f"127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@NEEDS_RAY
def test_solving_on_ray_gives_the_bytes_of_local_workers(local, tmp_path):
    before = find_ray_processes()
    printed, errors = run(tmp_path, *SOLVE, "workers=ray", f"hydra.run.dir={tmp_path / 'run'}", HOME=str(tmp_path))
    assert read_rows(tmp_path / "run") == read_rows(local)
    assert read_report(tmp_path / "run") == read_report(local)
    for name in FILES:
        assert (tmp_path / "run" / name).read_bytes() == (local / name).read_bytes()
    assert "solving on Ray, in " in printed
    assert errors == ""
    assert not [line for line in printed.splitlines() if "raylet" in line or "Ray cluster" in line]
    assert not (tmp_path / ".ray").exists()
    assert find_ray_processes() <= before


@NEEDS_RAY
def test_interrupted_on_ray_it_ends_what_it_started_and_resumes_anywhere(local, tmp_path):
    before = find_ray_processes()
    process = start(tmp_path, *SOLVE, "workers=ray")
    while count_tasks(tmp_path) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (75, "Stopped by SIGINT.")
    assert "The same command resumes" in printed
    assert find_ray_processes() <= before
    (journal,) = tmp_path.glob("outputs/solve/*/journal.jsonl")
    assert "crashed" not in journal.read_text()
    printed, _ = run(tmp_path, *SOLVE, "workers=2")
    assert f"Resumes in {journal.parent}" in printed
    assert read_rows(journal.parent) == read_rows(local)


@pytest.fixture
def temporary():
    """A folder for what is temporary, with a path short enough for sockets."""
    folder = Path("/tmp") / f"ng-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@NEEDS_RAY
def test_interrupted_while_ray_starts_it_leaves_nothing(tmp_path, temporary):
    before = find_ray_processes()
    process = start(tmp_path, *GENERATE, "data.path=ray.json", "workers=ray", TMPDIR=str(temporary))
    while not find_ray_processes() - before:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (75, "Stopped by SIGINT.")
    assert find_ray_processes() <= before
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "ray.json").exists()


@NEEDS_RAY
def test_a_cluster_that_does_not_start_is_an_error_of_one_line(tmp_path, temporary):
    before = find_ray_processes()
    variables = {"TMPDIR": str(temporary), "RAY_gcs_server_port_wait_time_s": "0"}  # Ray gives its server no time
    process = start(tmp_path, *GENERATE, "data.path=ray.json", "workers=ray", **variables)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, len(errors.splitlines())) == (2, 1), errors
    assert "Ray does not start on this machine (" in errors
    assert find_ray_processes() <= before
    assert list(temporary.iterdir()) == []


@NEEDS_RAY
def test_an_existing_cluster_is_used_and_left_alone(cluster, local, tmp_path):
    """Solved and interrupted there, and generated there: the cluster still works."""
    server, address = cluster
    run(tmp_path / "whole", *SOLVE, "workers=ray", f"hydra.run.dir={tmp_path / 'run'}", RAY_ADDRESS=address)
    assert read_rows(tmp_path / "run") == read_rows(local)
    process = start(tmp_path / "stopped", *SOLVE, "workers=ray", RAY_ADDRESS=address)
    while count_tasks(tmp_path / "stopped") < 1:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (75, "Stopped by SIGTERM.")
    assert server.poll() is None
    run(tmp_path, *GENERATE, "data.path=ray.json", "workers=ray", RAY_ADDRESS=address)
    run(tmp_path, *GENERATE, "data.path=local.json", "generate.processes=2")
    assert (tmp_path / "ray.json").read_bytes() == (tmp_path / "local.json").read_bytes()
    assert server.poll() is None


def wait_the_first_time(folder: Path, job: int) -> int:
    """Answer a job; job 0 first notes its machine, and waits for the end of it."""
    import ray

    note = folder / "machine"
    if job == 0 and not note.exists():
        (folder / "part").write_text(ray.get_runtime_context().get_node_id())
        (folder / "part").rename(note)
        time.sleep(600)
    return 2 * job


def prepare_to_wait(folder: Path) -> partial[int]:
    return partial(wait_the_first_time, folder)


@NEEDS_RAY
def test_a_job_of_a_machine_that_left_is_done_on_another(tmp_path, monkeypatch):
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    machines = [cluster.add_node(num_cpus=1) for _ in range(2)]
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)

    def remove_machine():
        while not (tmp_path / "machine").exists():
            time.sleep(0.01)
        lost = (tmp_path / "machine").read_text()
        cluster.remove_node(next(machine for machine in machines if machine.node_id == lost), allow_graceful=False)

    remover = threading.Thread(target=remove_machine)
    remover.start()
    with connect_to_ray() as connected:
        answers = run_isolated(range(6), partial(prepare_to_wait, tmp_path), RayPool(connected), 300)
        assert dict(answers) == {job: 2 * job for job in range(6)}
    remover.join()
    cluster.shutdown()


@NEEDS_RAY
def test_a_cluster_starts_in_a_process_that_has_imported_ray():
    """Ray reads its variables when it is imported, that of the token too."""
    imports = "import ray; from neural_guide.runtime.ray_cluster import connect_to_ray as connect"
    program = [sys.executable, "-c", f"{imports}\nwith connect() as cluster: print(cluster.count_cores())"]
    ended = subprocess.run(program, env=make_environment(), capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stdout.strip().isdecimal()) == (0, True), ended.stderr


@NEEDS_RAY
def test_an_address_that_nobody_listens_at_is_refused_at_once(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    process = start(tmp_path, *GENERATE, "workers=ray", RAY_ADDRESS=address)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, len(errors.splitlines())) == (2, 1), errors
    assert f"RAY_ADDRESS={address}: no Ray cluster answers there" in errors


@pytest.mark.skipif(not NEEDS_RAY.args[0], reason="Ray is installed")
@pytest.mark.parametrize("line", ["solve workers=ray", "generate workers=ray", "generate generate.processes=ray"])
def test_without_ray_the_extra_is_named(line, tmp_path):
    process = start(tmp_path, *line.split())
    printed, errors = process.communicate(timeout=60)
    assert (process.returncode, len(errors.splitlines()), printed) == (2, 1, "")
    assert "pip install 'neural-guide[ray]'" in errors
    assert list(tmp_path.iterdir()) == []
