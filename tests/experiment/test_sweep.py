"""Sweeps: a job that fails leaves the others running and shows in the table; other launchers, where installed."""

import json
from importlib.metadata import distributions

import pytest

from neural_guide.experiment.sweep import find_finished_runs, read_failures, read_runs
from support.commands import command, skip_report

TINY = ("trainer.max_steps=2", "trainer.arc_tasks=0", "network.width=32", "network.row_width=16", "network.grids=false")


INSTALLED = {(distribution.metadata["Name"] or "").lower() for distribution in distributions()}


def needs(*packages: str) -> pytest.MarkDecorator:
    missing = [name for name in packages if name not in INSTALLED]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}; pip install '.[ray,optuna]'")


def test_a_failed_job_leaves_the_others_running_and_shows_in_the_table(few_records, tmp_path):
    """The job in the middle asks for more than any machine has."""
    jobs = ("-m", "data.batch_size=8,20000000,16", f"hydra.sweep.dir={tmp_path}")
    ended = command("train", *jobs, f"data.path={few_records}", *TINY, prepare=skip_report)
    assert ended.returncode == 2
    assert len(read_runs(find_finished_runs(tmp_path))) == 2
    ((name, why),) = read_failures(tmp_path).items()
    assert name.startswith("1_")
    assert "Use data.batch_size=" in why
    assert "Traceback" not in ended.stderr
    rows = [line for line in (tmp_path / "comparison.md").read_text().splitlines() if line.startswith("|")]
    assert [row.split("|")[2].strip() for row in rows[2:]] == ["8", "20000000", "16"]
    assert "(failed)" in rows[3]
    assert f"{name} failed: " in ended.stdout


@needs("hydra-ray-launcher", "ray")
def test_the_ray_launcher_runs_two_jobs(dataset, tmp_path):
    jobs = ("-m", "hydra/launcher=ray", "data.batch_size=8,16", f"hydra.sweep.dir={tmp_path}")
    ended = command("train", *jobs, f"data.path={dataset}", *TINY)
    assert ended.returncode == 0, ended.stderr
    assert len(read_runs(find_finished_runs(tmp_path))) == 2
    assert (tmp_path / "comparison.md").is_file()


@needs("optuna")
def test_tuning_goes_on_with_its_study_and_survives_a_trial_that_fails(dataset, tmp_path):
    line = (f"data.path={dataset}", f"tune.study={tmp_path / 'study'}", f"hydra.run.dir={tmp_path / 'x'}", *TINY)
    first = command("tune", *line, "tune.trials=1", "tune.batch_sizes=[20000000]")
    assert (first.returncode, "No trial came through" in first.stderr) == (2, True)
    again = command("tune", *line, "tune.trials=2", "tune.batch_sizes=[20000000]", "hardware.fit=auto")
    assert again.returncode == 0, again.stderr
    assert "trial 1:" in again.stdout
    assert "trial 0:" not in again.stdout
    assert "Best: optimizer.lr=" in again.stdout
    assert "(failed)" in (tmp_path / "study" / "comparison.md").read_text()
    lr = json.loads((tmp_path / "study" / "1_trial" / "metrics.json").read_text())
    assert lr["steps"] >= 1


@needs("optuna")
def test_a_study_keeps_to_its_settings(dataset, tmp_path):
    line = (f"data.path={dataset}", f"tune.study={tmp_path / 'study'}", f"hydra.run.dir={tmp_path / 'x'}", *TINY)
    none = command("tune", *line, "tune.batch_sizes=[]")
    assert (none.returncode, "tune.batch_sizes=[] leaves nothing" in none.stderr) == (2, True), none.stderr
    begun = command("tune", *line, "tune.trials=1", "tune.batch_sizes=[20000000]")
    assert "No trial came through" in begun.stderr
    for changed in (("tune.batch_sizes=[8,16]",), ("tune.batch_sizes=[20000000]", "network.row_width=32")):
        refused = command("tune", *line, *changed, "tune.trials=2")
        assert (refused.returncode, "was begun with other settings" in refused.stderr) == (2, True), refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.skipif("optuna" in INSTALLED, reason="Optuna is installed here")
def test_without_optuna_it_is_told_how_to_get_it(tmp_path):
    ended = command("tune", f"tune.study={tmp_path / 'study'}", f"hydra.run.dir={tmp_path / 'x'}")
    assert (ended.returncode, "pip install 'neural-guide[optuna]'" in ended.stderr) == (2, True)
