"""The list of wheels follows imports, not memory."""

from importlib.metadata import version

import pytest

from neural_guide.app.provenance import ROOT
from neural_guide.deploy.bundle.requirements import ENTRIES, list_wheels
from support.sources import write_sources


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_is_a_module_of_ours(entry):
    assert (ROOT / "src" / "neural_guide" / entry.replace(".", "/")).with_suffix(".py").is_file()


def test_requirements_of_requirements_are_listed_without_extras(tmp_path):
    source = write_sources(tmp_path)
    versions = list_wheels(source, ["begin"])
    assert list(versions) == sorted(versions)
    assert {"torch", "numpy", "rich", "mdurl"} <= versions.keys()  # mdurl: of markdown-it-py, of rich
    assert versions.keys().isdisjoint({"sympy", "mpmath"})  # they come with torch, like its CUDA libraries
    assert versions["torch"] == version("torch").partition("+")[0]
    assert versions.keys().isdisjoint({"lightning", "pytest", "ipykernel"})
    assert list_wheels(source, ["begin"], needs_torch=False).keys() == versions.keys() - {"torch"}
