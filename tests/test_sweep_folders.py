"""Folders of the jobs of a sweep: short names without slashes, beside each other, so that `compare` finds the runs."""

import sys

import pytest

from neural_guide.app.command import start
from neural_guide.app.run_folders import LONGEST_NAME, name_folder
from neural_guide.config import SURFACE

MANY = [
    *("trainer.log_every_steps=10", "trainer.checkpoint_every_minutes=4", "optimizer.weight_decay=0.02"),
    *("optimizer.clip_norm=1.0", "optimizer.warmup_share=0.2", "network.width=64", "network.row_width=32"),
    *("network.row_layers=1", "network.grid_channels=16", "network.dropout=0.3", "data.batch_size=64"),
]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("data.batch_size=8", "data.batch_size=8"),
        ("data.batch_size=8,optimizer.lr=0.001", "data.batch_size=8,optimizer.lr=0.001"),
        ("data.x=/a/b/store,network.width=64", "data.x=store,network.width=64"),
        ("x=s3://bucket/run/", "x=run_"),
        ("x=/", "x="),
        ("tasks=[a/b.json,c d]", "tasks=_b.json,c_d"),
        ("x=caf\u00e9: *?", "x=caf"),
    ],
)
def test_names_are_one_folder(settings, name):
    assert name_folder(settings).rstrip("_") == name.rstrip("_")
    assert "/" not in name_folder(settings)


def test_long_names_are_cut_and_stay_apart():
    names = {name_folder(",".join([*MANY, f"optimizer.lr={number}"])) for number in range(20)}
    assert len(names) == 20
    assert max(map(len, names)) == LONGEST_NAME


PATHS = ["hardware.cuda_alloc_conf={folder}/a b,{folder}/c"]


@pytest.mark.parametrize("settings", [["data.store_dir={folder}/stores"], PATHS, MANY], ids=["one", "swept", "many"])
def test_jobs_lie_beside_each_other(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    typed = [setting.format(folder=tmp_path) for setting in settings]
    monkeypatch.setattr(sys, "argv", ["train", "-m", *typed, "optimizer.lr=1e-3,2e-3", "hydra.sweep.dir=sweep"])
    folders = []
    start("train", lambda *given: folders.append(given[1].folder), SURFACE)
    assert len(folders) == len(set(folders)) >= 2
    assert {folder.parent for folder in folders} == {tmp_path / "sweep"}


def test_a_process_that_a_job_starts_repeats_the_job_and_not_the_sweep(tmp_path, monkeypatch):
    """Training on two devices starts the command again, with the arguments of now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "-m", "seed=1,2", "hydra.sweep.dir=sweep"])
    lines = []
    start("train", lambda *_: lines.append(sys.argv[1:]), SURFACE)
    assert lines == [["seed=1"], ["seed=2"]]
