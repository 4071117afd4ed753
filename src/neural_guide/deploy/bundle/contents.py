"""What a bundle holds: code, settings, weights, the list of wheels, a script that runs it, and what it is."""

import hashlib
import platform
import shutil
from pathlib import Path

from neural_guide.app.provenance import BUNDLE_FACTS, CONF, ROOT, commit
from neural_guide.deploy.bundle.requirements import wheels
from neural_guide.dsl.vocabulary import get_vocabulary
from neural_guide.guide.guide import Guide
from neural_guide.runtime.atomic_files import write_json

PACKAGE = Path(__file__).resolve().parents[2]
TEXTS = Path(__file__).parent
FORMAT = "neural_guide.bundle/2"
KEPT = (".py", ".typed", ".yaml", ".sh", ".md")  # whatever else lies about is no part of the project
GUIDE = "guide.safetensors"
FIRST = "torch"


def write_contents(folder: Path, guide: Guide | None, dsl: str, prior: str) -> None:
    """Fill an empty folder.

    Args:
        folder: that there is.
        guide: its weights and vocabulary alone go in, whatever else its checkpoint held; None: the search needs none.
        dsl: name of the vocabulary that programs are made of.
        prior: what a search follows, as `solve` takes it.
    """
    # conf/ has to lie where command.py looks for it: two folders above the package.
    _copy(PACKAGE, folder / "src" / PACKAGE.name)
    _copy(CONF, folder / "conf")
    if guide is not None:
        guide.save(folder / GUIDE)
    for name in ("run.sh", "README.md"):
        shutil.copy(TEXTS / name, folder / name)
    (folder / "run.sh").chmod(0o755)
    if (ROOT / "LICENSE").is_file():  # which asks to go wherever the code goes
        shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    versions = wheels(PACKAGE)
    vocabulary = get_vocabulary(dsl) if guide is None else guide.vocabulary  # in the order of the guide
    (folder / "wheels.txt").write_text(wheels_text(versions))
    about = {
        "format": FORMAT,
        "commit": commit(),
        "dsl": dsl,
        "guide_sha256": None if guide is None else hashlib.sha256((folder / GUIDE).read_bytes()).hexdigest(),
        "prior": prior,
        "python": platform.python_version(),
        "versions": versions,
        "vocabulary": list(vocabulary.names),
    }
    write_json(folder / BUNDLE_FACTS, about)


def wheels_text(versions: dict[str, str]) -> str:
    """A file of requirements as pip takes it, torch first."""
    python = ".".join(platform.python_version_tuple()[:2])
    lines = [
        f"# All that solving needs, in the versions it was bundled with, under Python {python}: see README.md.",
        "# run.sh asks for each line. Take out what the machine has already, or under another name.",
    ]
    if FIRST in versions:
        lines.append(f"{FIRST}=={versions[FIRST]}  # competition machines usually have it: then take this line out")
    return "\n".join(lines + [f"{name}=={each}" for name, each in versions.items() if name != FIRST]) + "\n"


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=_left_out)


def _left_out(folder: str, names: list[str]) -> list[str]:
    paths = [Path(folder) / name for name in names]
    return [path.name for path in paths if not (_is_package(path) if path.is_dir() else path.suffix in KEPT)]


def _is_package(folder: Path) -> bool:
    return folder.name != "__pycache__" and not folder.name.startswith(".")
