"""Which allocator serves the tensors of a processor.

glibc keeps an arena for every thread that ever allocated, eight a core, and gives little of them back: the memory of
a process grows with its threads. jemalloc and tcmalloc do not, but take over only when a process starts.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = ("libjemalloc", "libtcmalloc_minimal", "libtcmalloc")
FOLDERS = ("usr/local/lib", "usr/lib64", "usr/lib", "usr/lib/*-linux-gnu")
ARENAS = 2  # one for the thread that trains, one for all that help it
M_ARENA_MAX = -8  # of mallopt, malloc.h
RESTARTED = "NEURAL_GUIDE_ALLOCATOR"  # set in a process that was restarted, so that it is done once


def find_preloaded() -> str | None:
    """The allocator that this process was started with; None: that of the C library."""
    loaded = os.environ.get("LD_PRELOAD", "")
    return next((Path(each).name for each in loaded.replace(":", " ").split() if _is_allocator(each)), None)


def find_installed() -> str | None:
    """The path of a library on this machine that allocates better than glibc, as LD_PRELOAD takes it."""
    if not sys.platform.startswith("linux"):
        return None
    named = [Path(each) for each in os.environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    folders = [*named, *(folder for pattern in FOLDERS for folder in Path("/").glob(pattern))]
    found = [path for name in NAMES for folder in folders for path in sorted(folder.glob(f"{name}.so*"))]
    return str(found[0]) if found else None


def limit_arenas() -> bool:
    """Let glibc keep few arenas from now on; False where the C library is another or was bounded by the user."""
    if "MALLOC_ARENA_MAX" in os.environ or not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl
        return False
    return bool(mallopt(M_ARENA_MAX, ARENAS))


def restart_with_better_allocator(more: Sequence[str] = ()) -> None:
    """Begin this process anew under a better allocator, where one is installed and none is in use.

    Does not return then. Call it before there is anything to lose.

    Args:
        more: arguments to add to the command line.
    """
    library = find_installed()
    if library is None or find_preloaded() or RESTARTED in os.environ:
        return
    before = os.environ.get("LD_PRELOAD")
    changed = {"LD_PRELOAD": f"{library}:{before}" if before else library, RESTARTED: library}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:], *more], {**os.environ, **changed})


def _is_allocator(library: str) -> bool:
    return any(f"{name}.so" in library for name in NAMES)
