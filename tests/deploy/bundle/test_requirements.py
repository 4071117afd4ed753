"""The list of wheels follows imports, not memory."""

from importlib.metadata import version

import pytest

from neural_guide.deploy.bundle.requirements import foreign_imports, wheels

SOURCES = {
    "__init__.py": "",
    "begin.py": "import json\nimport torch.nn\nfrom neural_guide.deep import inner\n",
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


def test_imports_are_followed_into_functions_packages_and_circles(source):
    assert foreign_imports(source, ["begin"]) == {"torch", "rich", "numpy"}


def test_requirements_of_requirements_are_listed_without_extras(source):
    found = wheels(source, ["begin"])
    assert list(found) == sorted(found)
    assert {"torch", "numpy", "rich", "sympy", "mpmath", "mdurl"} <= found.keys()  # mdurl: of markdown-it-py, of rich
    assert found["torch"] == version("torch").partition("+")[0]
    assert found.keys().isdisjoint({"lightning", "pytest", "ipykernel"})
