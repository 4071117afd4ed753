"""Solve out of a bundle: python -m neural_guide.deploy.bundle.launch TASKS [SUBMISSION] [key=value ...].

What run.sh starts. Imports only what comes with Python until it knows that the packages are there.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from neural_guide.errors import UserError

BUNDLE = Path(__file__).resolve().parents[4]
USAGE = "sh run.sh TASKS [SUBMISSION] [key=value ...], e.g. sh run.sh arc-agi_test_challenges.json submission.json"
INSTALL = "python -m pip install --no-index --find-links wheels -r wheels.txt"
USAGE_EXIT = 2


def arguments(typed: list[str], bundle: Path) -> list[str]:
    """What `neural_guide.solve` is started with; whatever is typed further on has the last word.

    Args:
        typed: the tasks' file, then perhaps where the submission goes, then settings.
        bundle: the folder with the guide, if it has one.

    Raises:
        UserError: no tasks are named.
    """
    from neural_guide.app.command import quote  # only now: it imports other packages

    if not typed or typed[0].startswith("-") or ("=" in typed[0] and not Path(typed[0]).exists()):
        raise UserError(f"No file of tasks was named; it comes first. Usage: {USAGE}")
    tasks, *rest = typed
    submission = rest.pop(0) if rest and "=" not in rest[0] and not rest[0].startswith("-") else "submission.json"
    about = json.loads((bundle / "bundle.json").read_text())
    paths = {"tasks": tasks, "submission": submission}
    if about["guide_sha256"] is not None:
        paths = {"checkpoint": str(bundle / "guide.safetensors")} | paths
    return [
        f"dsl={about['dsl']}",
        f"prior={about['prior']}",
        *(f"{key}={quote(path)}" for key, path in paths.items()),
        *rest,
    ]


def check(listed: Path) -> list[str]:
    """Compare the packages that are installed with a bundle's wheels.txt.

    Returns:
        Those that are installed in another version, with both.

    Raises:
        UserError: some are not installed, with the lines that name them.
    """
    missing, other = [], []
    lines = listed.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        name, _, wanted = line.partition("#")[0].strip().partition("==")
        if not name:
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(f"{name}=={wanted} (line {number})")
            continue
        if found.partition("+")[0] != wanted:
            other.append(f"{name} {found} (listed: {wanted})")
    if missing:
        raise UserError(
            f"{listed}: not installed for {sys.executable}: {_few(missing)}. Solving needs every package of that file. "
            f"Install them without a network, from the wheels that README.md says how to fetch: {INSTALL}"
        )
    return other


def compiled_folder() -> str:
    """Where compiled code is kept: in the user's cache, since a bundle may lie where nothing can be written."""
    import platformdirs  # only now: it is no part of Python

    place = platformdirs.user_cache_path("neural_guide", appauthor=False) / "compiled"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return tempfile.mkdtemp(prefix="neural_guide-")
    return str(place)


def _few(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def main() -> None:
    """Check the packages, then become the solver."""
    try:
        other = check(BUNDLE / "wheels.txt")
        overrides = arguments(sys.argv[1:], BUNDLE)
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(USAGE_EXIT) from None
    if other:
        print(f"Other versions than this was bundled with, which may still do: {_few(other)}.", file=sys.stderr)
    sys.stderr.flush()
    os.environ.setdefault("NUMBA_CACHE_DIR", compiled_folder())
    # Replaced, not called: signals reach the solver itself, and its workers find the module that they were started by.
    os.execv(sys.executable, [sys.executable, "-m", "neural_guide.solve", *overrides])


if __name__ == "__main__":
    main()
