"""The Python interface: what `import neural_guide` offers, and what it costs."""

import doctest
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import neural_guide
from neural_guide.app.provenance import ROOT
from neural_guide.dsl.vocabulary import WIDE, Vocabulary
from neural_guide.experiment import python_api
from neural_guide.harness.attempts import AttemptSettings, attempt_task
from neural_guide.search.settings import SearchBudget, SearchSettings
from support.guides import build_untrained_guide

PAGES = ("README.md", "docs/api.md")


def test_importing_the_package_imports_nothing_heavy():
    script = (
        "import sys, neural_guide; dir(neural_guide); "
        "print([name for name in ('torch', 'numpy', 'hydra', 'lightning', 'numba', 'cv2') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in neural_guide.__all__:
        assert getattr(neural_guide, name) is not None


def test_other_names_are_refused_as_python_does():
    with pytest.raises(AttributeError, match="has no attribute 'solve_everything'"):
        _ = neural_guide.solve_everything


def test_broken_tasks_are_left_out_with_a_warning(tmp_path):
    task = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps({"a": task, "b": {}}))
    with pytest.warns(UserWarning, match=r"1 of 2 tasks set aside\. First: .*tasks\.json, task b: "):
        tasks = neural_guide.load_tasks(str(path))
    assert [arc.task.task_id for arc in tasks] == ["a"]


def test_docstring_examples_are_true():
    for module in (neural_guide, python_api):
        results = doctest.testmod(module)
        assert results.attempted
        assert not results.failed


@pytest.mark.parametrize("page", PAGES)
def test_python_on_the_pages_runs(page, tmp_path, monkeypatch):
    """Blocks of one page share their names, like the cells of a notebook."""
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)


def test_probabilities_and_a_solution_of_a_real_task():
    arc = next(arc for arc in neural_guide.load_tasks() if arc.task.task_id == "67a3c6ac")
    guide = neural_guide.load_guide()
    probabilities = neural_guide.predict_primitives(arc.task, guide)
    assert list(probabilities.values()) == sorted(probabilities.values(), reverse=True)
    assert set(probabilities) == set(guide.vocabulary.names)
    first = neural_guide.solve_task(arc.task, guide, nodes=2000)[0]
    assert arc.is_answered_by(first.answers)
    assert 0 <= first.confidence <= 1
    assert np.array_equal(first.apply(np.array([[1, 2]], dtype=np.uint8)), [[2, 1]])


def test_a_wide_guide_searches_as_the_command_does():
    """Beyond programs too, and in transforms of the task, each with a prior of its own."""
    guide = build_untrained_guide(WIDE)
    task = next(arc.task for arc in neural_guide.load_tasks() if arc.task.task_id == "1bfc4729")
    solutions = neural_guide.solve_task(task, guide, dsl="wide", nodes=1000)
    settings = AttemptSettings(None, "guide", WIDE.names, SearchBudget(nodes=1000), SearchSettings())
    candidates = attempt_task(task, settings, guide).search.candidates
    assert "transposed" in {candidate.transform for candidate in candidates}
    assert len(solutions) == len(candidates)
    for solution, candidate in zip(solutions, candidates, strict=True):
        assert [answer.tolist() for answer in solution.answers] == list(candidate.answers)
        assert solution.nodes == candidate.nodes


def test_a_guide_of_another_vocabulary_is_refused():
    task = neural_guide.load_tasks()[0].task
    with pytest.raises(neural_guide.UserError, match="wide"):
        neural_guide.solve_task(task, neural_guide.load_guide(), dsl="wide")
    foreign = build_untrained_guide(Vocabulary(("Flip", "rot90")), has_features=False)
    with pytest.raises(neural_guide.UserError, match=r"cannot be executed here.*: Flip\."):
        neural_guide.solve_task(task, foreign)


def test_generated_records_are_those_of_the_command():
    records = neural_guide.generate_records(12, seed=7)
    again = neural_guide.generate_records(8, seed=7)
    assert len(records) == 12
    assert all(np.array_equal(one.input, other.input) for one, other in zip(records, again, strict=False))


def test_a_guide_is_trained_from_settings(dataset, tmp_path):
    small = ("trainer.max_steps=3", "network.width=16", "trainer.arc_tasks=0", "data.batch_size=16")
    guide = neural_guide.train_guide(f"data.path={dataset}", *small, folder=tmp_path / "run")
    assert guide.settings.width == 16
    assert (tmp_path / "run" / "report.html").is_file()
    with pytest.raises(neural_guide.UserError, match=r"data\.bach_size is no setting"):
        neural_guide.train_guide("data.bach_size=3", folder=tmp_path / "other")
    assert not (tmp_path / "other").exists()
