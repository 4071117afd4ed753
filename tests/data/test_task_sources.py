"""The tasks that commands work on, by name; tests/data/generation/concepts opens the collection `concepts`."""

import pytest

from neural_guide.data.task_sources import open_tasks
from neural_guide.errors import UserError


def test_a_misspelt_name_is_corrected():
    with pytest.raises(UserError, match="Did you mean concepts"):
        open_tasks("concept")


def test_a_path_beside_the_names_is_opened(tmp_path):
    path = tmp_path / "concepts.json"
    path.write_text('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}')
    assert [task.task.task_id for task in open_tasks(str(path)).tasks] == ["concepts"]
