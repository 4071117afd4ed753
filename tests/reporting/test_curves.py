import pytest

from neural_guide.reporting.curves import draw_curves, draw_losses, find_series, read_history
from neural_guide.reporting.figure_layout import render_pixels

FULL = """epoch,step,train/loss,val/loss,val/f1_micro,system/rss_gib,system/samples_per_s,lr-AdamW
0,0,0.7,,,0.5,100,0.001
0,10,0.5,,,0.6,120,0.001
0,19,,0.45,0.6,,,
1,30,0.3,,,0.7,110,0.001
1,39,,0.35,0.8,,,
"""


@pytest.fixture
def log(tmp_path):
    def write(text):
        path = tmp_path / "metrics.csv"
        path.write_text(text)
        return path

    return write


def test_empty_cells_are_left_out(log):
    history = read_history(log(FULL))
    assert history["train/loss"] == [(0, 0.7), (10, 0.5), (30, 0.3)]
    assert history["val/loss"] == [(19, 0.45), (39, 0.35)]


def test_every_logged_curve_is_drawn(log):
    assert list(draw_curves(read_history(log(FULL)))) == ["losses", "metrics", "resources"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("epoch,step\n0,1\n", []),
        ("epoch,step,train/loss\n0,1,0.5\n", ["losses"]),
        ("epoch,step,val/loss\n0,9,0.5\n", ["losses"]),
        ("epoch,step,val/map\n0,9,0.5\n", ["metrics"]),
        ("epoch,step,system/rss_gib\n0,9,nan\n0,10,0.5\n", ["resources"]),
        ("epoch,step,train/loss,val/loss\n0,1,nan,inf\n0,1\n", []),
    ],
)
def test_missing_curves_are_left_out(log, text, names):
    assert list(draw_curves(read_history(log(text)))) == names


def test_a_missing_log_is_an_empty_history(tmp_path):
    assert read_history(None) == {}
    assert read_history(tmp_path / "absent.csv") == {}


def test_a_step_logged_again_after_resuming_counts_once(log):
    history = read_history(log("epoch,step,train/loss\n0,10,0.5\n0,20,0.4\n0,10,0.6\n"))
    assert history["train/loss"] == [(10, 0.6), (20, 0.4)]


def test_a_column_renamed_by_lightning_is_read(log):
    history = read_history(log("epoch,step,train/loss_step,train/loss_epoch\n0,1,0.5,\n0,2,,0.4\n"))
    assert find_series(history, "train/loss") == [(1, 0.5)]


@pytest.mark.parametrize("steps", [1, 500])
def test_curves_of_one_and_many_points_are_visible(log, steps):
    rows = "\n".join(f"0,{step},{1 / (step + 1)}" for step in range(steps))
    image = render_pixels(draw_losses(read_history(log(f"epoch,step,train/loss\n{rows}\n"))))
    blue = (image[..., 2].astype(int) - image[..., 0]) > 60
    assert blue.sum() > 20
