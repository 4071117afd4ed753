"""Packages that solving needs, found by the imports in our sources and by the metadata of the packages."""

import ast
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

OURS = "neural_guide"
TORCH = "torch"
ENTRIES = ("deploy.bundle.launch", "solve", "validate_submission")  # modules that are started in a bundle


def list_wheels(source: Path, entries: Sequence[str] = ENTRIES, *, needs_torch: bool = True) -> dict[str, str]:
    """List the distributions that modules of ours need, directly or through others, at the versions installed here.

    What torch alone requires is left out: it differs from build to build (CUDA libraries), and comes with torch.

    Args:
        source: folder of our package.
        entries: names of modules, relative to the package.
        needs_torch: whether torch is listed where they import it.

    Returns:
        Versions by name as PyPI has them: without the label of a build (2.13.0, not 2.13.0+cpu). Sorted by name.
    """
    owners = packages_distributions()
    direct = {owner for name in find_foreign_imports(source, entries) for owner in owners.get(name, ())}
    direct -= set() if needs_torch else {TORCH}
    return dict(sorted(_resolve_requirements(direct).items()))


def find_foreign_imports(source: Path, entries: Sequence[str]) -> set[str]:
    """Find the top-level names of foreign modules that entries import, directly or not; imports in functions count."""
    waiting, seen, foreign = [f"{OURS}.{entry}" for entry in entries], set[str](), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = _find_file(name, source)
        if path is None:  # a name inside a module, not a module
            continue
        waiting += [name.rpartition(".")[0]] if "." in name else []
        for imported in _list_imports(path):
            top = imported.partition(".")[0]
            if top == OURS:
                waiting.append(imported)
            elif top not in sys.stdlib_module_names:
                foreign.add(top)
    return foreign


def _list_imports(path: Path) -> Iterator[str]:
    """Iterate over the dotted names that a module imports; for `from a import b` both a and a.b, whatever b is."""
    for node in _walk_executed(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:  # relative ones are refused by lint
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk_executed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk the nodes below a node, without those that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            child = ast.Module(child.orelse, type_ignores=[])
        yield child
        yield from _walk_executed(child)


def _find_file(name: str, source: Path) -> Path | None:
    stem = source.joinpath(*name.split(".")[1:])
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def _resolve_requirements(names: set[str]) -> dict[str, str]:
    """Return the versions of distributions and of what they require; those not installed are left to pip."""
    waiting, seen, versions = [Requirement(name) for name in names], set[str](), dict[str, str]()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        try:
            installed = distribution(wanted.name)
        except PackageNotFoundError:
            continue
        versions[canonicalize_name(wanted.name)] = Version(installed.version).public
        if canonicalize_name(wanted.name) != TORCH:
            waiting += [more for more in map(Requirement, installed.requires or ()) if _applies(more, wanted.extras)]
    return versions


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
