"""Source files of a small package in place of ours, whose imports can be followed."""

from pathlib import Path

SOURCES = {
    "__init__.py": "",
    "begin.py": "import json\nimport torch.nn\nfrom neural_guide.deep import inner\n"
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lightning\nelse:\n    import scipy\n",
    "deep/__init__.py": "import rich\n",
    "deep/inner.py": "def late():\n    from neural_guide.last import value\n",
    "last.py": "import neural_guide.begin\nfrom numpy import array\nvalue = 1\n",
    "unused.py": "import lightning\n",
}


def write_sources(folder: Path) -> Path:
    """Write the package into a folder and return its own."""
    for name, text in SOURCES.items():
        path = folder / "neural_guide" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "neural_guide"
