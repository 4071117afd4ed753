"""The file of a generated dataset: what it may replace."""

import os

import pytest

from neural_guide.app.invocation import Invocation
from neural_guide.data.generation.dataset import write_dataset
from neural_guide.data.generation.settings import GenerateSettings
from neural_guide.errors import UserError


@pytest.mark.parametrize(
    ("name", "overwrite", "message"),
    [
        ("file.json", False, "is not overwritten. Add generate.overwrite=true"),
        ("folder", True, "is a folder; a dataset is a file. Name one in it"),
        ("pipe", True, "is a pipe or a device; a dataset is a file"),
    ],
)
def test_what_exists_is_not_replaced_unasked(tmp_path, name, overwrite, message):
    (tmp_path / "file.json").write_text("mine")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    settings = GenerateSettings()
    settings.data.path, settings.generate.overwrite = str(tmp_path / name), overwrite
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=message):
        write_dataset(settings, Invocation("generate", tmp_path))
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file.json").read_text() == "mine"
