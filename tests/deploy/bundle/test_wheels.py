"""Wheels of a bundle, fetched by the real pip from a folder in place of PyPI."""

import pytest

from neural_guide.app.settings import check_settings
from neural_guide.deploy.bundle.settings import BundleSettings
from neural_guide.deploy.bundle.wheels import SOURCE_ONLY, fetch_wheels
from neural_guide.errors import UserError
from support.wheels import make_wheel

VERSIONS = {"torch": "1.0", "compiled": "1.0", "pure": "1.0", SOURCE_ONLY[0]: "1.0"}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels, the only place where pip looks."""
    for name in ("torch", "pure", SOURCE_ONLY[0].replace("-", "_")):
        make_wheel(tmp_path / "index", name)
    for tag in ("cp311-cp311", "cp312-cp312"):
        make_wheel(tmp_path / "index", "compiled", f"{tag}-manylinux_2_28_x86_64")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


def test_all_but_torch_is_fetched_for_the_python_that_is_named(index, tmp_path):
    fetch_wheels(tmp_path / "wheels", VERSIONS, ["3.12"])
    assert sorted(path.name for path in (tmp_path / "wheels").iterdir()) == [
        "antlr4_python3_runtime-1.0-py3-none-any.whl",
        "compiled-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
        "pure-1.0-py3-none-any.whl",
    ]


def test_what_cannot_be_fetched_is_named_in_one_line(index, tmp_path):
    with pytest.raises(UserError, match=r"for Python 3\.13 cannot be fetched: pip says .*compiled==1\.0") as refused:
        fetch_wheels(tmp_path / "wheels", VERSIONS, ["3.13"])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("version", ["2.7", "3.1", "3.10", "3", "3.12.1"])
def test_versions_that_cannot_solve_are_refused(version):
    with pytest.raises(UserError, match=f"bundle.wheels={version} is no version that solves"):
        check_settings(BundleSettings(wheels=["3.12", version]))
