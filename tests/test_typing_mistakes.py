"""Typing mistakes: each ends with exit code 2 and one line, whatever Hydra says of it, and leaves no folder."""

import shlex
import sys

import pytest

from neural_guide.app.command import start
from neural_guide.config import SURFACE

CASES = [
    (["small.json"], "Type data.path=small.json"),
    (["my file (2).json"], "Type 'data.path=\"my file (2).json\"'"),
    (["seed"], "Type seed=VALUE"),
    ([""], "leave it out"),
    (["data.batch_size=8,16"], "python -m neural_guide.train -m data.batch_size=8,16"),
    (["data.path=a,b.json"], "type 'data.path=\"a,b.json\"'"),
    (["hardware=cpu,c5"], "-m hardware=cpu,c5"),
    (["+data.path=small.json"], "Type data.path=small.json"),
    (["+hardware=cpu"], "Type hardware=cpu"),
    (["~data.path"], "data.path=VALUE"),
    (["hydra.run.dri=x"], "Did you mean hydra.run.dir"),
    (["hydar.run.dir=x"], "Did you mean hydra.run.dir"),
    (["hydra.run.dir.more=x"], "hydra.run.dir.more=x: "),
    (["hydra.run.dir=null"], "Type hydra.run.dir=FOLDER"),
    (["hydra.run.dir="], "Type hydra.run.dir=VALUE"),
    (["hydra.run.dir=" + "x" * 300], "file name too long"),
    (["hydra.run.dir=outputs/my run (2)"], "'hydra.run.dir=\"outputs/my run (2)\"'"),
    (["hydra.run.dir=outputs/${oc.env:NOT_SET}"], "'hydra.run.dir=outputs/${oc.env:NOT_SET}': "),
    (["hydra.run.dir=outputs/${nothing}"], "Interpolation key 'nothing' not found"),
    (["hydra.sweep.subdir=${nothing}", "seed=1,2", "-m"], "Interpolation key 'nothing' not found"),
    (["data.path=${oc.env:NOT_SET}/a.json"], "Environment variable 'NOT_SET' not found"),
    (["hydra.launcher.x=1"], "hydra.launcher.x"),
    (["hydra/launcher=nowhere"], "Could not find 'hydra/launcher/nowhere'"),
    (["hydra.job.chdir=perhaps"], "is not a valid bool"),
    (["data.path="], "Type data.path=VALUE"),
    (["data.path='x"], "'data.path=\"x\"'"),
    (["data.path=[1,2"], "'data.path=[1,2]'"),
    (["data.path=a=b"], "'data.path=\"a=b\"'"),
    (["data.path=x\ny"], "$'data.path=\"x\\ny\"'"),
    (["data.path=\udce9.json"], "no UTF-8"),
    (["seed =1"], "Type seed=1"),
    (["=1"], "Type KEY=1"),
    (["--flag"], "Unrecognized arguments: --flag"),
    (["--mutlirun"], "Did you mean --multirun?"),
    (["--data.path=x"], "type data.path=x"),
    (["--cfg"], "expected one argument"),
    (["--run", "--multirun"], "Only one of --run, --multirun"),
    (["--config-name=nowhere"], "Cannot find primary config 'nowhere'"),
    (["-m", "seed=1,2", "data.batch_size=8,many"], "could not be converted to Integer"),
]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOT_SET", raising=False)


def end(monkeypatch, arguments, job=lambda *_: pytest.fail("the mistake was not refused"), command="train", **options):
    monkeypatch.setattr(sys, "argv", [command, *arguments])
    with pytest.raises(SystemExit) as ended:
        start(command, job, SURFACE, **options)
    return ended.value.code


@pytest.mark.parametrize(("arguments", "remedy"), CASES, ids=lambda value: ascii(value)[:40])
def test_a_mistake_is_one_line_and_leaves_no_folder(arguments, remedy, tmp_path, monkeypatch, capsys):
    assert end(monkeypatch, arguments) == 2
    error = capsys.readouterr().err
    assert remedy in error
    assert len(error.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["my run (2)", "a,b", "it's", "a=b", "100% {x}"])
def test_the_line_shown_for_a_folder_works_when_typed(name, tmp_path, monkeypatch, capsys):
    folders = []
    argument = f"hydra.run.dir={name}"
    if "," in name:
        argument = f'hydra.run.dir="{name}"'
    else:
        assert end(monkeypatch, [argument]) == 2
        argument = shlex.split(capsys.readouterr().err.rpartition("characters: ")[2])[0]
    monkeypatch.setattr(sys, "argv", ["train", argument])
    start("train", lambda *given: folders.append(given[1].folder), SURFACE)
    assert folders == [tmp_path / name]


def test_a_refusal_of_the_job_leaves_no_folder_either(tmp_path, monkeypatch, capsys):
    from neural_guide.errors import UserError

    def refuse(settings, invocation):
        raise UserError("Nothing to do.")

    (tmp_path / "outputs").mkdir()
    assert end(monkeypatch, ["seed=1"], refuse) == 2
    assert end(monkeypatch, ["hydra.run.dir=runs/new"], refuse) == 2
    assert capsys.readouterr().err == "Nothing to do.\n" * 2
    assert [path.name for path in tmp_path.rglob("*")] == ["outputs"]


def test_a_folder_that_was_there_stays(tmp_path, monkeypatch):
    (tmp_path / "run" / ".hydra").mkdir(parents=True)
    assert end(monkeypatch, ["hydra.run.dir=run", "data.path=${oc.env:NOT_SET}"]) == 2
    assert (tmp_path / "run" / ".hydra").is_dir()


def test_errors_of_our_own_keep_their_traceback(monkeypatch):
    def fail(settings, invocation):
        raise KeyError("a bug")

    monkeypatch.setattr(sys, "argv", ["train", "seed=1"])
    with pytest.raises(KeyError, match="a bug"):
        start("train", fail, SURFACE)
