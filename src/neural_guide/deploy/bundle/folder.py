"""The folder of a bundle: there whole or not at all, and nothing that is there is lost by mistake."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from neural_guide.app.provenance import BUNDLE_FACTS, CONF, ROOT
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import explain_full_disk


@contextlib.contextmanager
def built_whole(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """An empty folder beside `folder` to fill; renamed to it when the block ends without an error.

    Args:
        folder: may not be there yet, or be a bundle that `overwrite` allows to replace.
        overwrite: whether a bundle that is there is replaced.

    Raises:
        UserError: `folder` is taken, lies where it cannot be, or cannot be written.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link to what it points to
    _refuse(folder, overwrite=overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            explain_full_disk(folder.parent),
            tempfile.TemporaryDirectory(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent) as around,
        ):
            made, before = Path(around) / "made", Path(around) / "before"
            made.mkdir()
            yield made
            _swap(made, folder, before)
    except OSError as error:
        raise UserError(
            f"bundle.folder={folder} cannot be written: {(error.strerror or str(error)).lower()} "
            f"({error.filename or folder.parent}). Name a folder that can be made: bundle.folder=PATH."
        ) from None


def _swap(made: Path, folder: Path, before: Path) -> None:
    """Rename the new folder into place; the old one goes with the temporary folder that it is put into."""
    replaces = os.path.lexists(folder)
    if replaces:
        folder.rename(before)
    try:
        made.rename(folder)
    except OSError:
        if replaces:
            before.rename(folder)
        raise


def _refuse(folder: Path, *, overwrite: bool) -> None:
    for ours in (ROOT / "src", CONF):
        if folder.is_relative_to(ours) or folder.resolve().is_relative_to(ours):
            raise UserError(
                f"bundle.folder={folder} lies in {ours}, which goes into every bundle; a bundle lies outside of what "
                "it is made of. Name another folder: bundle.folder=outputs/bundle."
            )
    if not os.path.lexists(folder):
        return
    if not overwrite:
        raise UserError(
            f"bundle.folder={folder} is there already, and nothing is overwritten unasked. Add bundle.overwrite=true "
            "to replace a bundle, or name another bundle.folder."
        )
    if folder.is_symlink() or not (folder / BUNDLE_FACTS).is_file():
        raise UserError(
            f"bundle.folder={folder} is no bundle: it is no folder with a {BUNDLE_FACTS}, and only bundles are "
            "replaced. Name another bundle.folder, or remove this one yourself."
        )
