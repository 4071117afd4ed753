"""The pages of an inspection, of data with awkward names, of one record and of our own."""

import re

import numpy as np
import pytest
from matplotlib.image import imread

from neural_guide.data.audit.audit import audit_store, select_for_training
from neural_guide.data.audit.findings import format_verdict, list_findings
from neural_guide.data.audit.results import Cost
from neural_guide.data.format.records import Record, write_records
from neural_guide.data.settings import DataSettings
from neural_guide.data.store.store import open_store
from neural_guide.reporting.inspection.report import write_inspection_report

NAMES = tuple(f"a_${number}_|name|_of_*forty*_letters_or_even_more" for number in range(30))
COST = Cost(
    steps=20,
    step_seconds=0.0375,
    check_seconds=0.01,
    data_share=0.021,
    batches=251,
    val_batches=21,
    epoch_seconds=9.6,
    epochs=6,
    features_seconds=17.1,
    memory_gib=0.62,
    memory_limit_gib=23.5,
    gpu_memory_gib=None,
    machine="processor (profile auto), 2 threads",
    load=0.5,
    cores=2,
)


def awkward(count):
    rng = np.random.default_rng(0)
    for number in range(count):
        shown = rng.integers(0, 10, rng.integers(1, 31, 2), np.uint8)
        made = shown if number % 9 == 0 else shown[::-1, :20].copy()
        names = tuple(rng.choice(NAMES, rng.integers(1, 5), replace=False).tolist())
        yield Record(shown, made, names, float(rng.random()), 0.5, f"task_${number}")
        if number % 7 == 0:
            yield Record(shown.T.copy(), made.T.copy(), names, 0.5, 0.5, f"turned_{number}")
            yield Record(shown, made, NAMES[:1], 0.5, 0.5, f"again_{number}")


def report_of(folder, records, cost):
    path = folder / "data_$1.json"
    write_records(path, records)
    store = open_store(path, progress=False)
    config = DataSettings(path=str(path), quality_threshold=0.0, val_share=0.3, test_share=0.2)
    found = audit_store(store, config, select_for_training(store, config, 0), lambda _: None)
    told = list_findings(found, cost)
    text = write_inspection_report(folder, store, found, cost, told, {"command": "the command"}).read_text()
    return found, told, text


def pictures(folder, text):
    """Every picture of the report, as pixels; each must be there and none may be left over."""
    linked = re.findall(r"!\[[^]]*\]\((figures/[a-z_]+\.png)\)", text)
    assert sorted(linked) == sorted(f"figures/{path.name}" for path in (folder / "figures").iterdir())
    return {name: imread(folder / name) for name in linked}


def test_every_finding_and_figure_is_in_the_report(tmp_path):
    found, told, text = report_of(tmp_path, list(awkward(60)), COST)
    assert format_verdict(told) in text
    assert text.count("\n- **mend**") == sum(finding.severity == "mend" for finding in told) > 0
    for words in ("9.6 s", "38 ms", "0.6 GiB", "17 s", "the command", f"{found.copies['exact'].records:,}"):
        assert words in text
    shown = pictures(tmp_path, text)
    for name in ("labels", "together", "lengths_quality", "grids", "tasks", "exact", "near", "contradictions", "leaks"):
        assert f"figures/{name}.png" in shown
    assert "figures/equal.png" in shown
    for row in found.quality:
        assert f"| {row.threshold:.2f} | {row.records:,} | {row.share:.1%} |" in text


@pytest.mark.parametrize("cost", [None, COST])
def test_a_report_of_one_record(tmp_path, cost):
    grid = np.array([[1, 2]], np.uint8)
    _, _, text = report_of(tmp_path, [Record(grid, grid[:, ::-1].copy(), ("only",), 0.5, 0.5, "one")], cost)
    shown = pictures(tmp_path, text)
    assert set(shown) == {f"figures/{name}.png" for name in ("labels", "lengths_quality", "grids", "tasks")}
    assert "would refuse" in text


def test_nothing_is_cut_off_at_the_edges(tmp_path):
    """Words that reach beyond a figure would be cut: its outermost pixels are white."""
    _, _, text = report_of(tmp_path, list(awkward(60)), COST)
    for name, pixels in pictures(tmp_path, text).items():
        for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
            assert (edge[..., :3] == 1).all(), name
