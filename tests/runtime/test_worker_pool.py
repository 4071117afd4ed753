"""Processes that work for another one."""

import subprocess
import sys

import pytest

PROGRAM = """
print("imported")
if __name__ == "__main__":
    from operator import neg
    from neural_guide.runtime.worker_pool import map_in_processes
    print(list(map_in_processes(neg, [1, 2, 3], 2, "")))
"""


def test_workers_do_not_import_the_program_that_was_started(tmp_path):
    """It may need half a GiB that their work does not."""
    (tmp_path / "program.py").write_text(PROGRAM)
    line = [sys.executable, "-m", "program"]
    ran = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout.splitlines() == ["imported", "[-1, -2, -3]"], ran.stderr


@pytest.mark.parametrize("number", [1, 2])
def test_a_signal_while_a_pool_starts_leaves_no_process_to_wait_for(tmp_path, number):
    """The pool does not know a process whose start was interrupted: it would fail loudly, or be waited for forever."""
    program = tmp_path / "program.py"
    program.write_text(
        "from neural_guide.runtime import worker_pool\n"
        "from neural_guide.runtime.signals import Stopped\n"
        "start, started = worker_pool._LeanProcess.start, []\n"
        "def start_and_stop(process):\n"
        "    start(process)\n"
        "    started.append(process)\n"
        f"    if len(started) == {number}:\n"
        "        raise Stopped('SIGHUP')\n"
        "worker_pool._LeanProcess.start = start_and_stop\n"
        "try:\n"
        "    list(worker_pool.map_in_processes(abs, range(8), 2, ''))\n"
        "except Stopped:\n"
        "    print('stopped')\n"
    )
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "stopped\n", "")
