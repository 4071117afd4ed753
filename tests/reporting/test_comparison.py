import pytest

from neural_guide.reporting.comparison.report import write_comparison
from neural_guide.reporting.comparison.table import label_runs, tabulate_comparison
from support.browsing import VIEWS, measure_contrast, measure_overflow, open_page


def run(metrics, history=None, **settings):
    return {"config": settings, "metrics": metrics, "history": history}


@pytest.fixture
def runs(tmp_path):
    log = tmp_path / "metrics.csv"
    log.write_text("epoch,step,val/loss\n0,9,0.5\n1,19,0.25\n")
    priced = {"total_seconds": 3600.0, "dollars_an_hour": 0.5}
    small = {"val/loss": 0.25, "val/f1_micro": 0.5, "samples_per_s": 1000.0, "peak_rss_gib": 1.25, **priced}
    return {
        "4": run(small, log, data={"batch_size": 4}, trainer={"max_epochs": 2}),
        "64": run(
            {"val/loss": 0.5, "val/f1_micro": 0.75, "train_seconds": 8.0},
            data={"batch_size": 64},
            trainer={"max_epochs": 2},
        ),
    }


def test_the_table_shows_settings_that_differ_and_marks_the_best(runs):
    table = tabulate_comparison(runs)
    assert list(table.headers)[:3] == ["run", "batch_size", "val loss"]
    assert [cell.text for cell in table.rows[0]] == ["4", "4", "0.2500", "0.500", "-", "-", "1,000", "1.25", "0.500"]
    assert [cell.text for cell in table.rows[1]] == ["64", "64", "0.5000", "0.750", "-", "8.0", "-", "-", "-"]
    assert [cell.text for row in table.rows for cell in row if cell.best] == ["0.2500", "0.750"]
    assert label_runs(runs) == {"4": "batch_size=4", "64": "batch_size=64"}


def test_an_unknown_price_has_no_column(runs):
    del runs["4"]["metrics"]["dollars_an_hour"]
    assert "cost $" not in tabulate_comparison(runs).headers


def test_ambiguous_settings_keep_their_full_key():
    runs = {name: run({}, data={"seed": name}, trainer={"seed": name}) for name in ("a", "b")}
    assert list(tabulate_comparison(runs).headers)[1:3] == ["data.seed", "trainer.seed"]


@pytest.mark.parametrize(
    "values", [{"a": 1, "b": 1}, {name: position for position, name in enumerate("abcdefghijklmnop")}]
)
def test_runs_are_labelled_by_name_if_settings_do_not_distinguish(values):
    named = {name: run({}, x=value, y=value, z=value) for name, value in values.items()}
    assert label_runs(named) == {name: name for name in values}


def test_both_formats_contain_every_figure(tmp_path, runs):
    page = write_comparison(tmp_path, runs)
    text = (tmp_path / "comparison.md").read_text()
    assert "| 4 | 4 | **0.2500** |" in text
    assert text.count("![") == len(list((tmp_path / "figures").glob("*.png"))) == page.read_text().count("<svg") == 8
    assert "batch_size=64" in page.read_text()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_page_is_readable_in_a_browser(tmp_path, runs, browser, width, scheme):
    with open_page(browser, write_comparison(tmp_path, runs).as_uri(), width, scheme) as page:
        assert page.title() == "Runs compared"
        assert measure_overflow(page) <= 0
        assert measure_contrast(page) >= 4.5
