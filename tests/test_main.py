"""The table of commands, and what every command answers at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from neural_guide.__main__ import COMMANDS
from neural_guide.app.help import format_help
from neural_guide.app.provenance import CONF
from neural_guide.app.settings import list_settings
from neural_guide.config import SURFACE

# Whatever is heavy: importing any of it takes longer than an answer may.
HEAVY = ("torch", "lightning", "numba", "cv2", "scipy", "sklearn", "pyarrow", "matplotlib")
REPORT = (
    f"import atexit, sys; atexit.register(lambda: print([n for n in {HEAVY} if n in sys.modules], file=sys.stderr));"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_every_command_is_in_the_table():
    package = Path(sys.modules["neural_guide"].__file__).parent
    files = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__", "config", "errors"}
    assert files == set(COMMANDS)
    assert set(SURFACE.roots) == files - {"doctor"}


def test_the_table_says_what_each_command_is_for():
    ended = run("-m", "neural_guide")
    assert ended.returncode == 0
    for name in COMMANDS:
        (line,) = [line for line in ended.stdout.splitlines() if line.split()[:1] == [name]]
        assert len(line.split()) > 3


def test_a_command_runs_by_its_name_and_a_misspelt_one_is_refused():
    helped = run("-m", "neural_guide", "generate", "--help")
    assert helped.returncode == 0
    assert "generate.samples=100000" in helped.stdout
    refused = run("-m", "neural_guide", "generat")
    assert refused.returncode == 2
    assert refused.stderr.startswith("generat is no command. Did you mean generate?")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_mistakes_are_answered_without_heavy_imports(command):
    """Imports of torch and its like take seconds; no clock is looked at, since machines are shared."""
    start = f"{REPORT} import runpy; runpy.run_module('neural_guide.{command}', run_name='__main__', alter_sys=True)"
    helped = run("-c", start, "--help")
    assert helped.returncode == 0
    assert helped.stdout.strip()
    assert helped.stderr.strip() == "[]"
    refused = run("-c", start, "no.such.key=1")
    assert refused.returncode == 2
    message, imported = refused.stderr.strip().splitlines()
    assert "no.such.key" in message
    assert imported == "[]"


@pytest.mark.parametrize("command", SURFACE.roots)
def test_help_has_every_key_with_a_sentence_and_no_other(command):
    settings = list(list_settings(SURFACE.roots[command]))
    text = format_help(command, "Summary.", SURFACE, CONF)
    for entry in settings:
        assert f"  {entry.key}=" in text
        assert len(entry.help.split()) >= 2, entry.key
        assert entry.help.endswith("."), entry.key
    assert sum(line.startswith("  ") and line[2:3].isalpha() and "=" in line for line in text.splitlines()) == len(
        settings
    ) + len(SURFACE.groups.get(command, ()))


def test_a_key_of_another_command_is_refused_with_its_owner():
    refused = run("-m", "neural_guide.train", "generate.samples=5")
    assert refused.returncode == 2
    assert refused.stderr.startswith("generate.samples is a setting of generate, not of train.")


def test_an_old_key_is_refused_with_its_new_name():
    refused = run("-m", "neural_guide.solve", "search.floor=0.1")
    assert refused.returncode == 2
    assert refused.stderr.startswith("search.floor is called search.uniform_mixing now.")
