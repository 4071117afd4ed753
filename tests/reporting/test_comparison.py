import pytest

from neural_guide.reporting.comparison.report import write_comparison
from neural_guide.reporting.comparison.table import label_runs, tabulate_comparison
from support.browsing import SCHEMES, WIDTHS, measure_contrast, measure_overflow, open_page


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


def test_a_sweep_shows_what_differed_and_marks_the_best(runs):
    sheet = tabulate_comparison(runs)
    assert list(sheet.headers)[:3] == ["run", "batch_size", "val loss"]
    assert [cell.text for cell in sheet.rows[0]] == ["4", "4", "0.2500", "0.500", "-", "-", "1,000", "1.25", "0.500"]
    assert [cell.text for cell in sheet.rows[1]] == ["64", "64", "0.5000", "0.750", "-", "8.0", "-", "-", "-"]
    assert [cell.text for row in sheet.rows for cell in row if cell.best] == ["0.2500", "0.750"]
    assert label_runs(runs) == {"4": "batch_size=4", "64": "batch_size=64"}


def test_a_price_that_nobody_knows_is_no_column(runs):
    del runs["4"]["metrics"]["dollars_an_hour"]
    assert "cost $" not in tabulate_comparison(runs).headers


def test_settings_of_one_name_in_two_places_keep_their_places():
    runs = {name: run({}, data={"seed": name}, trainer={"seed": name}) for name in ("a", "b")}
    assert list(tabulate_comparison(runs).headers)[1:3] == ["data.seed", "trainer.seed"]


@pytest.mark.parametrize("same", [{"a": 1, "b": 1}, {name: place for place, name in enumerate("abcdefghijklmnop")}])
def test_runs_are_called_by_name_where_settings_do_not_tell(same):
    named = {name: run({}, x=value, y=value, z=value) for name, value in same.items()}
    assert label_runs(named) == {name: name for name in same}


def test_every_picture_of_the_comparison_is_there(tmp_path, runs):
    page = write_comparison(tmp_path, runs)
    text = (tmp_path / "comparison.md").read_text()
    assert "| 4 | 4 | **0.2500** |" in text
    assert text.count("![") == len(list((tmp_path / "figures").glob("*.png"))) == page.read_text().count("<svg") == 8
    assert "batch_size=64" in page.read_text()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_browser_shows_it_readably(tmp_path, runs, browser, width, scheme):
    with open_page(browser, write_comparison(tmp_path, runs).as_uri(), width, scheme) as page:
        assert page.title() == "Runs compared"
        assert measure_overflow(page) <= 0
        assert measure_contrast(page) >= 4.5
