"""The benchmark of a GPU, as far as a processor can run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def benchmarks(monkeypatch):
    """The scripts can be imported."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


@pytest.fixture
def gpu_bench(benchmarks, tmp_path):
    """The benchmark of a GPU with tiny sizes and two minutes."""
    import gpu

    bench = gpu.Bench(gpu.TINY, gpu.Clock(120), tmp_path, tmp_path)
    return gpu, bench


def test_parts_that_no_longer_fit_are_skipped_with_the_reason(gpu_bench, tmp_path):
    gpu, bench = gpu_bench
    bench.clock.require(90)
    with pytest.raises(gpu.SkippedPartError, match=r"skipped: \d+ s left, 90 needed"):
        bench.clock.require(90, reserved=30)
    bench.clock.started -= 60  # a minute later
    bench.run_part("profiles", gpu.measure_profiles)
    (row,) = json.loads((tmp_path / "gpu.json").read_text())["profiles"]
    assert row["skipped"].startswith("skipped: ")
    assert row["skipped"] in (tmp_path / "gpu.md").read_text()
    bench.clock.started -= 60
    with pytest.raises(gpu.SkippedPartError, match="stopped after"):
        bench.run("doctor")


def test_a_part_that_fails_leaves_the_others(gpu_bench, tmp_path):
    gpu, bench = gpu_bench
    bench.run_part("emergency", lambda bench: bench.run("doctor", "no-such-argument"))
    bench.results["profiles"] = []
    bench.run_part("longer", lambda bench: gpu.choose_epochs(bench, gpu.read_settings()))
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert results["emergency"]["skipped"].startswith("failed: ")
    assert results["longer"]["skipped"] == "skipped: no step was measured to plan it with"


def test_steps_are_measured_after_warming_up(benchmarks, tmp_path):
    from gpu import read_steps

    times = [0, 50, 51, 52, 53, 54]  # ten steps each; the first ones compile
    rows = [f"{10 * number},{seconds},{0.5 if seconds < 52 else 0.25},{number}" for number, seconds in enumerate(times)]
    head = "step,system/train_s,system/data_wait_share,system/gpu_mem_gib"
    (tmp_path / "metrics.csv").write_text("\n".join([head, "0,,,", *rows]))
    assert read_steps(tmp_path / "metrics.csv") == {"step_seconds": 0.1, "data_wait": 0.25, "gpu_gib": 5.0}


@pytest.mark.parametrize("left", [2000.0, 200.0, 1.0])
def test_a_long_training_has_the_epochs_that_fit(benchmarks, tmp_path, left):
    import gpu

    bench = gpu.Bench(gpu.FULL, gpu.Clock(left + gpu.RESERVE + gpu.OVERHEAD), tmp_path, tmp_path)
    bench.results["profiles"] = [{"compile": False, "profile": "auto", "step_seconds": 1e-3}]
    metrics = {"train_seconds": 13.0, "steps": 100.0, "epochs": 5.0}
    bench.results["emergency"] = {"step_seconds": 0.03, "metrics": metrics}  # two seconds between epochs
    epochs, seconds = gpu.choose_epochs(bench, gpu.read_settings("experiment=shipped"))
    assert 1 <= epochs <= 160
    assert seconds <= left or epochs == 1
    assert epochs == 160 or seconds * (epochs + 1) / epochs > 0.9 * left


@pytest.mark.soak
def test_the_benchmark_of_a_gpu_is_rehearsed(tmp_path):
    line = [sys.executable, "benchmarks/gpu.py", "--rehearse", "--minutes", "30", "--folder", str(tmp_path)]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert "skipped" not in json.dumps(results)
    (profile,) = results["profiles"]
    assert 0 < profile["share_of_peak"] < 1
    assert results["emergency"]["metrics"]["epochs"] == 6
    assert results["longer"]["times_as_long"] == 2
    assert results["longer"]["shipped"].keys() >= {"val/loss", "test/loss"}
    assert ended.stdout.endswith((tmp_path / "gpu.md").read_text() + "\n")
