"""A bundle is there whole or not at all, and nothing else is lost for it."""

import pytest

from neural_guide.app.provenance import CONF, ROOT
from neural_guide.deploy.bundle.folder import replace_bundle
from neural_guide.errors import UserError


@pytest.fixture
def there(tmp_path):
    """A bundle."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "bundle.json").write_text("old")
    return tmp_path / "there"


def test_a_new_folder_appears_only_when_complete(tmp_path):
    folder = tmp_path / "a" / "b"
    with replace_bundle(folder, overwrite=False) as made:
        (made / "file").touch()
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert [path.name for path in folder.parent.iterdir()] == ["b"]
    assert folder.stat().st_mode & 0o055  # readable as any folder is, not private as temporary ones are


def test_an_old_bundle_stays_until_the_new_one_is_complete(there):
    with pytest.raises(UserError, match="is a directory"), replace_bundle(there, overwrite=True) as made:
        made.write_text("new")
    assert (there / "bundle.json").read_text() == "old"
    assert [path.name for path in there.parent.iterdir()] == ["there"]
    with replace_bundle(there, overwrite=True) as made:
        (made / "bundle.json").write_text("new")
    assert (there / "bundle.json").read_text() == "new"
    assert [path.name for path in there.parent.iterdir()] == ["there"]


def refused(folder, *, overwrite=True):
    with pytest.raises(UserError) as refusal, replace_bundle(folder, overwrite=overwrite):
        pytest.fail("it was not refused")
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_only_bundles_are_replaced_and_only_when_asked_for(there, tmp_path):
    assert "Add bundle.overwrite=true" in refused(there, overwrite=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(there)
    for name in ("mine", "file", "link"):
        assert "only bundles are replaced" in refused(tmp_path / name)
    assert "Name a folder that can be made" in refused(tmp_path / "file" / "below")


@pytest.mark.parametrize("folder", [ROOT / "src" / "out", CONF / "out"])
def test_a_bundle_may_not_lie_in_its_own_sources(folder):
    assert "lies in" in refused(folder)
    assert not folder.exists()
