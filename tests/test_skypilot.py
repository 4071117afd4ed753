"""The SkyPilot task file is held against our own configuration: SkyPilot itself needs a network to price it."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from neural_guide.command import CONF, ROOT
from neural_guide.config import check
from neural_guide.renting.request import pinned_torch

TASK = yaml.safe_load((Path(ROOT) / "cloud" / "skypilot.yaml").read_text())
LINES = [line for part in ("setup", "run") for line in TASK[part].splitlines() if "-m neural_guide" in line]


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_is_one_of_ours(line):
    for name, value in TASK["envs"].items():
        line = line.replace(f"${name}", value or "bucket")
    words = shlex.split(line)
    module = words[words.index("-m") + 1]
    assert (Path(ROOT) / "src" / (module.replace(".", "/") + ".py")).is_file()
    overrides = [word for word in words[words.index("-m") + 2 :] if not word.startswith("hydra.")]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        check(OmegaConf.to_object(compose("config", overrides=overrides)))


def test_the_job_is_spot_capped_and_goes_on():
    resources = TASK["resources"]
    assert resources["use_spot"] is True
    assert resources["max_hourly_cost"] == 0.20
    (training,) = [line for line in LINES if "neural_guide.train" in line]
    assert "upload=s3://$BUCKET/$RUN" in training
    assert "cloud.notice=true" in training


def test_torch_is_the_one_that_the_package_pins():
    assert set(re.findall(r"torch==[\d.]+", TASK["setup"])) == {pinned_torch()}
