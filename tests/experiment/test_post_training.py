import errno
import os
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


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_symbolic_links_latest_is_left_out(checkout, monkeypatch, capsys, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "symlink", refuse)
    link_latest(Path("outputs/train/two"))
    assert capsys.readouterr().out == (
        f"outputs/latest is not linked to this run: {os.strerror(number).lower()}. "
        "Name the folder of the run instead: outputs/train/two\n"
    )
    assert not list(Path("outputs").glob(".latest*"))


def test_a_folder_named_latest_is_left_alone(checkout, capsys):
    Path("outputs/latest").unlink()
    Path("outputs/latest").mkdir()
    link_latest(Path("outputs/train/two"))
    assert "is not linked to this run: is a directory." in capsys.readouterr().out
    assert not list(Path("outputs").glob(".latest*"))
