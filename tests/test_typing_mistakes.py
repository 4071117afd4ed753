"""Typing mistakes: each ends with exit code 2 and one line, whatever Hydra says of it, and leaves no folder."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from neural_guide.app.command import start
from neural_guide.app.quoting import format_override
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
    (["hydra.job.num=many"], "could not be converted to Integer"),
    (["hydra.job.chdir=true"], "hydra.job.chdir is not taken"),
    (["hydra.callbacks.sweeps=null"], "hydra.callbacks.sweeps is not taken"),
    (["hydra.output_subdir=.."], "a folder of their own"),
    (["hydra.sweep.dir=x"], "Type hydra.run.dir=x"),
    (["-m", "seed=1,2", "hydra.run.dir=x"], "Type hydra.sweep.dir=x"),
    (["-m", "seed=1,2", "hydra.sweep.subdir=x"], "all jobs would write to one folder"),
    (["data.path="], "Type data.path=VALUE"),
    (["data.path=???"], "Type data.path=VALUE"),
    (["data.path='${nothing}'"], "'data.path=\"\\${nothing}\"'"),
    (["data.path='x"], "'data.path=\"x\"'"),
    (["data.path=[1,2"], "'data.path=\"[1,2\"'"),
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
    (["--config-name=nowhere"], "reads its own profiles"),
    (["--hel"], "Did you mean --help?"),
    (["--seed", "1"], "type seed=VALUE"),
    (["--package", "data"], "--cfg"),
    (["--cfg", "job", "-p", "nowhere"], "package 'nowhere' not found"),
    (["~"], "settings are key=value"),
    (["lr=3"], "Did you mean optimizer.lr=3?"),
    (["bacth_size=3 4"], "Did you mean 'data.batch_size=3 4'?"),
    (["nothing=1"], "python -m neural_guide.train --help"),
    (["seed=int(x"], "Allowed: 0 to 4294967295."),
    (["seed=null"], "Allowed: 0 to 4294967295."),
    (["experiment=null"], "Allowed: attempt1,"),
    (["hardware=[cpu]"], "is not known"),
    (["sweep=batch"], "python -m neural_guide.train -m sweep=batch"),
    (["-m", "hardware=glob(x*)"], "Allowed: auto,"),
    (["-m", "seed=glob(*)"], "Type them: seed=VALUE,VALUE"),
    (["-m", "seed=range(3,1)"], "holds no value"),
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


NAMES = [
    "my run (2)",
    "a,b",
    "it's",
    "a=b",
    "100% {x}",
    "${seed}",
    "~x",
    "[1]",
    "1e3",
    "null",
    "caf\u00e9",
    'a"\\',
    "x\ty",
]


def test_what_is_printed_can_be_pasted(monkeypatch):
    """A shell takes the printed overrides apart, and Hydra reads the names that were meant."""
    printed = " ".join(format_override("data.path", name) for name in NAMES)
    shell = subprocess.run(["bash", "-c", f"printf '%s\\0' {printed}"], capture_output=True, check=True, text=True)
    typed = shell.stdout.split("\0")[:-1]
    assert [OverridesParser.create().parse_override(line).value().replace("\\$", "$") for line in typed] == NAMES
    read = []
    for line, name in list(zip(typed, NAMES, strict=True))[4:6]:
        monkeypatch.setattr(sys, "argv", ["train", line])
        start("train", lambda *given: read.append(given), SURFACE)
        settings, invocation = read.pop()
        assert settings.data.path == name
        assert shlex.split(invocation.command_line)[3:] == [line]


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


@pytest.mark.parametrize("argument", ["hydra.run.dir=2026_11_29", 'hydra.run.dir="~/2026_11_29"'])
def test_a_folder_is_called_as_typed(argument, tmp_path, monkeypatch):
    """Hydra would read the number 20261129, and take `~` for a folder of that name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folders = []
    monkeypatch.setattr(sys, "argv", ["train", argument])
    start("train", lambda *given: folders.append(given[1].folder), SURFACE)
    assert folders == [tmp_path / "2026_11_29"]
    assert not Path("~").exists()


def test_without_a_home_a_path_in_it_is_refused(monkeypatch, capsys):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", lambda _: {}[0])  # KeyError: a user without an entry
    assert end(monkeypatch, ["data.path=~/x"]) == 2
    assert "this user has no home" in capsys.readouterr().err


def test_a_path_and_its_setting_are_not_both_taken(monkeypatch, capsys):
    assert end(monkeypatch, ["a", "runs=[b]"], command="compare", file_key="runs", many=True) == 2
    assert "both set runs" in capsys.readouterr().err


def test_a_command_without_a_run_folder_takes_none(monkeypatch, capsys):
    assert end(monkeypatch, ["hydra.run.dir=x"], command="explore", folderless=True) == 2
    assert "leaves no run folder" in capsys.readouterr().err


def test_a_refusal_of_the_job_leaves_no_folder_either(tmp_path, monkeypatch, capsys):
    from neural_guide.errors import UserError

    def refuse(settings, invocation):
        (invocation.folder / "config.yaml").touch()
        (invocation.folder / "checkpoints").mkdir()
        raise UserError("Nothing to do.")

    (tmp_path / "outputs").mkdir()
    lines = (["seed=1"], ["hydra.run.dir=runs/new"], ["hydra.run.dir=runs/${seed}"], ["hydra.job.name=a/b"])
    for line in lines:
        assert end(monkeypatch, line, refuse) == 2
    assert capsys.readouterr().err == "Nothing to do.\n" * len(lines)
    assert [path.name for path in tmp_path.rglob("*")] == ["outputs"]


def test_a_folder_in_which_work_was_done_stays(tmp_path, monkeypatch):
    from neural_guide.errors import UserError

    def refuse(settings, invocation):
        (invocation.folder / "checkpoints").mkdir()
        (invocation.folder / "checkpoints" / "last.ckpt").touch()
        raise UserError("The disk is full.")

    assert end(monkeypatch, ["hydra.run.dir=run"], refuse) == 2
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").exists()


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
