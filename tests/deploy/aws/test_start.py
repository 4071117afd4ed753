"""What a rented machine runs first, run here with stand-ins for what belongs to it; each writes down its calls."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from neural_guide.deploy.aws.launch_request import RentedRun, render_start_script
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.planning.machines import RENTED

OVERRIDES = ("experiment=emergency", "hardware=g4dn", "data.max_samples=900", "budget.dollars=2")
EVALUATION = OVERRIDES[:3]
STAND_IN = """#!/bin/bash
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/pip ;; esac
case "$*" in *neural_guide.train*) exit "${TRAINING:-0}" ;; esac
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Runs the script for a deadline of four hours in a folder of its own; the calls that it made, in order."""
    for name in ("shutdown", "systemctl", "aws", "tar", "python3", "nvidia-smi", "apt-get"):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(STAND_IN)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    (tmp_path / "units").mkdir()
    settings = CloudSettings(run="one", bucket="runs", instance_profile="guide")
    script = render_start_script(RentedRun(RENTED["g4dn"], settings, 4 * 3600, 0.2, OVERRIDES, EVALUATION))
    moved = {"/etc/systemd/system": "units", "/var/log/neural_guide.log": "log", "/opt/neural_guide": "home"}
    for there, here in moved.items():
        assert there in script
        script = script.replace(there, str(tmp_path / here))

    def run(first_lines: str = "") -> list[str]:
        head, _, rest = script.partition("\n")
        subprocess.run(["bash"], input=f"{head}\n{first_lines}\n{rest}", text=True, capture_output=True, check=False)
        return (tmp_path / "calls").read_text().splitlines()

    return run


def test_the_machine_sets_its_end_first_and_it_outlives_a_reboot(machine, tmp_path):
    begun = datetime.now(UTC)
    calls = machine()
    assert calls[:3] == [
        "shutdown -h +240 deadline of run one",
        "systemctl daemon-reload",
        "systemctl enable --now neural-guide-end.timer",
    ]
    assert calls[-1] == "shutdown -h now"
    timer = (tmp_path / "units" / "neural-guide-end.timer").read_text()
    at = datetime.strptime(re.search("OnCalendar=(.+) UTC", timer)[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs(at - begun - timedelta(minutes=245)) < timedelta(minutes=1)
    assert {"Persistent=true", "WantedBy=timers.target"} <= set(timer.splitlines())
    assert "poweroff --force --force" in (tmp_path / "units" / "neural-guide-end.service").read_text()


def test_training_gets_the_time_left_and_evaluation_its_settings(machine):
    calls = machine("SECONDS=1000")  # as if that had passed
    (training,) = [line for line in calls if "neural_guide.train" in line]
    (evaluation,) = [line for line in calls if "neural_guide.evaluate" in line]
    assert f" {' '.join(OVERRIDES)} " in training
    assert f" {' '.join(EVALUATION)} " in evaluation
    assert "upload=s3://runs/one cloud.notice=true" in training
    left = int(re.search(r" deadline=(\d+)s", training)[1])
    assert 230 * 60 - 1000 - 60 < left <= 230 * 60 - 1000
    assert calls.index(training) < calls.index(evaluation)
    assert any(line.startswith("aws s3 cp --recursive outputs/evaluation s3://runs/one") for line in calls)


@pytest.mark.parametrize("first", ["export TRAINING=75", "SECONDS=14000"])
def test_after_a_notice_or_past_the_deadline_the_machine_just_ends(machine, first):
    calls = machine(first)
    assert not any("neural_guide.evaluate" in line for line in calls)
    assert any("neural_guide.train" in line for line in calls) == ("TRAINING" in first)
    assert calls[-1] == "shutdown -h now"
    assert calls[-2].endswith("s3://runs/one/machine.log")


def test_systemd_accepts_the_timer(machine, tmp_path):
    try:
        subprocess.run(["systemd-analyze", "--version"], capture_output=True, check=True)
    except OSError:
        pytest.skip("systemd-analyze is not installed")
    machine()
    timer = (tmp_path / "units" / "neural-guide-end.timer").read_text()
    when = re.search("OnCalendar=(.+)", timer)[1]
    ended = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert re.search("Next elapse", ended.stdout)
