"""What solving needs of other people's packages, read from the imports in our sources and from their metadata."""

import ast
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

OURS = "neural_guide"
# Where execution begins in a bundle. No import leads to sweeps: Hydra makes its callback by name, in every command.
ENTRIES = ("bundling.launch", "solve", "sweeps", "validate_submission")


def wheels(source: Path, entries: Sequence[str] = ENTRIES) -> dict[str, str]:
    """Every distribution that some of our modules need, through others too, at the version installed here.

    Args:
        source: the folder of our package.
        entries: modules of it, without its name.

    Returns:
        Versions by name as PyPI has them: without the label of a build (2.13.0, not 2.13.0+cpu). Sorted by name.
    """
    owners = packages_distributions()
    direct = {owner for name in foreign_imports(source, entries) for owner in owners.get(name, ())}
    return dict(sorted(_with_requirements(direct).items()))


def foreign_imports(source: Path, entries: Sequence[str]) -> set[str]:
    """Top-level names that modules of ours and all that they import take from elsewhere, imports in functions too."""
    waiting, seen, foreign = [f"{OURS}.{entry}" for entry in entries], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = _file_of(name, source)
        if path is None:  # a name inside of a module, not a module
            continue
        waiting += [name.rpartition(".")[0]] if "." in name else []
        for imported in _imports(path):
            top = imported.partition(".")[0]
            if top == OURS:
                waiting.append(imported)
            elif top not in sys.stdlib_module_names:
                foreign.add(top)
    return foreign


def _imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports; of `from a import b` both a and a.b, whatever b is."""
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:  # relative ones are refused by lint
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(name: str, source: Path) -> Path | None:
    place = source.joinpath(*name.split(".")[1:])
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _with_requirements(names: set[str]) -> dict[str, str]:
    """Versions of distributions and of all that they require; what is required and not installed is left to pip."""
    waiting, seen, found = [Requirement(name) for name in names], set[str](), dict[str, str]()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        try:
            installed = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        found[canonicalize_name(wanted.name)] = Version(installed.version).public
        waiting += [each for each in map(Requirement, installed.requires or ()) if _applies(each, wanted.extras)]
    return found


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
