"""Commands run in forks of a process that has imported little: what each imports of its own, and what it says.

An interpreter of its own for each takes a third of a second, and there are some forty such runs.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_FORKS = """
import json, os, runpy, sys
import hydra._internal.hydra, neural_guide.app.command, neural_guide.config

def run(place, line):
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{place}.{name}", os.O_WRONLY | os.O_CREAT), number)
    sys.argv, sys.orig_argv = line, [sys.executable, "-m", *line]
    code = 0
    try:
        runpy.run_module(line[0], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    with open(f"{place}.json", "w") as opened:
        json.dump([code, sorted({name.partition(".")[0] for name in sys.modules})], opened)
    os._exit(0)

for number, line in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if child == 0:
        run(f"{sys.argv[1]}/{number}", line)
    os.waitpid(child, 0)
"""


class EndedCommand(NamedTuple):
    """A command that has ended.

    Attributes:
        returncode: its exit code.
        stdout, stderr: what it wrote.
        packages: top-level packages that its process had imported.
    """

    returncode: int
    stdout: str
    stderr: str
    packages: frozenset[str]


def run_light_commands(lines: Sequence[Sequence[str]]) -> list[EndedCommand]:
    """Run `python -m MODULE ARGUMENTS...` for each line, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        started = [sys.executable, "-c", _FORKS, folder]
        subprocess.run(started, input=json.dumps([list(line) for line in lines]), text=True, check=True)
        return [_read(Path(folder) / str(number)) for number in range(len(lines))]


def _read(place: Path) -> EndedCommand:
    code, packages = json.loads(place.with_suffix(".json").read_text())
    stdout, stderr = (place.with_suffix(f".{name}").read_text() for name in ("stdout", "stderr"))
    return EndedCommand(code, stdout, stderr, frozenset(packages))
