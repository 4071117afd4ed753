"""The report of an inspection: awkward names, a single record, and the edges of its figures."""

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


def make_awkward_records(count):
    rng = np.random.default_rng(0)
    for number in range(count):
        grid = rng.integers(0, 10, rng.integers(1, 31, 2), np.uint8)
        output = grid if number % 9 == 0 else grid[::-1, :20].copy()
        names = tuple(rng.choice(NAMES, rng.integers(1, 5), replace=False).tolist())
        yield Record(grid, output, names, float(rng.random()), 0.5, f"task_${number}")
        if number % 7 == 0:
            yield Record(grid.T.copy(), output.T.copy(), names, 0.5, 0.5, f"turned_{number}")
            yield Record(grid, output, NAMES[:1], 0.5, 0.5, f"again_{number}")


def write_report(folder, records, cost):
    path = folder / "data_$1.json"
    write_records(path, records)
    store = open_store(path, progress=False)
    config = DataSettings(path=str(path), quality_threshold=0.0, val_share=0.3, test_share=0.2)
    results = audit_store(store, config, select_for_training(store, config, 0), lambda _: None)
    findings = list_findings(results, cost)
    text = write_inspection_report(folder, store, results, cost, findings, {"command": "the command"}).read_text()
    return results, findings, text


def read_figures(folder, text):
    """Pixels of every figure of the report; the folder contains these files and no others."""
    linked = re.findall(r"!\[[^]]*\]\((figures/[a-z_]+\.png)\)", text)
    assert sorted(linked) == sorted(f"figures/{path.name}" for path in (folder / "figures").iterdir())
    return {name: imread(folder / name) for name in linked}


def test_the_report_contains_every_finding_and_figure(tmp_path):
    results, findings, text = write_report(tmp_path, list(make_awkward_records(60)), COST)
    assert format_verdict(findings) in text
    assert text.count("\n- **mend**") == sum(finding.severity == "mend" for finding in findings) > 0
    for words in ("9.6 s", "38 ms", "0.6 GiB", "17 s", "the command", f"{results.copies['exact'].records:,}"):
        assert words in text
    figures = read_figures(tmp_path, text)
    for name in ("labels", "together", "lengths_quality", "grids", "tasks", "exact", "near", "contradictions", "leaks"):
        assert f"figures/{name}.png" in figures
    assert "figures/equal.png" in figures
    for row in results.quality:
        assert f"| {row.threshold:.2f} | {row.records:,} | {row.share:.1%} |" in text


@pytest.mark.parametrize("cost", [None, COST])
def test_a_report_of_one_record(tmp_path, cost):
    grid = np.array([[1, 2]], np.uint8)
    _, _, text = write_report(tmp_path, [Record(grid, grid[:, ::-1].copy(), ("only",), 0.5, 0.5, "one")], cost)
    figures = read_figures(tmp_path, text)
    assert set(figures) == {f"figures/{name}.png" for name in ("labels", "lengths_quality", "grids", "tasks")}
    assert "would refuse" in text


def test_figures_are_not_cut_off_at_their_edges(tmp_path):
    """Text beyond the edge of a figure would be cut off, so its outermost pixels are white."""
    _, _, text = write_report(tmp_path, list(make_awkward_records(60)), COST)
    for name, pixels in read_figures(tmp_path, text).items():
        for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
            assert (edge[..., :3] == 1).all(), name
