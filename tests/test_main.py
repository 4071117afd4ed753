"""The table of commands, and what every command answers at once."""

import subprocess
import sys
from pathlib import Path

import pytest

import neural_guide
from neural_guide.__main__ import COMMANDS
from neural_guide.app.help import format_help
from neural_guide.app.provenance import CONF
from neural_guide.app.settings import list_settings
from neural_guide.config import SURFACE
from support.light_commands import EndedCommand, run_light_commands

# Importing any of these takes longer than an answer may.
HEAVY = {"torch", "lightning", "numba", "cv2", "scipy", "sklearn", "pyarrow", "matplotlib"}
WRONG_KEY = "no.such.key=1"
LINES = (
    ("neural_guide",),
    ("neural_guide", "generate", "--help"),
    ("neural_guide", "generat"),
    ("neural_guide.train", "generate.samples=5"),
    ("neural_guide.solve", "search.floor=0.1"),
    *((f"neural_guide.{command}", argument) for command in COMMANDS for argument in ("--help", WRONG_KEY)),
)


@pytest.fixture(scope="module")
def ended() -> dict[tuple[str, ...], EndedCommand]:
    """The end of every command in `LINES`."""
    return dict(zip(LINES, run_light_commands(LINES), strict=True))


def test_every_command_is_in_the_table():
    package = Path(sys.modules["neural_guide"].__file__).parent
    files = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__", "config", "errors"}
    assert files == set(COMMANDS)
    assert set(SURFACE.roots) == files - {"doctor"}


def test_the_table_says_what_each_command_is_for(ended):
    listed = ended["neural_guide",]
    assert listed.returncode == 0
    for name in COMMANDS:
        (line,) = [line for line in listed.stdout.splitlines() if line.split()[:1] == [name]]
        assert len(line.split()) > 3


def test_a_command_runs_by_its_name_and_a_misspelt_one_is_refused(ended):
    helped = ended["neural_guide", "generate", "--help"]
    assert helped.returncode == 0
    assert "generate.samples=100000" in helped.stdout
    refused = ended["neural_guide", "generat"]
    assert refused.returncode == 2
    assert refused.stderr.startswith("generat is no command. Did you mean generate?")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_mistakes_are_answered_without_heavy_imports(ended, command):
    """Imports of torch and its like take seconds; no clock is looked at, since machines are shared."""
    helped = ended[f"neural_guide.{command}", "--help"]
    assert helped.returncode == 0
    assert helped.stdout.strip()
    assert helped.stderr == ""
    refused = ended[f"neural_guide.{command}", WRONG_KEY]
    assert refused.returncode == 2
    (message,) = refused.stderr.splitlines()
    assert "no.such.key" in message
    assert not HEAVY & (helped.packages | refused.packages)


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


def test_a_key_of_another_command_is_refused_with_its_owner(ended):
    refused = ended["neural_guide.train", "generate.samples=5"]
    assert refused.returncode == 2
    assert refused.stderr.startswith("generate.samples is a setting of generate, not of train.")


def test_an_old_key_is_refused_with_its_new_name(ended):
    refused = ended["neural_guide.solve", "search.floor=0.1"]
    assert refused.returncode == 2
    assert refused.stderr.startswith("search.floor is called search.uniform_mixing now.")


def test_the_file_of_a_command_runs_too(tmp_path):
    """Its folder then comes first in the search path, where our `inspect` would hide that of Python."""
    line = [sys.executable, str(Path(neural_guide.__file__).with_name("train.py")), "seed=-1"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "seed=-1 is out of range. Allowed: 0 to 4294967295.\n")
