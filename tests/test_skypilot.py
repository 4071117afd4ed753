"""The SkyPilot task file is held against our own configuration: SkyPilot itself needs a network to price it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import yaml

from neural_guide.app.command import load_settings
from neural_guide.app.provenance import ROOT
from neural_guide.config import SURFACE
from neural_guide.deploy.aws.launch_request import read_pinned_torch
from support.servers import aws

TASK = yaml.safe_load((Path(ROOT) / "cloud" / "skypilot.yaml").read_text())
LINES = [line for part in ("setup", "run") for line in TASK[part].splitlines() if "-m neural_guide" in line]


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_is_one_of_ours(line):
    for name, value in TASK["envs"].items():
        line = line.replace(f"${name}", value or "bucket")
    words = shlex.split(line.partition(" || ")[0])
    module = words[words.index("-m") + 1]
    assert (Path(ROOT) / "src" / (module.replace(".", "/") + ".py")).is_file()
    overrides = [word for word in words[words.index("-m") + 2 :] if not word.startswith("hydra.")]
    load_settings(module.rpartition(".")[2], overrides, SURFACE)


def test_the_job_is_spot_capped_and_resumes():
    resources = TASK["resources"]
    assert resources["use_spot"] is True
    assert resources["max_hourly_cost"] == 0.20
    (training,) = [line for line in LINES if "neural_guide.train" in line]
    assert "upload=s3://$BUCKET/$RUN" in training
    assert "cloud.notice=true" in training


def test_torch_is_the_one_that_the_package_pins():
    assert set(re.findall(r"torch==[\d.]+", TASK["setup"])) == {read_pinned_torch()}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Runs the job with commands of ours that write themselves down and end with a code; (exit code, what was run)."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(
        f"""#!/bin/bash
        [ "$1" != -c ] || exec {sys.executable} "$@"
        echo "$2" >>called
        mkdir -p outputs/evaluation/tables && touch outputs/evaluation/report.md outputs/evaluation/tables/all.csv
        [ "$2" != neural_guide.train ] || exit "$TRAINING"
        """
    )
    python.chmod(0o755)
    (tmp_path / "sleep").write_text("#!/bin/bash\necho sleep >>called\n")
    (tmp_path / "sleep").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name, value in TASK["envs"].items():
        monkeypatch.setenv(name, value or "jobs")

    def run(training: int) -> tuple[int, list[str]]:
        monkeypatch.setenv("TRAINING", str(training))
        done = subprocess.run(["bash", "-e", "-c", TASK["run"]], cwd=tmp_path, check=False)
        return done.returncode, (tmp_path / "called").read_text().split()

    return run


def test_a_trained_guide_is_evaluated_into_the_bucket(job):
    with aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="jobs")
        assert job(0) == (0, ["neural_guide.train", "neural_guide.evaluate"])
        keys = {entry["Key"] for entry in client.list_objects_v2(Bucket="jobs")["Contents"]}
    assert keys == {f"emergency/evaluation/{name}" for name in ("report.md", "tables/all.csv")}


def test_after_a_spot_notice_the_job_waits_and_never_counts_as_done(job):
    assert job(75) == (75, ["neural_guide.train", "sleep"])


def test_a_failed_training_is_not_evaluated(job):
    assert job(1) == (1, ["neural_guide.train"])
