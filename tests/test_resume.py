"""Stopping and going on, through the commands and in processes of their own."""

import json
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from neural_guide.app.command import load_settings, typed_keys
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings import list_keys
from neural_guide.config import SURFACE
from neural_guide.errors import UserError
from neural_guide.experiment.resuming import choose_folder, find_rest
from neural_guide.experiment.run_folder import open_run
from neural_guide.experiment.settings import RunSettings
from neural_guide.guide.checkpoint_files import read_checkpoint, write_checkpoint
from support.commands import RunningCommand, command, skip_report
from support.runs import EPOCHS, LONG, SMALL, begin_training, have_same_guides, wait_for
from test_commands import foreign_dataset


def content(folder: Path) -> dict[Path, bytes]:
    """Every file of a run; Hydra's own notes are rewritten before a command can refuse."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".hydra" not in path.parts}


@pytest.fixture(scope="module")
def stopped(whole_run, few_records, tmp_path_factory) -> tuple[Path, RunningCommand, float, str]:
    """A later run that got a SIGTERM in the middle: its folder, process, seconds to the end and last words."""
    folder = tmp_path_factory.mktemp("stopped") / "outputs" / "train" / "run"
    process = begin_training(f"data.path={few_records}", f"hydra.run.dir={folder}", *LONG)
    wait_for(folder / "checkpoints" / "last.ckpt", process)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    return folder, process, time.monotonic() - asked, output


def test_sigterm_ends_with_a_checkpoint_a_report_and_the_documented_code(stopped):
    folder, process, seconds, output = stopped
    assert process.returncode == 75
    assert seconds < 20
    assert f"resume={folder}" in output
    report = (folder / "report.md").read_text()
    assert "Stopped by SIGTERM" in report
    assert "## Curves" in report
    assert not (folder / "metrics.json").exists()


def test_stopped_before_training_begins_it_says_so(few_records, tmp_path):
    """An interpreter of its own, since the signal comes while it imports."""
    folder = tmp_path / "run"
    line = [sys.executable, "-m", "neural_guide.train", f"data.path={few_records}", f"hydra.run.dir={folder}", *LONG]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(line, **pipes, text=True, start_new_session=True)
    wait_for(folder / ".hydra" / "config.yaml", process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 75
    assert errors.splitlines()[-1] == "Stopped by SIGINT."
    assert "Traceback" not in errors


def test_one_process_trains_despite_variables_of_schedulers(few_records, tmp_path, monkeypatch):
    """An allocation of four tasks and a rank that nobody launched."""
    left = {"SLURM_JOB_ID": "1", "SLURM_JOB_NAME": "train", "SLURM_NTASKS": "4", "SLURM_LOCALID": "0"}
    for name, value in (left | {"SLURM_PROCID": "3", "SLURM_NODEID": "0", "LOCAL_RANK": "1", "RANK": "1"}).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "run"
    line = (f"data.path={few_records}", f"hydra.run.dir={folder}", *SMALL, "trainer.max_steps=2")
    ended = command("train", *line, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert (folder / "metrics.json").exists()


@pytest.mark.soak  # tests/training/test_ddp.py trains with two processes in every run
def test_two_processes_stop_together_and_go_on(few_records, tmp_path):
    """The signal reaches the first one alone, as from a supervisor."""
    folder = tmp_path / "run"
    two = (f"data.path={few_records}", f"hydra.run.dir={folder}", "hardware.devices=2", *LONG)
    process = begin_training(*two, "trainer.checkpoint_every_steps=1")
    wait_for(folder / "checkpoints" / "last.ckpt", process)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)  # until both have closed their output
    assert process.returncode == 75, errors
    assert f"resume={folder}" in output
    assert "Traceback" not in errors
    ended = command("train", f"resume={folder}", f"hydra.run.dir={tmp_path / 'next'}", prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("Resumes from") == 1  # the first one speaks for both
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["resumed"], metrics["epochs"]) == (1, EPOCHS)


def test_what_cannot_be_gone_on_with_is_told(stopped, few_records, tmp_path):
    """Other settings, other data, other names, no such run; the stopped run stays as it was."""
    folder = stopped[0]
    kept = content(folder)
    other = tmp_path / "other.json"
    text = few_records.read_text()
    other.write_text(text.replace('"quality":0.', '"quality": 0.', 1))
    assert other.read_text() != text
    foreign = foreign_dataset(tmp_path / "foreign.json")
    damaged = tmp_path / "foreign.ckpt"
    damaged.write_bytes(b"PK not a checkpoint")
    resume = f"resume={folder}"
    cases = {
        ("data.batch_size=16", resume): "data.batch_size (8 there, 16 here)",
        ("trainer.max_epochs=9", resume): "The learning rate follows one curve over all steps",
        ("resume=auto", f"hydra.run.dir={folder}"): "holds a run of other settings: ",
        (f"data.path={other}", resume): "was trained on other data",
        (f"data.path={foreign}", resume): "new: Flip, Half, Turn",
        (f"data.path={few_records}", f"resume={tmp_path / 'none'}"): "there is no run or checkpoint there",
        (f"data.path={few_records}", f"resume={damaged}"): "cannot be resumed from",
        (f"data.path={few_records}", f"hydra.run.dir={folder}"): "holds a run already, which is not overwritten",
    }
    for line, words in cases.items():
        place = () if line[-1].startswith("hydra") else (f"hydra.run.dir={tmp_path / 'new'}",)
        ended = command("train", *line, *place)
        assert (ended.returncode, words in ended.stderr) == (2, True), ended.stderr
        assert words in ended.stderr.splitlines()[-1]  # before it only progress
        assert "Traceback" not in ended.stderr
        assert "features: " not in ended.stderr  # refused before minutes of work
    assert content(folder) == kept


def test_auto_takes_the_run_saved_last_also_where_a_kill_left_only_the_checkpoint_before(
    stopped, few_records, tmp_path, monkeypatch
):
    """Runs beside a folder that is named do not count: that folder alone does."""
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "outputs" / "train"
    for name in ("older", "newer"):
        shutil.copytree(stopped[0], runs / name, copy_function=shutil.copy)
    for path in (runs / "newer" / "checkpoints").iterdir():
        path.unlink()
    (runs / "newer" / "checkpoints" / "last-but-one.ckpt").write_bytes(b"damaged: so it is refused, by name")
    for path in (runs / "older" / "checkpoints").iterdir():
        os.utime(path, (1e9, 1e9))
    for named in ((), (f"hydra.run.dir={runs / 'newer'}",)):
        ended = command("train", f"data.path={few_records}", *named, "resume=auto", *LONG)
        assert ended.returncode == 2
        assert f"{runs / 'newer'} has no whole checkpoint to resume from" in ended.stderr
    assert sorted(path.name for path in runs.iterdir()) == ["newer", "older"]
    settings, invocation = typed(f"data.path={few_records}", "resume=auto", *LONG, folder=runs / "next")
    assert choose_folder(settings, invocation) == (runs / "next", None)


def test_a_full_disk_is_told_and_keeps_the_checkpoint(stopped, few_records, tmp_path):
    """The limit on the size of a file stands for the disk: the write of a checkpoint ends half-way."""
    folder = tmp_path / "run"
    shutil.copytree(stopped[0], folder)
    checkpoints = {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}
    limit = len(checkpoints["last.ckpt"]) // 2
    ended = command(
        *("train", f"resume={folder}", f"data.path={few_records}", f"hydra.run.dir={tmp_path / 'new'}"),
        prepare=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert ended.returncode == 2, ended.stderr
    assert f"{folder}" in ended.stderr.splitlines()[-1]
    assert "cannot be written to: file too large" in ended.stderr.splitlines()[-1]
    assert "resume=auto" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    left = {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}
    assert checkpoints["last.ckpt"] in (left.get("last.ckpt"), left.get("last-but-one.ckpt"))
    assert not list((folder / "checkpoints").glob(".*.part"))


def test_resume_auto_ends_with_the_weights_of_the_run_that_was_not_stopped(
    stopped, whole_run, few_records, monkeypatch
):
    folder = stopped[0]
    monkeypatch.chdir(folder.parents[2])
    again = (f"data.path={few_records}", "resume=auto", *LONG, "data.workers=2")
    ended = command("train", *again, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert f"Resumes from {folder}" in ended.stdout
    assert have_same_guides(folder, whole_run)
    ours, theirs = (json.loads((place / "metrics.json").read_text()) for place in (folder, whole_run))
    assert (ours["resumed"], theirs["resumed"]) == (1, 0)
    assert {name: ours[name] for name in ours if name.startswith("val/")} == {
        name: theirs[name] for name in theirs if name.startswith("val/")
    }
    assert [path.name for path in folder.parent.iterdir()] == ["run"]  # nothing was begun elsewhere
    for named in ((), (f"hydra.run.dir={folder}",)):
        finished = command("train", *again, *named)
        assert finished.returncode == 0
        assert "finished" in finished.stdout


def typed(*overrides: str, folder: Path) -> tuple[RunSettings, Invocation]:
    """What a job of `train` gets for a command line with hydra.run.dir."""
    keys = frozenset(typed_keys(overrides, RunSettings))
    return load_settings("train", list(overrides), SURFACE), Invocation("train", folder, overrides, keys, True)


def test_a_finished_run_says_what_was_typed_in_vain(whole_run, tmp_path, capsys):
    """A longer run is refused with the line that trains it; a time limit that never cut it has no effect."""
    kept = content(whole_run)
    settings, invocation = typed(f"resume={whole_run}", "trainer.max_epochs=20", "seed=0", folder=tmp_path)
    with pytest.raises(UserError, match=r"trainer\.max_epochs \(8 there, 20 here\)") as refused:
        find_rest(settings, invocation, whole_run)
    words = shlex.split(str(refused.value).partition("train anew: ")[2])
    assert words[:3] == ["python", "-m", "neural_guide.train"]
    assert {"trainer.max_epochs=20", "data.batch_size=8", *SMALL} <= set(words)
    assert "trainer.max_epochs=8" not in words
    for line, told in {
        ("trainer.max_epochs=8",): "there is nothing to resume.\n",
        (
            "deadline=2h",
            "trainer.arc_tasks=3",
        ): "there is nothing to resume. Not used: deadline=2h trainer.arc_tasks=3\n",
    }.items():
        settings, invocation = typed(f"resume={whole_run}", *line, folder=tmp_path)
        assert find_rest(settings, invocation, whole_run) is None
        assert capsys.readouterr().out.endswith(told)
    assert content(whole_run) == kept


def test_a_run_that_a_time_limit_cut_goes_on_with_a_longer_one(whole_run, tmp_path, capsys):
    """Training had taken 100 s, and the limit then was a minute."""
    folder = tmp_path / "run"
    shutil.copytree(whole_run, folder)
    last = read_checkpoint(folder / "checkpoints" / "last.ckpt")
    last["callbacks"]["Timer"]["time_elapsed"]["train"] = 100.0
    cut = folder / "checkpoints" / "cut.ckpt"
    write_checkpoint(last, cut)
    for limit, told in {"00:00:01:00": "training took 100 s, and the limit is 60 s", "00:00:02:00": ""}.items():
        settings, invocation = typed(f"resume={folder}", f"trainer.max_time={limit}", folder=tmp_path / "new")
        assert find_rest(settings, invocation, folder) == (None if told else cut)
        assert told in capsys.readouterr().out
    (tmp_path / "new").mkdir()
    with open_run(settings, invocation) as run:
        assert run.checkpoint == cut
        run.bind_data(last["run"]["data"], tuple(last["run"]["vocabulary"]), "data")
    assert not (folder / "metrics.json").exists()  # until training has ended again
    assert "00:00:02:00" in (folder / "config.yaml").read_text()


def test_an_experiment_types_the_settings_that_it_has(whole_run, tmp_path):
    """Others keep the values of the run that is resumed."""
    assert typed_keys(("experiment=attempt1",), RunSettings) == {
        *("data.batch_size", "data.max_samples", "data.quality_threshold", "trainer.max_epochs"),
        *(key for key in list_keys(RunSettings) if key.startswith("hardware.")),
    }


def test_killed_and_found_damaged_it_still_ends_with_the_same_weights(whole_run, few_records, tmp_path):
    folder = tmp_path / "run"
    process = begin_training(
        f"data.path={few_records}", f"hydra.run.dir={folder}", *LONG, "trainer.checkpoint_every_steps=2"
    )
    wait_for(folder / "checkpoints" / "last-but-one.ckpt", process)
    time.sleep(0.5)
    second = command("train", f"resume={folder}", f"hydra.run.dir={tmp_path / 'second'}")
    assert (second.returncode, "another process" in second.stderr) == (2, True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    last = folder / "checkpoints" / "last.ckpt"
    whole = last if last.exists() else last.with_name("last-but-one.ckpt")  # killed between two renames
    last.write_bytes(whole.read_bytes()[:-2000])
    ended = command("train", f"resume={folder}", f"hydra.run.dir={tmp_path / 'again'}", prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert f"{last} is damaged" in ended.stdout
    assert have_same_guides(folder, whole_run)
