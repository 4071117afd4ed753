"""Processes that work for another one."""

import subprocess
import sys

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
