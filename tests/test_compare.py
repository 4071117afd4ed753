"""The compare command on folders of runs, as a user types it."""

import json
import re
from pathlib import Path

import pytest

from neural_guide.errors import UserError
from neural_guide.experiment.sweep import choose_runs, read_runs
from support.commands import command


@pytest.fixture
def sweep(tmp_path) -> Path:
    """Two finished runs whose names hold what differs, and one that failed."""
    for place, size in enumerate((8, 16)):
        folder = tmp_path / "sweep" / f"{place}_data.batch_size={size}"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(f"data: {{batch_size: {size}}}")
        (folder / "metrics.json").write_text(json.dumps({"val/loss": 1 / size, "train_seconds": 3.0}))
        (folder / "metrics.csv").write_text(f"epoch,step,val/loss\n0,9,{2 / size}\n")
    (tmp_path / "sweep" / "2_failed").mkdir()
    return tmp_path / "sweep"


@pytest.mark.parametrize("whole", [True, False])
def test_runs_of_a_sweep_are_compared_together_or_one_by_one(sweep, tmp_path, whole):
    typed = [sweep] if whole else sorted(sweep.iterdir())
    ended = command("compare", *map(str, typed), f"hydra.run.dir={tmp_path / 'out'}")
    assert ended.returncode == 0, ended.stderr
    rows = [row.split("|") for row in (tmp_path / "out/comparison.md").read_text().splitlines() if row.startswith("|")]
    assert rows[0][2].strip() == "batch_size"
    assert [row[2].strip() for row in rows[2:]] == ["8", "16"]
    assert "Runs compared" in ended.stdout
    assert "comparison.html" in ended.stdout
    assert ("2_failed holds no finished run" in ended.stdout) != whole
    assert (tmp_path / "out/comparison.html").is_file()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ([], "Name the runs"),
        (["sweep/2_failed"], "sweep/2_failed holds no finished run"),
        (["sweep/damaged"], "config.yaml or metrics.json is damaged"),
    ],
)
def test_mistakes_are_one_line(sweep, tmp_path, monkeypatch, typed, message):
    monkeypatch.chdir(tmp_path)
    (sweep / "damaged").mkdir()
    (sweep / "damaged/config.yaml").write_text("seed: 0")
    (sweep / "damaged/metrics.json").write_text("{")
    with pytest.raises(UserError, match=re.escape(message)) as refused:
        read_runs(choose_runs(typed)[0])
    assert "\n" not in str(refused.value)
