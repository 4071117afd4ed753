"""Cache folders that can be written to: those of numba, matplotlib and torch, and this program's own.

A container may run as a user without a home or a name, with code that is read-only. Libraries that cache then fail, or
warn and compute everything again in every process.
"""

import functools
import getpass
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import platformdirs

from neural_guide.runtime.atomic_files import FULL_DISK_ERRNOS

Compiled = TypeVar("Compiled", bound=Callable[..., Any])

NUMBA_VARIABLE = "NUMBA_CACHE_DIR"
INDUCTOR_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"
LIBRARIES = {"MPLCONFIGDIR": "matplotlib", INDUCTOR_VARIABLE: "torchinductor", "TRITON_CACHE_DIR": "triton"}
"""Variables of other libraries that cache on the disk, with a folder name for each."""
PACKAGE = Path(__file__).parents[1]
_fallbacks: dict[str, str] = {}
COMPILED_FOLDERS = ("dsl", "features", "guide", "search/cell_rules", "search/rule_learning")
"""Folders with modules that numba compiles."""


def compile_cached(**options: Any) -> Callable[[Compiled], Compiled]:
    """Return a decorator that compiles a function with numba and caches it in a folder that can be written to.

    The function may call compiled functions of its own file alone: numba compiles a function anew when its own file has
    changed, and what is left of a changed one from another file ends processes with errors.

    Args:
        options: options of `numba.njit` but `cache`.
    """
    has_folder = prepare_cache_folders()
    import numba  # only now: it reads the folder from the environment

    if folder := os.environ.get(NUMBA_VARIABLE):
        vars(numba.config)["CACHE_DIR"] = folder  # for a numba that was imported before
    return cast(Callable[[Compiled], Compiled], numba.njit(cache=has_folder, **options))


@functools.cache
def prepare_cache_folders() -> bool:
    """Set the environment variables of libraries whose default cache folder cannot be written to.

    Returns:
        Whether numba has a folder; false where nothing on the machine can be written to.
    """
    for variable, name in LIBRARIES.items():
        if not _is_usable(variable):
            os.environ[variable] = _fallbacks[variable] = str(find_cache_folder() / name)
    folder = choose_numba_folder()
    if folder is not None:
        os.environ[NUMBA_VARIABLE] = str(folder)
    return folder is not None or _is_package_writable()


def list_fallbacks() -> dict[str, str]:
    """List the folders that libraries got because their own cannot be written to, by their variables."""
    prepare_cache_folders()
    return dict(_fallbacks)


def explain_no_inductor_folder() -> str | None:
    """Explain why torch.compile has no folder to write to; None: it has one."""
    folder = os.environ.get(INDUCTOR_VARIABLE)
    try:
        place = Path(folder or tempfile.gettempdir())
    except OSError:  # no temporary folder can be written to
        return "no temporary folder can be written to"
    error = _probe(place)
    return None if error is None else f"{place}: {(error.strerror or str(error)).lower()}"


def choose_numba_folder(*, in_package: bool = True) -> Path | None:
    """Choose the folder for compiled code; nothing is set.

    Args:
        in_package: whether code may be cached beside its source, which is numba's default.

    Returns:
        The folder of NUMBA_CACHE_DIR, of the user's cache, or a temporary one; None: beside the source, or nowhere.
    """
    typed = os.environ.get(NUMBA_VARIABLE)
    if typed and _probe(Path(typed)) is None:
        return Path(typed)
    if in_package and _is_package_writable():
        return None
    user = _find_user_cache()
    if user is not None and _probe(user / "compiled") is None:
        return user / "compiled"
    temporary = find_temporary_cache()
    return None if temporary is None else temporary / "compiled"


def find_cache_folder() -> Path:
    """Return the folder of this program's caches for this user; it may not exist yet.

    It is a temporary one where the user has no home, or a home that cannot be written to.
    """
    user = _find_user_cache()
    if user is not None:
        error = _probe(user)
        if error is None or error.errno in FULL_DISK_ERRNOS:  # a full disk is reported by who writes
            return user
    temporary = find_temporary_cache()
    return temporary or user or Path(os.sep, "tmp", _name_temporary())


def find_temporary_cache() -> Path | None:
    """Make the private temporary folder of this user, or find it; None: no temporary folder can be made."""
    try:
        folder = Path(tempfile.gettempdir()) / _name_temporary()
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        is_private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
        if is_private and _probe(folder) is None:
            return folder
        return _make_unshared_folder()  # cached code is executed: it must not be another user's
    except OSError:
        return None


def is_temporary(folder: Path) -> bool:
    """Return whether a cache folder is one that `find_temporary_cache` made."""
    return any(parent.name.startswith(_name_temporary()) for parent in (folder, *folder.parents))


@functools.cache
def _make_unshared_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{_name_temporary()}-"))


def _name_temporary() -> str:
    return f"neural_guide-{os.geteuid()}"


def _find_user_cache() -> Path | None:
    """Find this program's folder in the user's cache; None: no home is known."""
    try:
        folder = platformdirs.user_cache_path("neural_guide", appauthor=False)
    except (RuntimeError, KeyError, OSError):  # neither HOME nor an entry of the user
        return None
    return folder if folder.is_absolute() else None  # older versions return ~/.cache where no home is known


def _is_usable(variable: str) -> bool:
    """Return whether the folder of a library can be written to: the one that was set, or its own choice."""
    typed = os.environ.get(variable)
    if typed:
        return _probe(Path(typed)) is None
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    if not (_has_name() and home.is_absolute()):
        return False
    configs, caches = (
        Path(os.environ.get(name) or home / folder)
        for name, folder in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
    )
    own = {"MPLCONFIGDIR": (configs, caches), INDUCTOR_VARIABLE: (), "TRITON_CACHE_DIR": (home / ".triton",)}
    return all(_probe(folder) is None for folder in own[variable])


def _has_name() -> bool:
    try:
        getpass.getuser()
    except (KeyError, OSError):
        return False
    return True


@functools.cache
def _is_package_writable() -> bool:
    """Return whether numba can cache beside every module that it compiles."""
    return all(_probe(PACKAGE / folder / "__pycache__") is None for folder in COMPILED_FOLDERS)


def _probe(folder: Path) -> OSError | None:
    """Write a file to a folder, or to its nearest parent that exists; return the error, or None."""
    try:
        existing = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return error
