"""The surface of the commands, frozen, and how mistakes in it are told."""

import functools
import re
import sys
from pathlib import Path

import pytest

from neural_guide.app.command import load_settings, start
from neural_guide.app.provenance import CONF
from neural_guide.app.settings import check_settings, list_keys, list_settings
from neural_guide.config import SURFACE, RunSettings
from neural_guide.errors import UserError
from support.commands import command

FROZEN = Path(__file__).parent / "surface.txt"
TRAIN_GROUPS = SURFACE.groups["train"]
OPTIONS = [(group, path.stem) for group in TRAIN_GROUPS for path in sorted((CONF / group).glob("*.yaml"))]


def test_surface_is_frozen():
    """Changing a key, a group or an option is a decision: update surface.txt and the changelog with it."""
    lines = [f"{command} {key}" for command, root in SURFACE.roots.items() for key in list_keys(root)]
    lines += [f"{command} {group}=" for command, groups in SURFACE.groups.items() for group in groups]
    lines += [f"{group}={option}" for group, option in OPTIONS]
    assert lines == FROZEN.read_text().splitlines()


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_yaml_composes_and_is_in_range(group, option):
    for name, groups in SURFACE.groups.items():
        if group in groups:
            load_settings(name, [f"{group}={option}"], SURFACE, sweeps=group == "sweep")


FIELD_REPORT = {  # batch, epochs, max samples, quality: DESIGN's table of July 2025
    "attempt1": (4, 20, 50_000, 0.70),
    "attempt2": (32, 8, 20_000, 0.85),
    "attempt3": (16, 10, 15_000, 0.80),
    "attempt4": (8, 12, 12_000, 0.80),
    "emergency": (64, 6, 15_000, 0.90),
}


@pytest.mark.parametrize("experiment", FIELD_REPORT)
def test_experiments_are_the_field_report(experiment):
    config = load_settings("train", [f"experiment={experiment}"], SURFACE)
    data = config.data
    row = (data.batch_size, config.trainer.max_epochs, data.max_samples, data.quality_threshold)
    assert row == FIELD_REPORT[experiment]
    assert config.hardware.name == ("auto" if experiment == "emergency" else "cpu")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.bach_size=4", "data.bach_size is no setting. Did you mean data.batch_size"),
        ("data.quality_threshold=1.5", "data.quality_threshold=1.5 is out of range. Allowed: 0 to 1."),
        ("data.batch_size=many", "could not be converted to Integer"),
        ("trainer.max_time=1h", "trainer.max_time=1h is no time. Write DD:HH:MM:SS"),
        ("hardware.precision=fp8", "Allowed: 32-true, 16-mixed, bf16-mixed."),
        ("hardware=g5", "hardware=g5 is not known. Allowed: auto, c5, cpu, g4dn, hopper."),
    ],
)
def test_mistakes_are_one_line_with_the_way_out(override, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train", override, f"hydra.run.dir={tmp_path}"])
    with pytest.raises(SystemExit) as ended:
        start("train", lambda *_: pytest.fail("the mistake was not refused"), SURFACE)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_the_real_command_refuses_too():
    ended = command("train", "data.bach_size=4")
    assert ended.returncode == 2
    assert ended.stderr.startswith("data.bach_size is no setting. Did you mean data.batch_size")
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", SURFACE.roots)
def test_no_number_may_be_negative(command):
    """Numbers are counts, shares, durations and prices."""
    root = SURFACE.roots[command]
    numbers = [entry for entry in list_settings(root) if "int" in entry.type or "float" in entry.type]
    for entry in numbers:
        settings = root()
        *groups, name = entry.key.split(".")
        setattr(functools.reduce(getattr, groups, settings), name, [-1] if "list" in entry.type else -1)
        with pytest.raises(UserError, match=re.escape(f"{entry.key}=-1 is out of range")):
            check_settings(settings)


def test_crossed_range_is_refused():
    config = RunSettings()
    config.data.min_complexity, config.data.max_complexity = 0.6, 0.4
    with pytest.raises(UserError, match="No record can pass"):
        check_settings(config)


@pytest.mark.parametrize(
    "override",
    [
        "upload=s3://AKIA:verysecret@bucket/run",
        "data.path=https://me:verysecret@example.org/data.json",
        "data.path=https://bucket.s3.amazonaws.com/data.json?X-Amz-Credential=a&X-Amz-Signature=verysecret",
        "hydra.run.dir={folder}/run/s3://a:verysecret@b",
    ],
)
def test_credentials_are_refused_before_anything_is_written(override, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train", f"hydra.run.dir={tmp_path / 'run'}", override.format(folder=tmp_path)])
    with pytest.raises(SystemExit) as ended:
        start("train", lambda *_: pytest.fail("the credentials were not refused"), SURFACE)
    assert ended.value.code == 2
    output = capsys.readouterr()
    assert "the URL holds credentials" in output.err
    assert "verysecret" not in output.out + output.err
    assert not any(tmp_path.iterdir())
