"""The main job on small data, through the commands: generate, train, evaluate, solve, sweep."""

import json
import math
import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from neural_guide.app.provenance import CONF
from neural_guide.arc.collections import load_tasks
from neural_guide.guide.guide import load_guide
from support.commands import command, skip_report

METRICS = ("loss", "f1_micro", "f1_macro", "exact_set", "map", "worst_rank", "ece", "brier")


@pytest.fixture(scope="session")
def metrics(run_folder) -> dict[str, float]:
    return json.loads((run_folder / "metrics.json").read_text())


def test_it_learns(metrics):
    """Clearly beats every baseline in seconds."""
    for split in ("val", "test"):
        assert metrics[f"{split}/f1_micro"] > metrics[f"{split}/baseline/base_rates/f1_micro"] + 0.2
        assert metrics[f"{split}/loss"] < 0.85 * metrics[f"{split}/baseline/base_rates/loss"]
        assert metrics[f"{split}/map"] > metrics[f"{split}/baseline/base_rates/map"] + 0.2


def test_run_folder_is_complete(run_folder, metrics):
    expected = (
        "config.yaml",
        "facts.json",
        "metrics.csv",
        "report.html",
        "report.md",
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
    )
    assert [name for name in expected if not (run_folder / name).is_file()] == []
    assert list(run_folder.glob("events.out.tfevents.*"))
    assert metrics["reload_difference"] == 0
    pairs = [metrics[f"val/pairs_{shown}/f1_micro"] for shown in (1, 2, 3, 4)]
    assert pairs[3] == pytest.approx(metrics["val/f1_micro"], abs=1e-6)  # all of these tasks have four
    assert len(set(pairs)) > 1
    totals = {"train_seconds", "samples_per_s", "peak_rss_gib", "n_train", "n_val"}
    assert totals <= metrics.keys()
    assert {f"val/{name}" for name in METRICS} <= metrics.keys()
    assert all(math.isfinite(metrics[f"val/{name}"]) for name in METRICS)
    with safe_open(run_folder / "guide.safetensors", "pt") as opened:
        header = opened.metadata()
    assert len(json.loads(header["vocabulary"])) == 17
    assert json.loads(header["network"])["width"] == 128


def test_tensorboard_has_what_people_look_for(run_folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run_folder))
    events.Reload()
    tags = events.Tags()
    wanted = {"train/loss", "val/loss", "val/f1_micro", "system/rss_gib", "system/samples_per_s", "final/val/f1_micro"}
    assert wanted | {"system/data_wait_share"} <= set(tags["scalars"])
    waits = [event.value for event in events.Scalars("system/data_wait_share")]
    assert all(0 < wait < 1 for wait in waits)
    assert sum(tag.startswith("val/ap/") for tag in tags["scalars"]) == 17
    assert sum(tag.startswith("val/predictions/") for tag in tags["images"]) == 6
    assert events.PluginTagToContent("hparams")
    texts = {
        tag: bytes(events.Tensors(tag)[0].tensor_proto.string_val[0]).decode(errors="replace")
        for tag in tags["tensors"]
    }
    assert "batch_size: 32" in texts["config/text_summary"]
    assert "neural_guide.train" in texts["command/text_summary"]
    charts = texts["custom_scalars__config__"]
    assert "train against validation" in charts
    patterns = [re.compile(pattern) for pattern in re.findall(r"\^[a-z_/.*]+\$?", charts)]
    assert len(patterns) > 10
    logged = [pattern for pattern in patterns if any(map(pattern.search, tags["scalars"]))]
    assert {pattern.pattern for pattern in patterns if pattern not in logged} <= {"^system/gpu_mem_gib$"}


@pytest.mark.parametrize("checkpoint", ["", "checkpoints/last.ckpt"])
def test_evaluate_takes_a_run_and_a_checkpoint(checkpoint, run_folder, dataset, metrics, tmp_path):
    overrides = ("data.quality_threshold=0", "evaluate.split=val", f"hydra.run.dir={tmp_path}")
    ended = command("evaluate", f"checkpoint={run_folder / checkpoint}", f"data.path={dataset}", *overrides)
    assert ended.returncode == 0, ended.stderr
    assert "base_rates" in ended.stdout or "base rates" in ended.stdout
    evaluation = json.loads((tmp_path / "metrics.json").read_text())
    assert evaluation["n_val"] == metrics["n_val"]
    if not checkpoint:  # the last one holds other weights than the best
        same = {name: evaluation[f"val/{name}"] for name in METRICS}
        assert same == pytest.approx({name: metrics[f"val/{name}"] for name in METRICS}, abs=1e-5)


@pytest.mark.parametrize("name", ["guide.safetensors", "checkpoints/best.ckpt"])
def test_the_guide_of_a_run_is_that_of_its_best_checkpoint(name, run_folder):
    task = load_tasks("arc1-training")[0].task
    guides = [load_guide(str(path)) for path in (run_folder, run_folder / name)]
    assert np.abs(np.subtract(*(guide.probabilities(task) for guide in guides))).max() < 1e-6


def test_an_empty_split_is_told(run_folder, dataset, tmp_path):
    overrides = ("data.test_share=0", "data.val_share=0", "evaluate.split=test", f"hydra.run.dir={tmp_path}")
    ended = command("evaluate", f"checkpoint={run_folder}", f"data.path={dataset}", *overrides)
    assert ended.returncode == 2
    assert "Use evaluate.split=all" in ended.stderr


def foreign_dataset(path: Path, count: int = 600) -> Path:
    """One pair a task, other names, keys in another order, pretty-printed; learnable from the grids."""
    rng = random.Random(0)
    records = []
    for number in range(count):
        height, width = rng.randint(2, 9), rng.randint(2, 9)
        grid = np.array([[rng.randint(0, 5) for _ in range(width)] for _ in range(height)])
        name, made = rng.choice(
            [("Flip", grid[:, ::-1]), ("Turn", np.rot90(grid)), ("Half", grid[: (height + 1) // 2])]
        )
        facts = {"task_id": f"x{number}", "complexity": 0.5, "quality": 0.9, "source": "elsewhere"}
        records.append(facts | {"primitives": [name], "output": made.tolist(), "input": grid.tolist()})
    path.write_text(json.dumps(records, indent=2))
    return path


def test_foreign_data_trains_with_one_override_and_is_not_mixed_up(run_folder, tmp_path):
    data = foreign_dataset(tmp_path / "foreign.json")
    overrides = ("trainer.max_epochs=5", "data.batch_size=16", "network.width=64", "optimizer.lr=3e-3")
    line = (f"data.path={data}", f"hydra.run.dir={tmp_path / 'run'}", *overrides)
    ended = command("train", *line, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert {name for name in metrics if name.startswith("val/ap/")} == {"val/ap/Flip", "val/ap/Turn", "val/ap/Half"}
    assert metrics["val/map"] > metrics["val/baseline/base_rates/map"] + 0.1
    refused = command("evaluate", f"checkpoint={run_folder}", f"data.path={data}", f"hydra.run.dir={tmp_path / 'e'}")
    assert refused.returncode == 2
    assert "Flip" in refused.stderr
    assert "rot90" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
SHIPPED = [f"experiment={name}" for name in EXPERIMENTS] + ["hardware=c5"]  # those experiments take cpu and auto


@pytest.mark.parametrize("choice", SHIPPED)
def test_every_shipped_yaml_trains_a_step(choice, dataset, tmp_path):
    """On all records: few of them have the quality that some experiments ask for."""
    overrides = ("trainer.max_steps=1", "trainer.arc_tasks=0", f"hydra.run.dir={tmp_path}", "network.width=32")
    ended = command("train", choice, f"data.path={dataset}", *overrides, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "metrics.json").read_text())["steps"] == 1


@pytest.mark.parametrize("profile", ["g4dn", "hopper"])
def test_gpu_profiles_are_refused_without_a_gpu(profile, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this machine has the GPU that the profile needs")
    ended = command("train", f"hardware={profile}", "data.path=missing.json", f"hydra.run.dir={tmp_path}")
    assert ended.returncode == 2
    assert f"hardware={profile} needs" in ended.stderr  # before the missing file is noticed
    assert "hardware=auto" in ended.stderr


def test_sweep_ends_with_one_table(few_records, tmp_path):
    overrides = ("trainer.max_steps=2", "trainer.arc_tasks=0", "network.width=32", f"hydra.sweep.dir={tmp_path}")
    line = ("train", "-m", "data.batch_size=8,16", f"data.path={few_records}", *overrides)
    ended = command(*line, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert len(list(tmp_path.glob("*/metrics.json"))) == 2
    table = (tmp_path / "comparison.md").read_text()
    rows = [row for row in table.splitlines() if row.startswith("|")]
    assert "batch_size" in rows[0]
    assert [row.split("|")[2].strip() for row in rows[2:]] == ["8", "16"]
    assert "Runs compared" in ended.stdout


def test_same_seed_same_weights(few_records, tmp_path):
    overrides = (f"data.path={few_records}", "trainer.max_steps=3", "trainer.arc_tasks=0", "network.width=32")
    for name in ("one", "two"):
        ended = command("train", *overrides, f"hydra.run.dir={tmp_path / name}", prepare=skip_report)
        assert ended.returncode == 0, ended.stderr
    one, two = (load_file(tmp_path / name / "guide.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_deadline_stops_cleanly_with_a_report(few_records, tmp_path):
    overrides = ("trainer.max_time=00:00:00:02", "trainer.max_epochs=1000", "trainer.arc_tasks=0", "network.width=32")
    ended = command("train", f"data.path={few_records}", f"hydra.run.dir={tmp_path}", *overrides)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "metrics.json").read_text())["epochs"] < 1000
    assert (tmp_path / "report.md").is_file()


def test_early_stopping_ends_before_the_last_epoch(few_records, tmp_path):
    overrides = ("trainer.early_stopping=1", "trainer.max_epochs=40", "optimizer.lr=0.1", "trainer.arc_tasks=0")
    small = ("network.width=32", "network.row_width=16", "network.grids=false")
    line = (f"data.path={few_records}", f"hydra.run.dir={tmp_path}", *overrides, *small)
    ended = command("train", *line, prepare=skip_report)
    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "metrics.json").read_text())["epochs"] < 40


def test_solve_uses_the_guide(run_folder, tmp_path):
    overrides = ("limit=3", "budget.nodes=2000", f"hydra.run.dir={tmp_path}")
    ended = command("solve", f"checkpoint={run_folder}", *overrides)
    assert ended.returncode == 0, ended.stderr
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 4


def test_missing_dataset_and_damaged_checkpoint_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    missing = command("train", f"data.path={tmp_path / 'no.json'}")
    assert missing.returncode == 2
    assert "neural_guide.generate" in missing.stderr
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "bad.safetensors").write_bytes(b"not a guide")
    damaged = command("solve", f"checkpoint={tmp_path / 'bad.safetensors'}", f"hydra.run.dir={tmp_path / 'b'}")
    assert damaged.returncode == 2
    assert "bad.safetensors" in damaged.stderr
