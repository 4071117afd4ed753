"""Imports are followed from file to file, and nothing is imported."""

import pytest

from neural_guide.app.provenance import PACKAGE
from neural_guide.runtime.source_imports import follow_imports
from support.sources import write_sources


@pytest.fixture
def source(tmp_path):
    return write_sources(tmp_path)


def test_executed_imports_are_followed_into_functions_and_circles(source):
    imports = follow_imports(source, ["begin"])
    assert imports.foreign == {"torch", "rich", "numpy", "scipy"}
    names = [str(path.relative_to(source)) for path in imports.files]
    assert names == ["__init__.py", "begin.py", "deep/__init__.py", "deep/inner.py", "last.py"]


def test_evidence_depends_on_features_and_units_and_not_on_the_order_of_a_search():
    """Features of a dataset take minutes: a change of the search leaves them valid."""
    files = {
        str(path.relative_to(PACKAGE / "search"))
        for path in follow_imports(PACKAGE, ["search.evidence"]).files
        if path.is_relative_to(PACKAGE / "search")
    }
    assert {"evidence.py", "words.py", "unit_rules/relations.py", "cell_rules/features.py"} <= files
    assert files.isdisjoint({"solver.py", "task_search.py", "jobs.py", "settings.py", "candidate_pool.py"})
