"""The list of wheels follows imports, not memory."""

from importlib.metadata import version

import pytest

from neural_guide.app.provenance import ROOT
from neural_guide.deploy.bundle.requirements import ENTRIES, find_foreign_imports, list_wheels

SOURCES = {
    "__init__.py": "",
    "begin.py": "import json\nimport torch.nn\nfrom neural_guide.deep import inner\n"
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lightning\nelse:\n    import scipy\n",
    "deep/__init__.py": "import rich\n",
    "deep/inner.py": "def late():\n    from neural_guide.last import value\n",
    "last.py": "import neural_guide.begin\nfrom numpy import array\nvalue = 1\n",
    "unused.py": "import lightning\n",
}


@pytest.fixture
def source(tmp_path):
    for name, text in SOURCES.items():
        path = tmp_path / "neural_guide" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "neural_guide"


def test_executed_imports_are_followed_into_functions_and_circles(source):
    assert find_foreign_imports(source, ["begin"]) == {"torch", "rich", "numpy", "scipy"}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_is_a_module_of_ours(entry):
    assert (ROOT / "src" / "neural_guide" / entry.replace(".", "/")).with_suffix(".py").is_file()


def test_requirements_of_requirements_are_listed_without_extras(source):
    versions = list_wheels(source, ["begin"])
    assert list(versions) == sorted(versions)
    assert {"torch", "numpy", "rich", "mdurl"} <= versions.keys()  # mdurl: of markdown-it-py, of rich
    assert versions.keys().isdisjoint({"sympy", "mpmath"})  # they come with torch, like its CUDA libraries
    assert versions["torch"] == version("torch").partition("+")[0]
    assert versions.keys().isdisjoint({"lightning", "pytest", "ipykernel"})
    assert list_wheels(source, ["begin"], needs_torch=False).keys() == versions.keys() - {"torch"}
