import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.rendering import render
from neural_guide.reporting.results import Prediction, RunResults, Solution, SplitPredictions
from neural_guide.reporting.run.context import build_run_context
from neural_guide.reporting.run.report import write_run_report
from support.browsing import VIEWS, measure_contrast, measure_overflow, open_page

NAMES = ("turn", "<script>alert(1)</script>", *(f"a_primitive_with_a_rather_long_name_{i:02d}" for i in range(15)))
HISTORY = """epoch,step,train/loss,train/epoch_loss,val/loss,val/f1_micro,system/rss_gib,system/train_s
0,0,0.7012,,,,0.5,0.1
0,9,,0.6,0.4321,0.5,,
1,10,0.2,,,,0.6,60
1,19,,0.5,0.3457,0.6,,
2,29,,0.4,0.3456,0.7,,
"""


@pytest.fixture
def results(tmp_path):
    (tmp_path / "metrics.csv").write_text(HISTORY)
    (tmp_path / "config.yaml").write_text("seed: 7\n")
    rng = np.random.default_rng(0)
    probabilities = rng.random((200, 17)).astype(np.float32)
    labels = rng.random((200, 17)) < probabilities**2
    grids = [rng.integers(0, 10, side, dtype=np.uint8) for side in ((3, 3), (30, 30), (1, 30))]
    task = Prediction("task_7", tuple(Pair(grid, grid[::-1]) for grid in grids), NAMES[:2], probabilities[0])
    metrics = {
        "val/f1_micro": 0.8123,
        "val/baseline/linear/f1_micro": 0.6111,
        "val/length_3/exact_set": 0.2345,
        **{f"val/pairs_{pairs}/{name}": 0.2 * pairs for pairs in (1, 2, 3) for name in ("f1_micro", "exact_set")},
        **{f"val/ap/{name}": 0.5678 for name in NAMES},
        **{f"val/support/{name}": 4321.0 for name in NAMES},
        "n_train": 80000,
        "train_seconds": 123.4,
        "total_seconds": 4 * 3600 + 1,
        "epochs": 3.0,
        "steps": 30.0,
        "reload_difference": 0.0,
        "guide_mib": 1.9,
    }
    return RunResults(
        title="Run <one>",
        command="python -m neural_guide.train data.batch_size=4",
        vocabulary=Vocabulary(NAMES),
        metrics=metrics,
        history=tmp_path / "metrics.csv",
        worst=[task],
        arc=[Prediction("007bbfb7", task.pairs, None, probabilities[1])],
        solutions=[Solution("task_7", ("turn",), [[grid, grid[::-1]] for grid in grids])],
        facts={"commit": "0123abc"},
        split_predictions=SplitPredictions("val", probabilities, labels),
        settings={"trainer.max_epochs": 3, "trainer.max_time": "none"},
    )


def render_page(folder, results):
    return render("run.html", build_run_context(results, folder / "config.yaml"))


class Parts(HTMLParser):
    """Words, attributes and tags of a page."""

    def __init__(self, text):
        super().__init__()
        self.words, self.attributes, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def parts(tmp_path, results):
    return Parts(render_page(tmp_path, results))


def extract_criteria(parts):
    text = " ".join(" ".join(parts.words).split())
    return text[text.index("Success criteria") : text.index("Curves")]


def render_criteria(folder, results):
    """The criteria of a page; without tasks, which take long to draw."""
    return extract_criteria(Parts(render_page(folder, replace(results, worst=(), arc=(), solutions=()))))


def test_the_page_contains_each_number_and_fact(parts):
    text = "".join(parts.words)
    for words in (
        *("Run <one>", "0.812", "0.611", "+0.201", "0.234", "0.57", "4,321", "80,000", "0123abc", "seed: 7", "task_7"),
        *("data.batch_size=4", "Validation loss fell: 0.4321 to 0.3456", "Probability against frequency", *NAMES),
    ):
        assert words in text or any(words in value for _, value in parts.attributes), words


def test_the_page_needs_no_other_file_and_runs_no_script(parts):
    assert not {"script", "iframe", "object", "img"} & set(parts.tags)
    links = [value for name, value in parts.attributes if name in ("src", "href", "xlink:href")]
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not any("url(http" in value for _, value in parts.attributes)


def test_ids_are_unique_and_references_resolve(parts):
    ids = [value for name, value in parts.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = {id_ for _, value in parts.attributes for id_ in re.findall(r"(?:^|url\()#([^)]+)", value)}
    assert references <= set(ids)


def test_criteria_are_judged_by_the_measurements(parts):
    text = extract_criteria(parts)
    assert "✓ training completed : 3 of 3 epochs, 30 steps" in text
    assert "✓ converged within 6 epochs : reached after epoch 2 of 3" in text
    assert "✓ loss decreased consistently : 0 rises in validation, 0 rises in training" in text
    assert "✓ model saved, and reloads : largest difference 0, 1.9 MiB" in text
    assert "✓ training time : 2 min 3 s at most 1 h" in text
    assert "✗ total time : 4 h at most 4 h" in text


def test_missed_criteria_are_crossed(tmp_path, results):
    results.history.write_text("epoch,step,val/loss\n0,9,0.4\n1,19,0.5\n2,29,0.3\n")
    results.metrics["reload_difference"] = 0.01
    results.settings["trainer.max_time"] = "00:00:02:00"
    text = render_criteria(tmp_path, results)
    assert "✗ converged within 6 epochs : reached after epoch 3 of 3" in text
    assert "✗ loss decreased consistently : 1 rise in validation" in text
    assert "✗ model saved, and reloads : largest difference 0.01" in text
    assert "✗ training time : 2 min 3 s at most 2 min" in text


@pytest.mark.parametrize(
    ("settings", "metrics", "line"),
    [
        ({}, {"epochs": 2.0}, "✗ training completed : ended early: 2 of 3 epochs, 30 steps"),
        ({"deadline": "5h"}, {"steps": 29.0}, "✗ training completed : cut by deadline: 3 of 3 epochs, 29 steps"),
        ({"trainer.max_steps": 29}, {"steps": 29.0}, "✓ training completed : 3 of 3 epochs, 29 steps"),
        ({"trainer.max_epochs": 9, "trainer.early_stopping": 1}, {}, "✗ training completed : ended early"),
        ({"deadline": "1m"}, {}, "✗ training time : 2 min 3 s at most 60 s"),
        ({"deadline": "5h"}, {}, "✓ training time : 2 min 3 s at most 1 h"),
        ({"deadline": "5h"}, {}, "✓ total time : 4 h at most 5 h"),
        ({"deadline": "2h", "trainer.max_time": "00:03:00:00"}, {}, "✓ training time : 2 min 3 s at most 2 h"),
    ],
)
def test_a_run_is_judged_by_its_own_limits(tmp_path, results, settings, metrics, line):
    results.settings.update(settings)
    results.metrics.update(metrics)
    assert line in render_criteria(tmp_path, results)


def test_early_stopping_completes_a_run(tmp_path, results):
    results.history.write_text("epoch,step,val/loss\n0,9,0.4\n1,19,0.3\n2,29,0.5\n")
    results.settings.update({"trainer.max_epochs": 9, "trainer.early_stopping": 1})
    text = render_criteria(tmp_path, results)
    assert "✓ training completed : 3 of 9 epochs, 30 steps, ended by early stopping" in text


@pytest.mark.parametrize(("epoch", "sign"), [(6, "✓"), (7, "✗")])
def test_the_loss_converges_within_six_epochs_or_late(tmp_path, results, epoch, sign):
    losses = [*(1.0 - 0.01 * i for i in range(epoch - 1)), *[0.1] * (10 - epoch)]
    rows = [f"{i},{10 * i + 9},{loss}" for i, loss in enumerate(losses)]
    results.history.write_text("\n".join(["epoch,step,val/loss", *rows]))
    text = render_criteria(tmp_path, results)
    assert f"{sign} converged within 6 epochs : reached after epoch {epoch} of {len(losses)}" in text


@pytest.mark.parametrize(
    ("metrics", "line"),
    [
        ({}, "? cost : $2.00 at $0.50 an hour no budget was set"),
        ({"budget_dollars": 2.5}, "✓ cost : $2.00 at $0.50 an hour at most $2.50"),
        ({"budget_dollars": 1.5}, "✗ cost : $2.00 at $0.50 an hour at most $1.50"),
        ({"cloud_launched": 1.0}, "✓ spot quota approved : the machine could be launched"),
        ({"planned_train_seconds": 100.0}, "training time 1 min 40 s 2 min 3 s -19% ✓"),
        ({"planned_memory_gib": 2.0, "peak_rss_gib": 1.0}, "2.00 GiB 1.00 GiB +100% ✗ (aim: within 15%)"),
    ],
)
def test_price_and_plan_are_compared_with_the_measurements(tmp_path, results, metrics, line):
    results.metrics.update({"dollars_an_hour": 0.5, **metrics})
    assert line in render_criteria(tmp_path, results)


def test_price_and_plan_are_optional(parts):
    text = extract_criteria(parts)
    assert "cost" not in text
    assert "planned" not in text
    assert "quota" not in text


def test_an_evaluation_shows_its_metrics(tmp_path):
    bare = RunResults("Evaluation", "run me", Vocabulary(("turn",)), {"data/f1_micro": 0.5432})
    parts = Parts(render_page(tmp_path, bare))
    text = "".join(parts.words)
    assert "0.543" in text
    assert "Success criteria" not in text
    assert "svg" not in parts.tags


def test_a_stopped_run_names_the_command_that_resumes_it(tmp_path, results):
    text = render_page(
        tmp_path,
        RunResults(
            "Stopped",
            "again",
            results.vocabulary,
            {"epochs": 1.0},
            stop_message="Stopped by SIGTERM.",
            resume_command="resume so",
        ),
    )
    assert "Stopped by SIGTERM." in text
    assert "resume so" in text


def test_rendering_is_deterministic(tmp_path, results):
    assert render_page(tmp_path, results) == render_page(tmp_path, results)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_page_is_readable_in_a_browser(tmp_path, results, browser, width, scheme):
    path = write_run_report(tmp_path, results)
    with open_page(browser, path.as_uri(), width, scheme) as page:
        assert page.title() == "Run <one>"
        assert measure_overflow(page) <= 0
        assert measure_contrast(page) >= 4.5
        lightness = sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))))
        assert (lightness > 380) == (scheme == "light")
        page.get_by_text("Resolved configuration").focus()
        page.keyboard.press("Enter")
        assert page.get_by_text("seed: 7").is_visible()
