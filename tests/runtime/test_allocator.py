"""The allocator that a process has, in processes of their own."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD and mallopt are of Linux")

RESTART = """
import sys
from neural_guide.runtime.allocator import find_better_allocator, find_preloaded, restart_with
if library := find_better_allocator():
    restart_with(library)
print(find_preloaded(), sys.argv[1:], sys.orig_argv[1:3])
"""
ARENAS = """
import ctypes, sys, threading
from neural_guide.runtime.allocator import limit_arenas
if sys.argv[1] == "bound":
    assert limit_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(8)
def work():
    barrier.wait()
    for _ in range(1000):
        libc.malloc(64)  # ctypes lets go of the interpreter meanwhile
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
libc.malloc_stats()
"""


def run(tmp_path, script, *arguments, **environment):
    path = tmp_path / "script.py"
    path.write_text(script)
    clean = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "MALLOC_ARENA_MAX")}
    line = [sys.executable, str(path), *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=True, env={**clean, **environment})


def test_a_better_allocator_takes_over_once_with_the_same_arguments(tmp_path):
    """A library that does nothing, under the name of one that allocates."""
    library = tmp_path / "libjemalloc.so.2"
    empty = tmp_path / "empty.c"
    empty.write_text("")
    subprocess.run(["cc", "-shared", "-o", library, empty], check=True)
    lines = run(tmp_path, RESTART, "one", LD_LIBRARY_PATH=str(tmp_path)).stdout.split("\n")
    assert lines[0] == f"libjemalloc.so.2 ['one'] ['{tmp_path / 'script.py'}', 'one']"


def test_glibc_keeps_two_arenas_where_there_is_no_better_one(tmp_path):
    counted = {how: run(tmp_path, ARENAS, how).stderr.count("Arena ") for how in ("free", "bound")}
    assert counted["bound"] == 2
    assert counted["free"] > 2
