"""Folder of a bundle: written completely or not at all. Only a bundle is ever replaced, and only with permission."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from neural_guide.app.provenance import BUNDLE_FACTS, CONF, PACKAGE
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import replace_folder


@contextlib.contextmanager
def replace_bundle(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield an empty folder beside `folder` to fill; rename it to `folder` when the block ends without an error.

    Args:
        folder: folder of the bundle; new, or a bundle that `overwrite` allows to replace.
        overwrite: replace a bundle that exists.

    Raises:
        UserError: `folder` is taken, lies in the sources of the bundle, or cannot be written.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link to what it points to
    _check_folder(folder, overwrite=overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with replace_folder(folder) as new:
            yield new
    except OSError as error:
        raise UserError(
            f"bundle.folder={folder} cannot be written: {(error.strerror or str(error)).lower()} "
            f"({error.filename or folder.parent}). Name a folder that can be made: bundle.folder=PATH."
        ) from None


def _check_folder(folder: Path, *, overwrite: bool) -> None:
    for sources in (PACKAGE.parent, CONF):
        if folder.is_relative_to(sources) or folder.resolve().is_relative_to(sources):
            raise UserError(
                f"bundle.folder={folder} lies in {sources}, which goes into every bundle; a bundle lies outside of "
                "what it is made of. Name another folder: bundle.folder=outputs/bundle."
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
