"""Contents of a bundle: code, settings, weights, packages, a script and a notebook that run it, its description."""

import hashlib
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from neural_guide.app.provenance import BUNDLE_FACTS, CONF, PACKAGE, find_commit, find_license
from neural_guide.deploy.bundle.requirements import TORCH, list_wheels
from neural_guide.deploy.bundle.wheels import fetch_wheels
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.runtime.atomic_files import write_json

TEMPLATES = Path(__file__).parent
FORMAT = "neural_guide.bundle/2"
KEPT_SUFFIXES = (
    ".py",
    ".typed",
    ".yaml",
    ".sh",
    ".md",
    ".ipynb",
)  # other files of a checkout are no part of the project
GUIDE = "guide.safetensors"


def write_contents(folder: Path, guide: Guide | None, dsl: str, prior: str, pythons: Sequence[str] = ()) -> None:
    """Fill an empty folder.

    Args:
        folder: existing folder.
        guide: guide whose weights and vocabulary alone go in; None: the search needs none.
        dsl: name of the vocabulary that programs are made of.
        prior: name of the prior of the search, as `solve` takes it.
        pythons: Python versions to fetch wheels for, e.g. `3.12`; empty: none, and no network is needed.

    Raises:
        UserError: wheels cannot be fetched.
    """
    # conf/ must be two folders above the package, at `provenance.CONF`.
    _copy_sources(PACKAGE, folder / "src" / PACKAGE.name)
    _copy_sources(CONF, folder / "conf")
    if guide is not None:
        guide.save(folder / GUIDE)
    for name in ("run.sh", "kaggle.ipynb", "README.md"):
        shutil.copy(TEMPLATES / name, folder / name)
    (folder / "run.sh").chmod(0o755)
    if license_file := find_license():  # its terms: it goes with every copy of the code
        shutil.copy(license_file, folder / "LICENSE")
    versions = list_wheels(PACKAGE, needs_torch=guide is not None and guide.needs_torch)
    vocabulary = get_vocabulary(dsl) if guide is None else guide.programs  # in the order of the guide
    (folder / "wheels.txt").write_text(format_requirements(versions), encoding="utf-8")
    if pythons:
        fetch_wheels(folder / "wheels", versions, pythons)
    description = {
        "format": FORMAT,
        "commit": find_commit(),
        "dsl": dsl,
        "guide_sha256": None if guide is None else hashlib.sha256((folder / GUIDE).read_bytes()).hexdigest(),
        "prior": prior,
        "python": platform.python_version(),
        "versions": versions,
        "vocabulary": list(vocabulary.names),
        "wheels": list(pythons),
    }
    write_json(folder / BUNDLE_FACTS, description)


def format_requirements(versions: dict[str, str]) -> str:
    """Format a requirements file of pip, torch first where it is needed."""
    python = ".".join(platform.python_version_tuple()[:2])
    lines = [
        f"# All that solving needs, in the versions it was bundled with, under Python {python}: see README.md.",
        "# run.sh asks for each line. Take out what the machine has already, or under another name.",
    ]
    if TORCH in versions:
        remark = "competition machines usually have it: then take this line out"
        lines.append(f"{TORCH}=={versions[TORCH]}  # {remark}")
    lines += [f"{name}=={version}" for name, version in versions.items() if name != TORCH]
    return "\n".join(lines) + "\n"


def _copy_sources(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=_select_ignored)


def _select_ignored(folder: str, names: list[str]) -> list[str]:
    paths = [Path(folder) / name for name in names]
    return [path.name for path in paths if not (_is_package(path) if path.is_dir() else path.suffix in KEPT_SUFFIXES)]


def _is_package(folder: Path) -> bool:
    return folder.name != "__pycache__" and not folder.name.startswith(".")
