from pathlib import Path

import pytest

from neural_guide.experiment.post_training import link_latest


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A folder whose outputs/latest points to a run."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Path(f"outputs/train/{name}").mkdir(parents=True)
    link_latest(Path("outputs/train/one"))
    return tmp_path


def test_latest_points_to_the_last_run_wherever_the_checkout_is_moved(checkout):
    link_latest(checkout / "outputs/train/two")
    assert Path("outputs/latest").resolve() == checkout / "outputs/train/two"
    moved = checkout.rename(checkout.with_name("moved"))
    assert (moved / "outputs/latest").resolve() == moved / "outputs/train/two"


def test_a_run_elsewhere_is_nobodys_latest(checkout, tmp_path_factory):
    link_latest(tmp_path_factory.mktemp("elsewhere"))
    assert Path("outputs/latest").resolve() == checkout / "outputs/train/one"
