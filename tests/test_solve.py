"""The solve command as people meet it: what it writes, how it is stopped and goes on, what it refuses."""

import csv
import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from neural_guide.app.command import start
from neural_guide.arc.collections import load_tasks
from neural_guide.arc.submission_csv_rules import list_csv_violations
from neural_guide.arc.submission_json_rules import list_json_violations
from neural_guide.arc.task_files import open_tasks
from neural_guide.config import SURFACE
from neural_guide.solve import solve
from support.commands import RunningCommand, command

COLUMNS = [
    *("task", "solved", "attempts", "program", "nodes", "seconds", "reason", "outputs", "solved_outputs"),
    *("confidence_1", "confidence_2"),
]
TASKS = 24
UNGUIDED = ("dsl=v2", "prior=uniform")
LINE = (*UNGUIDED, f"limit={TASKS}", "budget.nodes=2000", "budget.seconds=600")
JOURNAL = "journal.jsonl"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as opened:
        return list(csv.DictReader(opened))


def timeless(folder: Path) -> list[dict[str, str]]:
    """What every run of the same must give."""
    return [row | {"seconds": ""} for row in rows_of(folder)]


def searched(journal: Path) -> list[str]:
    """Tasks in a journal, as often as they stand there."""
    return [json.loads(line)["task"] for line in journal.read_text().splitlines()[1:]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A run that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    ended = command("solve", *LINE, "workers=2", f"hydra.run.dir={folder}")
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) < 60
    assert f"{TASKS} of {TASKS} tasks" in ended.stdout
    assert "More tasks are solved in the vocabulary wide" in ended.stdout
    return folder


def test_results_name_every_task_and_its_reason(whole):
    rows = rows_of(whole)
    assert list(rows[0]) == COLUMNS
    assert len({row["task"] for row in rows}) == TASKS
    known = {arc.task.task_id for arc in load_tasks("arc1-training")}
    assert {row["task"] for row in rows} <= known
    solved = [row for row in rows if row["solved"] == "yes"]
    assert solved
    assert all(row["program"] and not row["reason"] and int(row["nodes"]) <= 2000 for row in solved)
    assert all(row["reason"] for row in rows if row["solved"] == "no")


def test_outputs_are_counted_one_by_one(whole):
    with (whole / "outputs.csv").open(newline="") as file:
        outputs = list(csv.DictReader(file))
    for row in rows_of(whole):
        own = [output for output in outputs if output["task"] == row["task"]]
        assert [int(output["output"]) for output in own] == list(range(1, int(row["outputs"]) + 1))
        solved = [output for output in own if output["solved"] == "yes"]
        assert len(solved) == int(row["solved_outputs"])
        assert (len(solved) == len(own)) == (row["solved"] == "yes")
        assert all(output["right_attempt"] in ("1", "2") and output["family"] for output in solved)
    total = sum(output["solved"] == "yes" for output in outputs)
    assert f"{total} of {len(outputs)} outputs" in (whole / "report.md").read_text()


def test_every_attempt_has_a_stated_confidence(whole):
    for row in rows_of(whole):
        stated = [float(row[name]) for name in COLUMNS[-2:] if row[name]]
        assert len(stated) == int(row["attempts"])
        assert all(0 < chance < 1 for chance in stated)
        assert sum(stated) < 1
    assert "How far to trust an attempt" in (whole / "report.md").read_text()


def test_the_wide_vocabulary_needs_no_guide(typed, tmp_path):
    line = (
        "task=d23f8c26",
        "prior=uniform",
        "search.units=false",
        "budget.nodes=1500",
        "workers=1",
        f"hydra.run.dir={tmp_path / 'run'}",
    )
    code, output = typed(*line)
    assert (code, "Shipped guide" in output, "More tasks" in output) == (0, False, False)
    (row,) = rows_of(tmp_path / "run")
    assert row["solved"] == "yes"
    assert "cut_left_right" in row["program"]
    assert any((tmp_path / "run" / "figures").iterdir())


def test_submissions_are_complete_and_right_where_solved(whole):
    arcs = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}
    rows = rows_of(whole)
    tasks = [arc.task for arc in arcs.values()]  # all, whatever was chosen: a competition takes no file with a hole
    text = (whole / "submission.json").read_text()
    assert list_json_violations(text, tasks) == []
    assert list_csv_violations((whole / "submission.csv").read_bytes(), tasks) == []
    submission = json.loads(text)
    for row in rows:
        answers = [answer.tolist() for answer in arcs[row["task"]].answers]
        right = all(answer in two.values() for answer, two in zip(answers, submission[row["task"]], strict=True))
        assert right == (row["solved"] == "yes")


def test_every_link_of_the_report_is_a_file(whole):
    report = (whole / "report.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", report)
    assert {"results.csv", "submission.json", "submission.csv", "config.yaml"} <= set(links)
    assert any(link.startswith("figures/solved_") for link in links)
    assert [link for link in links if not (whole / link).is_file()] == []
    assert "limit=24 budget.nodes=2000" in report
    assert "checkpoint" not in report


def test_a_finished_run_stays_as_it_is(whole, typed):
    def content():
        return {path: path.read_bytes() for path in whole.rglob("*") if path.is_file() and ".hydra" not in path.parts}

    kept = content()
    code, output = typed(*LINE, f"hydra.run.dir={whole}")
    assert (code, "is finished; there is nothing to resume" in output) == (0, True)
    code, output = typed(*LINE, "search.uniform_mixing=0.2", f"hydra.run.dir={whole}")
    assert (code, "other settings" in output) == (2, True)
    code, output = typed(*LINE, "resume=never", f"hydra.run.dir={whole}")
    assert (code, "holds a run already" in output) == (2, True)
    assert content() == kept


def begin(place: Path, *overrides: str) -> RunningCommand:
    """Start the command in the background, typed in a folder of its own; its run's folder is the default."""
    return RunningCommand("solve", *LINE, *overrides, folder=place, prepare=os.setsid)


def wait_for_tasks(place: Path, count: int, process: RunningCommand) -> Path:
    """The journal, as soon as it has so many finished tasks."""
    while True:
        journals = list(place.glob(f"outputs/solve/*/{JOURNAL}"))
        if journals and journals[0].read_bytes().count(b"\n") > count:
            return journals[0]
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_stopped_and_killed_it_goes_on_and_ends_as_if_it_never_was(whole, tmp_path):
    """Ctrl-C; a kill that only the parent feels; SIGTERM to all, as `timeout` sends it; at last one worker, not two."""
    folders, finished = [], 0
    for number, send in ((signal.SIGINT, os.killpg), (signal.SIGKILL, os.kill), (signal.SIGTERM, os.killpg)):
        process = begin(tmp_path, "workers=2")
        journal = wait_for_tasks(tmp_path, finished + 2, process)
        workers = psutil.Process(process.pid).children(recursive=True)
        asked = time.monotonic()
        send(process.pid, number)
        output, errors = process.communicate(timeout=60)  # ends only when every process has closed its output
        assert time.monotonic() - asked < 30
        assert psutil.wait_procs(workers, timeout=30)[1] == []
        if number == signal.SIGKILL:
            assert (process.returncode, errors) == (-signal.SIGKILL, "")
        else:
            assert (process.returncode, errors.strip()) == (75, f"Stopped by {number.name}.")
            assert f"of {TASKS} tasks are finished and kept in {journal.parent}. The same command resumes" in output
        folders.append(journal.parent)
        assert len(searched(journal)) >= finished + 2
        finished = len(searched(journal))

    last = begin(tmp_path, "workers=1")
    output, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors
    assert f"{finished} of {TASKS} tasks were finished before" in output
    assert [path.name for path in tmp_path.glob("outputs/solve/*")] == [journal.parent.name]
    assert sorted(searched(journal)) == sorted(row["task"] for row in rows_of(whole))  # each once
    assert timeless(journal.parent) == timeless(whole)
    for name in ("submission.json", "submission.csv"):
        assert (journal.parent / name).read_bytes() == (whole / name).read_bytes()


def test_never_begins_anew_where_a_run_was_stopped(whole, typed, tmp_path):
    stopped = tmp_path / "outputs" / "solve" / "stopped"
    stopped.mkdir(parents=True)
    lines = (whole / JOURNAL).read_bytes().splitlines(keepends=True)
    (stopped / JOURNAL).write_bytes(b"".join(lines[:-1]))
    code, output = typed(*LINE, "workers=1", "resume=never", "task=bb43febb")
    assert (code, "Goes on" in output) == (0, False), output
    code, output = typed(*LINE, "workers=1")
    assert (code, f"Resumes in {stopped}" in output) == (0, True), output
    assert timeless(stopped) == timeless(whole)


@pytest.fixture(scope="module")
def folder_of_tasks(tmp_path_factory) -> Path:
    """Tasks as a competition has them: without outputs. The first is a mirror, with two tests; `broken` is none."""
    folder = tmp_path_factory.mktemp("tasks")
    mirror = {
        "train": [{"input": [[1, 1, 2]], "output": [[2, 1, 1]]}, {"input": [[4, 5, 5]], "output": [[5, 5, 4]]}],
        "test": [{"input": [[7, 8, 9]]}, {"input": [[1, 0]]}],
    }
    beyond = {"train": [{"input": [[1]], "output": [[1, 2, 3], [4, 5, 6]]}], "test": [{"input": [[2]]}]}
    unchanged = {"train": [{"input": [[1, 2]], "output": [[1, 2]]}], "test": [{"input": [[3, 4]]}]}
    row = list(range(9)) * 10 + [9, 9, 0]
    wide = {"train": [{"input": [row], "output": [row[::-1]]}] * 2, "test": [{"input": [row[1:]]}]}
    broken = {"train": [{"input": [[1], [2, 3]], "output": [[1]]}], "test": [{"input": [[5]]}, {"input": "?"}]}
    tasks = {"mirror": mirror, "beyond": beyond, "unchanged": unchanged, "wide": wide, "broken": broken}
    for name, task in tasks.items():
        (folder / f"{name}.json").write_text(json.dumps(task))
    return folder


def test_tasks_without_outputs_are_answered(folder_of_tasks, typed, tmp_path):
    run = tmp_path / "run"
    ended = command(
        "solve", f"tasks={folder_of_tasks}", *UNGUIDED, "budget.length=2", "workers=1", f"hydra.run.dir={run}"
    )
    assert ended.returncode == 0, ended.stderr
    rows = {row["task"]: row for row in rows_of(run)}
    assert list(rows) == ["beyond", "mirror", "unchanged", "wide", "broken"]
    assert {row["solved"] for name, row in rows.items() if name != "broken"} == {"unknown"}
    assert rows["beyond"]["reason"].startswith("not expressible")
    assert rows["unchanged"]["program"] == "(unchanged)"
    submission = json.loads((run / "submission.json").read_text())
    assert [two["attempt_1"] for two in submission["mirror"]] == [[[9, 8, 7]], [[0, 1]]]
    assert submission["beyond"] == [{"attempt_1": [[2]], "attempt_2": [[2]]}]
    assert "3 of 4 tasks explained, whose test outputs are not public; 1 set aside" in ended.stdout
    report = (run / "report.md").read_text()
    assert "## Explained, step by step" in report

    fault = f"{folder_of_tasks / 'broken.json'}, train pair 1, input: grid has rows of 1 and 2 cells"
    assert f"1 of 5 tasks set aside. First: {fault}" in ended.stdout
    assert (rows["broken"]["solved"], rows["broken"]["reason"][: len(fault)]) == ("set aside", fault)
    assert submission["broken"] == [dict.fromkeys(("attempt_1", "attempt_2"), grid) for grid in ([[5]], [[0]])]
    assert len(submission["wide"][0]["attempt_1"][0]) == 92
    assert "## Tasks set aside" in report
    assert "| broken |" in report
    submitted = open_tasks(str(folder_of_tasks)).list_submitted()
    assert list_csv_violations((run / "submission.csv").read_bytes(), submitted) == []

    # A task that was edited since is another task.
    path = folder_of_tasks / "beyond.json"
    path.write_text(path.read_text().replace("[[2]]", "[[3]]"))
    code, output = typed(f"tasks={folder_of_tasks}", *UNGUIDED, "budget.length=2", f"hydra.run.dir={run}")
    assert (code, "other tasks" in output) == (2, True)


def test_when_time_runs_out_every_task_is_answered(folder_of_tasks, typed, tmp_path):
    code, told = typed(
        f"tasks={folder_of_tasks}", "prior=uniform", "deadline=0.1s", "submission=named.json", "workers=1"
    )
    assert code == 0, told
    submission = json.loads((tmp_path / "named.json").read_text())
    assert [two["attempt_1"] for two in submission["mirror"]] == [[[7, 8, 9]], [[1, 0]]]
    assert submission.keys() == {"beyond", "mirror", "unchanged", "broken", "wide"}  # those set aside keep their place
    (run,) = (path.parent for path in tmp_path.glob("outputs/solve/*/results.csv"))
    searched = [row for row in rows_of(run) if row["solved"] != "set aside"]
    assert {row["reason"] for row in searched} == {"not finished before the deadline"}
    assert (run / "submission.json").read_bytes() == (tmp_path / "named.json").read_bytes()
    assert "named.json: 5 tasks, 0 answered by the search, 5 by their test inputs as a fallback, 4 of these" in told
    assert "0 of 4 tasks, 0 solved" in told
    code, told = typed(f"tasks={folder_of_tasks}", "prior=uniform", "deadline=noon")
    assert (code, "deadline=noon is no time. Write 4h" in told) == (2, True)


def test_every_prior_solves_with_a_guide(run_folder, folder_of_tasks, tmp_path):
    priors = "prior=guide,frequency,oracle"
    ended = command(
        *("solve", "-m", f"checkpoint={run_folder}", f"tasks={folder_of_tasks}", "task=mirror", priors, "workers=1"),
        *("budget.nodes=500", f"hydra.sweep.dir={tmp_path}"),
    )
    assert ended.returncode == 0, ended.stderr
    folders = sorted(path.parent for path in tmp_path.glob("*/results.csv"))
    assert len(folders) == 3
    assert {row["program"] for folder in folders for row in rows_of(folder)} == {"vmirror"}
    heads = {(folder / JOURNAL).read_text().splitlines()[0] for folder in folders}
    assert len(heads) == 3
    assert all(json.loads((folder / JOURNAL).read_text().splitlines()[1])["search"]["nodes"] > 0 for folder in folders)


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    """Type the command in this process, in an empty folder; returns exit code and what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # restored afterwards

    def run(*overrides: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["solve", *overrides])
        try:
            start("solve", solve, SURFACE)
        except SystemExit as ended:
            return ended.code, "".join(capsys.readouterr())
        return 0, "".join(capsys.readouterr())

    return run


MISTAKES = {
    ("tasks=arc1-trainig", "prior=uniform"): "Did you mean arc1-training",
    ("task=00d62c1x", "prior=uniform"): "Did you mean 00d62c1b?",
    ("task=zzz", "tasks=arc2-evaluation", "prior=uniform"): "no such task among its 120",
    ("checkpoint=gone",): "gone: there is no such file",
    ("prior=unifrom",): "Allowed: guide, frequency, uniform, oracle",
    ("limit=0", "prior=uniform"): "limit=0 is out of range",
    ("prior=uniform", "hydra.run.dir=file"): "file cannot be written to: file exists",
    ("prior=uniform", "hydra.run.dir=file/run"): "file/run cannot be written to: not a directory",
    ("prior=uniform", "hydra.run.dir=/proc/run"): "/proc/run cannot be written to",
    ("prior=uniform", "limit=1", "hydra.run.dir=other"): "other holds a report.md of something else",
    ("tasks=half.json", "prior=uniform", "bad_task_limit=0.4"): "That is 50.0%; the limit is 40.0%.",
    ("tasks=half.json", "prior=uniform", "task=b"): "half.json, task b: there is no 'train';",
    ("tasks=none.json", "prior=uniform"): "none.json, task b: there is no 'train';",
    ("tasks=page.json", "prior=uniform"): "page.json is an HTML page",
}


@pytest.mark.parametrize("line", MISTAKES, ids=" ".join)
def test_a_mistake_is_told_in_one_line(line, typed, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.md").write_text("mine")
    pair = {"input": [[1]], "output": [[1]]}
    (tmp_path / "half.json").write_text(json.dumps({"a": {"train": [pair], "test": [pair]}, "b": {}}))
    (tmp_path / "none.json").write_text(json.dumps({"b": {}, "c": 3}))
    (tmp_path / "page.json").write_text("<html>404</html>")
    before = sorted(tmp_path.rglob("*"))
    code, errors = typed(*line)
    assert (code, len(errors.splitlines())) == (2, 1), errors
    assert MISTAKES[line] in errors
    if "hydra.run.dir=other" not in line:  # Hydra leaves its own files in a folder that is there
        assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "other" / "report.md").read_text() == "mine"


def test_a_folder_that_is_closed_to_writing_is_told(typed, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "closed").mkdir(mode=0o555)
    code, errors = typed("prior=uniform", "hydra.run.dir=closed/run")
    assert (code, "permission denied" in errors) == (2, True)
