"""Plans before a run, and a run held to them, through the commands."""

import json
import subprocess
import sys

from support.commands import command


def test_a_plan_judges_every_profile_and_names_remedies(dataset, tmp_path):
    overrides = ("network.width=32", "network.row_width=16", "hardware=g4dn", "deadline=30s", "budget=0.001")
    ended = command("plan", f"data.path={dataset}", f"hydra.run.dir={tmp_path}", *overrides, "trainer.max_epochs=400")
    assert ended.returncode == 0, ended.stderr
    report = json.loads((tmp_path / "plan.json").read_text())
    assert (report["asked"], report["fits"]) == ("g4dn", False)
    assert [plan["machine"]["profile"] for plan in report["plans"][1:]] == ["c5", "g4dn", "hopper"]
    assert [plan["measured"] for plan in report["plans"]] == [True, False, False, False]
    for plan in report["plans"]:
        seconds, memory = plan["seconds"], plan["memory_gib"]
        assert seconds["total"] > seconds["training"] > 0
        assert 0 < memory["host"] < 10
    assert "the deadline is" in ended.stdout
    assert "the budget is $0.00" in ended.stdout
    assert "est." in ended.stdout
    assert "no known price" in report["plans"][0]["problems"][-1]
    assert [plan["settings"]["batch_size"] for plan in report["plans"]] == [64, 64, 64, 512]


def test_a_batch_too_large_is_refused_before_data_is_read(tmp_path):
    large = ("data.path=missing.json", "data.batch_size=2000000", "data.max_samples=1000", f"hydra.run.dir={tmp_path}")
    refused = command("train", *large)
    assert refused.returncode == 2
    assert "hardware.fit=auto" in refused.stderr
    assert "missing.json" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_malformed_deadline_and_a_budget_without_price_are_refused(tmp_path):
    for override, message in (("deadline=soon", "Write 4h, 90m"), ("budget=4", "hardware.price=DOLLARS_AN_HOUR")):
        ended = command("train", override, "data.path=missing.json", f"hydra.run.dir={tmp_path}")
        assert (ended.returncode, message in ended.stderr) == (2, True), ended.stderr


def test_a_run_is_compared_with_its_plan(dataset, tmp_path):
    small = ("trainer.max_steps=260", "data.batch_size=4", "trainer.arc_tasks=0", "network.width=32")
    line = [sys.executable, "-m", "neural_guide.train", f"data.path={dataset}", f"hydra.run.dir={tmp_path}", *small]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)  # no fork: its memory counts from zero
    assert ended.returncode == 0, ended.stderr
    assert "Planned: training" in ended.stdout
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["plain_step_seconds"] > plan["settings"]["step_seconds"]  # the loop's share included
    assert metrics["planned_train_seconds"] == plan["seconds"]["training"]
    assert metrics["peak_rss_gib"] / 1.5 < metrics["planned_memory_gib"] < metrics["peak_rss_gib"] * 1.5
    report = (tmp_path / "report.md").read_text()
    assert "## Success criteria" in report
    assert "### Plan and fact" in report


def test_a_run_cut_by_its_limits_says_so_before_and_after(dataset, tmp_path):
    small = ("trainer.max_epochs=40", "data.batch_size=4", "trainer.arc_tasks=0", "network.width=32")
    limits = ("trainer.max_time=00:00:00:01", "deadline=28s")
    ended = command("train", f"data.path={dataset}", f"hydra.run.dir={tmp_path}", *small, *limits)
    assert ended.returncode == 0, ended.stderr
    assert "Does not fit: takes" in ended.stdout
    assert "Training will be cut after 1.0 s, before its last epoch" in ended.stdout
    report = (tmp_path / "report.md").read_text()
    assert "✗ training completed | cut by trainer.max_time or deadline: 1 of 40 epochs" in report
    assert "| at most 1.0 s" in report
