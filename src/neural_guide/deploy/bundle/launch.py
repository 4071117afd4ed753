"""Solve from a bundle: python -m neural_guide.deploy.bundle.launch TASKS [SUBMISSION] [key=value ...].

run.sh starts this module. It imports only the standard library until it knows that the packages are installed.
"""

import json
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from neural_guide.errors import UserError

BUNDLE = Path(__file__).resolve().parents[4]
USAGE = "sh run.sh TASKS [SUBMISSION] [key=value ...], e.g. sh run.sh arc-agi_test_challenges.json submission.json"
INSTALL = "python -m pip install --no-index --find-links wheels -r wheels.txt"
USAGE_EXIT = 2


def build_arguments(typed: list[str], bundle: Path) -> list[str]:
    """Build the arguments of `neural_guide.solve`; typed settings come last and override those of the bundle.

    Args:
        typed: file of tasks, then optionally the file of the submission, then settings.
        bundle: folder of the bundle.

    Raises:
        UserError: no tasks are named.
    """
    from neural_guide.app.quoting import quote  # only now: it imports other packages

    if not typed or typed[0].startswith("-") or ("=" in typed[0] and not Path(typed[0]).exists()):
        raise UserError(f"No file of tasks was named; it comes first. Usage: {USAGE}")
    tasks, *rest = typed
    submission = rest.pop(0) if rest and "=" not in rest[0] and not rest[0].startswith("-") else "submission.json"
    description = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    paths = {"tasks": tasks, "submission": submission}
    if description["guide_sha256"] is not None:
        paths = {"checkpoint": str(bundle / "guide.safetensors")} | paths
    return [
        f"dsl={description['dsl']}",
        f"prior={description['prior']}",
        *(f"{key}={quote(path)}" for key, path in paths.items()),
        *rest,
    ]


class Packages(NamedTuple):
    """Comparison of the installed packages with a bundle's wheels.txt.

    Attributes:
        missing: lines of packages that are not installed, `name==version`, by their number.
        different: packages that are installed in another version, with both versions.
    """

    missing: dict[int, str]
    different: list[str]


def compare_packages(listed: Path) -> Packages:
    """Compare the packages of this interpreter with a bundle's wheels.txt."""
    packages = Packages({}, [])
    for number, line in enumerate(listed.read_text(encoding="utf-8").splitlines(), 1):
        name, _, wanted = line.partition("#")[0].strip().partition("==")
        if not name:
            continue
        try:
            installed = version(name)
        except PackageNotFoundError:
            packages.missing[number] = f"{name}=={wanted}"
            continue
        if installed.partition("+")[0] != wanted:
            packages.different.append(f"{name} {installed} (listed: {wanted})")
    return packages


def check_packages(listed: Path) -> list[str]:
    """Check that every package of a bundle's wheels.txt is installed.

    Returns:
        Packages that are installed in another version, with both versions.

    Raises:
        UserError: some are not installed, with the lines that name them.
    """
    missing, different = compare_packages(listed)
    if missing:
        lines = [f"{line} (line {number})" for number, line in missing.items()]
        raise UserError(
            f"{listed}: not installed for {sys.executable}: {shorten(lines)}. Solving needs every package of that "
            f"file. Install them without a network, from the wheels that README.md says how to fetch: {INSTALL}"
        )
    return different


def shorten(names: list[str], most: int = 5) -> str:
    """Join names with commas; the last ones only as their number."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def main() -> None:
    """Check the packages, then replace this process by the solver."""
    from neural_guide.runtime.output_streams import protect_output  # Python's own library only

    protect_output()
    try:
        different = check_packages(BUNDLE / "wheels.txt")
        overrides = build_arguments(sys.argv[1:], BUNDLE)
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(USAGE_EXIT) from None
    if different:
        print(f"Other versions than this was bundled with, which may still do: {shorten(different)}.", file=sys.stderr)
    sys.stderr.flush()
    from neural_guide.runtime import cache_folders  # only now: it imports platformdirs, which is no part of Python

    # Never beside the source: a bundle stays as it was packed, and may be read-only.
    if (folder := cache_folders.choose_numba_folder(in_package=False)) is not None:
        os.environ[cache_folders.NUMBA_VARIABLE] = str(folder)
    # Replaced, not called: signals reach the solver itself, and its workers find the module that they were started by.
    os.execv(sys.executable, [sys.executable, "-m", "neural_guide.solve", *overrides])


if __name__ == "__main__":
    main()
