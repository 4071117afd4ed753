"""`python -m neural_guide.validate_submission`, as a user runs it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from neural_guide.app.command import start
from neural_guide.arc.collections import load_tasks
from neural_guide.arc.submission import build_submission, write_submission
from neural_guide.arc.task import Task
from neural_guide.config import SURFACE
from support.commands import command

GRID = np.full((2, 3), 3, dtype=np.uint8)
TASKS = [Task("aa", (), (GRID,)), Task("bb", (), (GRID, GRID))]


@pytest.fixture
def files(tmp_path) -> Path:
    """A folder with a competition's file of two tasks and a good submission in both formats."""
    pair = {"input": GRID.tolist(), "output": GRID.tolist()}
    tasks = {
        task.task_id: {"train": [pair], "test": [{"input": test.tolist()} for test in task.test_inputs]}
        for task in TASKS
    }
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    for name in ("submission.json", "submission.csv"):
        write_submission(tmp_path / name, build_submission(TASKS, {}), TASKS)
    return tmp_path


def validate(*arguments: object):
    return command("validate_submission", *map(str, arguments))


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_a_good_file_ends_with_one_line_and_0(files, suffix):
    before = {path.name for path in files.iterdir()}
    ended = validate(files / f"submission.{suffix}", f"tasks={files / 'tasks.json'}")
    assert (ended.returncode, ended.stderr) == (0, "")
    verdict = f"fine, {suffix.upper()} for all 2 tasks and 3 outputs of {files / 'tasks.json'}."
    assert ended.stdout == f"{files / f'submission.{suffix}'}: {verdict}\n"
    assert {path.name for path in files.iterdir()} == before  # no folder, no settings


def test_faults_are_a_line_each_then_their_number_and_1(files):
    values = json.loads((files / "submission.json").read_text())
    del values["aa"]
    values["bb"][1]["attempt_2"][1][2] = 10
    (files / "submission.json").write_text(json.dumps(values))
    ended = validate(f"tasks={files / 'tasks.json'}", files / "submission.json")
    assert (ended.returncode, ended.stderr) == (1, "")
    first, second, last = ended.stdout.splitlines()
    assert first.startswith("task aa: missing;")
    assert second.startswith("task bb, output 2, attempt_2, row 2: a cell is 10;")
    assert last.startswith(f"{files / 'submission.json'}: 2 faults in this JSON for the 2 tasks and 3 outputs of ")


def test_a_whole_collection_is_checked(tmp_path):
    tasks = [arc.task for arc in load_tasks("arc1-evaluation")]
    write_submission(tmp_path / "s.csv", build_submission(tasks, {}), tasks)
    ended = validate(tmp_path / "s.csv", "tasks=arc1-evaluation")
    assert ended.returncode == 0
    assert "CSV for all 400 tasks and 419 outputs of arc1-evaluation." in ended.stdout
    ended = validate(tmp_path / "s.csv")
    assert ended.returncode == 1
    assert (
        "800 faults in this CSV for the 400 tasks and 416 outputs of arc1-training (the default of tasks)."
        in (ended.stdout.splitlines()[-1])
    )


def test_the_tasks_of_the_run_that_wrote_it_are_taken(files):
    (files / "config.yaml").write_text(f"tasks: {files / 'tasks.json'}\nlimit: null\nother: ${{oc.env:HOME}}\n")
    ended = validate(files / "submission.csv")
    assert ended.returncode == 0
    assert f"of {files / 'tasks.json'} (tasks of {files / 'config.yaml'})." in ended.stdout
    ended = validate(files / "submission.csv", "tasks=arc1-training")  # what is typed goes first
    assert ended.returncode == 1
    assert "outputs of arc1-training." in ended.stdout
    (files / "config.yaml").write_text("tasks: [")
    ended = validate(files / "submission.csv")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{files / 'config.yaml'} cannot be read (")


NAMES = ["my file, {1} [2].json", "a=b.json", 'it\'s "so" \\.json', "\\", '\\"', "${oc.env:HOME}", "\\${x}", "~ß:%#"]


@pytest.mark.parametrize("name", NAMES)
def test_a_path_may_have_any_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("x")
    monkeypatch.setattr(sys, "argv", ["validate_submission", name, "hydra.run.dir=."])
    taken = []
    start("validate_submission", lambda config, _: taken.append(config.submission), SURFACE, file_key="submission")
    assert taken == [name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name the submission: python -m neural_guide.validate_submission FILE"),
        (["no.json"], "no.json cannot be read: No such file or directory."),
        (["{files}"], "{files} cannot be read: Is a directory."),
        (["{files}/submission.csv", "{files}/submission.json"], "One file at a time, not 2:"),
        (["{files}/submission.csv", "taks=3"], "taks is no setting. Did you mean task"),
        (["{files}/submission.csv", "tasks=arc1-evalution"], "tasks=arc1-evalution is no collection,"),
        (["{files}/submission.csv", "tasks={files}/submission.csv"], "{files}/submission.csv: not JSON ("),
    ],
)
def test_mistakes_in_the_command_are_one_line_and_2(files, arguments, message):
    ended = validate(*(argument.format(files=files) for argument in arguments))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(message.format(files=files))
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("s.txt", "ID,row\n", "in this CSV"),
        ("s.txt", "\ufeff {}", "in this JSON"),
        ("s.csv", "{}", "in this JSON"),
        ("s.json", "nothing", "in this JSON"),
        ("s", "nothing", "in this CSV"),
    ],
)
def test_the_format_is_told_by_content_then_by_name(files, name, content, message, monkeypatch, capsys):
    from neural_guide.validate_submission import validate as job

    (files / name).write_text(content)
    arguments = [str(files / name), f"tasks={files / 'tasks.json'}", f"hydra.run.dir={files}"]
    monkeypatch.setattr(sys, "argv", ["validate_submission", *arguments])
    with pytest.raises(SystemExit) as ended:
        start("validate_submission", job, SURFACE, file_key="submission")
    assert ended.value.code == 1
    assert message in capsys.readouterr().out.splitlines()[-1]
