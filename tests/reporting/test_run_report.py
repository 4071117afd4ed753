import re
from dataclasses import replace

import numpy as np
import pytest

from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.results import Prediction, RealTaskSearch, RunResults, Solution
from neural_guide.reporting.run.report import write_run_report

NAMES = tuple(f"turn_the_whole_grid_and_then_some_more_{i:02d}" for i in range(25))
GRID = np.arange(9, dtype=np.uint8).reshape(3, 3)
HISTORY = "epoch,step,train/loss,val/loss\n0,0,0.7012,\n0,9,,0.4321\n1,10,0.2,\n1,19,,0.5\n2,29,,0.3456\n"


@pytest.fixture
def results(tmp_path):
    history = tmp_path / "metrics.csv"
    history.write_text(HISTORY)
    metrics = {
        "val/f1_micro": 0.8123,
        "val/exact_set": 0.4567,
        "val/baseline/linear/f1_micro": 0.6111,
        "val/baseline/nothing/exact_set": 0.1,
        "test/f1_micro": 0.7123,
        "test/baseline/linear/f1_micro": 0.7511,
        "val/length_3/exact_set": 0.2345,
        f"val/ap/{NAMES[0]}": 0.5678,
        f"val/f1/{NAMES[0]}": 0.5432,
        f"val/support/{NAMES[0]}": 4321.0,
        "n_train": 80000,
        "train_seconds": 123.4,
        "peak_rss_gib": 1.23,
    }
    task = Prediction("task_7", (Pair(GRID, GRID.T),), NAMES[:2], np.linspace(0, 1, 25, dtype=np.float32))
    real = Prediction("007bbfb7", (Pair(GRID, GRID),) * 5, None, task.probabilities)
    return RunResults(
        title="Run one",
        command="python -m neural_guide.train data.batch_size=4",
        vocabulary=Vocabulary(NAMES),
        metrics=metrics,
        history=history,
        worst=[task],
        arc=[real],
        solutions=[Solution("task_7", NAMES[:1], [[GRID, GRID.T]])],
        facts={"commit": "0123abc", "torch": "2.13.0"},
    )


def write_markdown(folder, results):
    write_run_report(folder, results)
    return folder / "report.md"


def test_the_report_contains_each_number_and_fact(tmp_path, results):
    text = write_markdown(tmp_path, results).read_text()
    for words in (
        *("0.812", "0.457", "0.611", "0.234", "0.568", "0.543", "4,321", "80,000", "123.4", "1.23"),
        *("0123abc", "2.13.0", results.command, NAMES[0], "config.yaml", "task_7"),
    ):
        assert words in text


def test_the_first_lines_give_the_loss_and_the_baselines(tmp_path, results):
    head = write_markdown(tmp_path, results).read_text()[:1000]
    assert "Validation loss fell: 0.4321 to 0.3456" in head
    assert "1 rise." in head
    assert "Training loss 0.7012" in head
    assert "On val every metric (2 of 2) clears its baselines" in head
    assert "0.812 against 0.611 (linear), +0.201" in head
    assert "On test 0 of 1 metrics clear their baselines" in head
    assert "Not clear: micro-F1 0.712 against 0.751 (linear)" in head


def test_the_guide_stands_beside_the_shipped_one_on_real_tasks(tmp_path, results):
    assert "Real tasks" not in write_markdown(tmp_path, results).read_text()
    searches = (RealTaskSearch("guide of this run", 10, 4, 57.0), RealTaskSearch("shipped guide", 10, 0, np.nan))
    text = write_markdown(tmp_path, replace(results, real_searches=searches)).read_text()
    assert re.search(r"guide of this run *\| *4 of 10 *\| *57", text)
    assert re.search(r"shipped guide *\| *0 of 10 *\| *-", text)


def test_the_calibration_error_is_shown_but_not_judged(tmp_path, results):
    calibrated = {"val/ece": 0.0321, "val/baseline/base_rates/ece": 0.0001}
    report = write_markdown(tmp_path, RunResults("t", "c", results.vocabulary, {**results.metrics, **calibrated}))
    text = report.read_text()
    assert "0.032" in text
    assert "On val every metric (2 of 2) clears its baselines" in text
    assert "calibrated by construction" in text


def test_every_linked_figure_exists(tmp_path, results):
    report = write_markdown(tmp_path, results)
    links = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", report.read_text())
    names = {"losses", "worst", "arc", "solution_0", "primitives_val"}
    assert {f"figures/{name}.png" for name in names} == set(links)
    assert all((tmp_path / link).read_bytes().startswith(b"\x89PNG") for link in links)
    assert not list(tmp_path.glob("*.tmp"))


def test_a_rising_loss_is_reported(tmp_path, results):
    results.history.write_text("epoch,step,val/loss\n0,9,0.2\n1,19,0.3\n")
    assert "Validation loss did not fall: 0.2000 to 0.3000" in write_markdown(tmp_path, results).read_text()


@pytest.mark.parametrize("metrics", [{}, {"data/f1_micro": 0.5432}])
def test_an_evaluation_reports_its_metrics(tmp_path, metrics):
    text = write_markdown(tmp_path, RunResults("Evaluation", "run me", Vocabulary(("turn",)), metrics)).read_text()
    assert "run me" in text
    assert "loss" not in text.lower()
    assert "![" not in text
    assert ("0.543" in text) == bool(metrics)


def test_a_second_report_replaces_the_first(tmp_path, results):
    first = write_markdown(tmp_path, results).read_text()
    assert write_markdown(tmp_path, results).read_text() == first
