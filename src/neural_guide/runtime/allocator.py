"""Choice of the memory allocator for tensors on a processor.

glibc keeps an arena for each thread that ever allocated, up to eight a core, and returns little of them: the memory of
a process grows with its threads. jemalloc and tcmalloc avoid that, but must be loaded when a process starts.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import NoReturn

NAMES = ("libjemalloc", "libtcmalloc_minimal", "libtcmalloc")
FOLDERS = ("usr/local/lib", "usr/lib64", "usr/lib", "usr/lib/*-linux-gnu")
ARENAS = 2  # one for the training thread, one for all others
M_ARENA_MAX = -8  # of mallopt, malloc.h
RESTARTED = "NEURAL_GUIDE_ALLOCATOR"  # set in a process that was restarted, so that it is done once


def find_preloaded() -> str | None:
    """Find the allocator that this process was started with; None: that of the C library."""
    loaded = os.environ.get("LD_PRELOAD", "")
    return next((Path(library).name for library in loaded.replace(":", " ").split() if _is_allocator(library)), None)


def find_installed() -> str | None:
    """Find the library of a better allocator than glibc's, a path for LD_PRELOAD; None: not installed."""
    if not sys.platform.startswith("linux"):
        return None
    listed = [Path(folder) for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    folders = [*listed, *(folder for pattern in FOLDERS for folder in Path("/").glob(pattern))]
    libraries = [path for name in NAMES for folder in folders for path in sorted(folder.glob(f"{name}.so*"))]
    return str(libraries[0]) if libraries else None


def limit_arenas() -> bool:
    """Limit the arenas of glibc from now on; False if the C library is another one or the user has set a limit."""
    if "MALLOC_ARENA_MAX" in os.environ or not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl
        return False
    return bool(mallopt(M_ARENA_MAX, ARENAS))


def find_better_allocator() -> str | None:
    """Find the library to restart this process with; None: it has one, was restarted, or none is installed."""
    return None if find_preloaded() or RESTARTED in os.environ else find_installed()


def restart_with(library: str) -> NoReturn:
    """Restart this process with a library loaded first. Call it before the process has any state.

    Args:
        library: path for LD_PRELOAD.
    """
    preloaded = os.environ.get("LD_PRELOAD")
    changed = {"LD_PRELOAD": f"{library}:{preloaded}" if preloaded else library, RESTARTED: library}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **changed})


def _is_allocator(library: str) -> bool:
    return any(f"{name}.so" in library for name in NAMES)
