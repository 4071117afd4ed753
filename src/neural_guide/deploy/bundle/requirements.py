"""Packages that solving needs, found by the imports in our sources and by the metadata of the packages."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from neural_guide.runtime.source_imports import follow_imports

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
    direct = {owner for name in follow_imports(source, entries).foreign for owner in owners.get(name, ())}
    if not needs_torch:
        direct.discard(TORCH)
    return dict(sorted(_resolve_requirements(direct).items()))


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
