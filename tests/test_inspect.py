"""`python -m neural_guide.inspect`, as a user runs it."""

import json

import pytest

from neural_guide.data.settings import DataSettings
from neural_guide.training.datamodule import TaskDataModule
from support.commands import command

KEYS = {
    *("schema", "path", "store", "seed", "verdict", "findings", "records", "tasks", "vocabulary", "labels", "unused"),
    *("together", "aliases", "lengths", "quality", "quality_values", "complexity", "grids", "arc", "equal", "copies"),
    *("contradictions", "splits", "passing", "refusals", "leaks", "cost"),
}


@pytest.fixture(scope="module")
def ours(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspect")
    ended = command("inspect", f"data.path={dataset}", f"hydra.run.dir={folder}")
    assert ended.returncode == 0, ended.stderr
    return folder, json.loads((folder / "inspection.json").read_text()), ended


def test_it_says_what_our_own_data_is_worth(ours):
    folder, inspection, ended = ours
    assert inspection.keys() == KEYS
    assert inspection["schema"] == 1
    assert inspection["records"]["kept"] == 4000
    assert inspection["refusals"] == []
    assert inspection["vocabulary"] == {"size": 17, "ours": 17, "executable": True, "ordered": True}
    assert inspection["aliases"]["same_effect"] == inspection["aliases"]["no_effect"] == []
    assert inspection["aliases"]["inputs"] == 400
    assert inspection["arc"]["pairs"] == 1718
    cost = inspection["cost"]
    assert cost["epoch_seconds"] == pytest.approx(
        cost["batches"] * cost["step_seconds"] + cost["val_batches"] * cost["check_seconds"]
    )
    assert 0.2 < cost["memory_gib"] < 4
    for name in ("config.yaml", "report.md", "figures/labels.png", "figures/grids.png"):
        assert (folder / name).is_file()
    assert inspection["verdict"] in ended.stdout
    assert len(ended.stdout.splitlines()) < 45  # a screenful
    assert len(ended.stderr.splitlines()) < 6


def test_splits_and_batches_are_those_that_training_would_have(ours, dataset):
    _, inspection, _ = ours
    data = TaskDataModule(DataSettings(path=str(dataset)), seed=0, with_features=False)
    data.setup()
    for name in ("train", "val", "test"):
        assert inspection["splits"][name]["tasks"] == len(data.splits.tasks(name))
        assert inspection["splits"][name]["records"] == data.make_loader(name).n_records
    assert inspection["cost"]["batches"] == len(data.make_loader("train"))
    assert inspection["passing"] == int(data.selected.sum())


def test_a_file_that_training_would_refuse(tmp_path):
    """Other names, one pair a task, JSON Lines, a third of the records broken."""
    lines = []
    for number in range(90):
        grid = [[number % 10, number // 10], [3, 0]]
        record = {"input": grid, "output": grid[::-1], "primitives": ["flip" if number % 2 else "turn", "then"]}
        record |= {"quality": 0.9, "complexity": 0.2, "task_id": f"t{number}"}
        lines.append(json.dumps(record | ({"quality": 7} if number % 3 == 0 else {})))
    path = tmp_path / "theirs.jsonl"
    path.write_text("\n".join(lines))
    ended = command("inspect", f"data.path={path}", f"hydra.run.dir={tmp_path / 'run'}")
    assert ended.returncode == 0, ended.stderr
    inspection = json.loads((tmp_path / "run" / "inspection.json").read_text())
    assert (inspection["records"]["set_aside"], inspection["records"]["kept"]) == (30, 60)
    assert "33.3%" in inspection["refusals"][0]
    assert "Training would refuse this dataset" in ended.stdout
    assert {label["name"] for label in inspection["labels"]} == {"flip", "turn", "then"}
    assert inspection["cost"] is not None  # what is left can be trained on


def test_a_damaged_file_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.json"
    path.write_text('[{"input": [[0]], "outp')
    ended = command("inspect", f"data.path={path}")
    assert ended.returncode == 2
    assert "cut off" in ended.stderr
    assert str(path) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == [path]
