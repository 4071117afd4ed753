"""What README and docs say is true: links lead somewhere, commands parse, the steps for a primitive work."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from neural_guide.app.arguments import MULTIRUN
from neural_guide.app.command import load_settings
from neural_guide.app.provenance import ROOT
from neural_guide.config import SURFACE
from support.commands import command
from support.doc_commands import PAGES, commands

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
PLAIN_PATHS = ("compare", "validate_submission", "inspect")  # commands that take a path without a key


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for link in LINK.findall(without_code):
        if re.match(r"[a-z]+://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_picture_has_its_command():
    names = re.findall(r"pictures/([\w*]+\.(?:png|json))", (ROOT / "docs" / "figures.md").read_text())
    for path in (*ROOT.glob("docs/pictures/*.png"), *ROOT.glob("docs/pictures/*.json")):
        assert any(path.match(name) for name in names), path


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_parse(page, line):
    words = shlex.split(line, comments=True)
    if "make" in words[:1]:
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(words[1:2]) <= set(targets), line
        target = words[1]
        words = [part for word in words if word.startswith("ARGS=") for part in shlex.split(word[5:])]
        of_ours = target in SURFACE.roots and not any(word.startswith("-") for word in words)
        words = [f"neural_guide.{target}", *words] if of_ours else []
    at = next((place for place, word in enumerate(words) if word.startswith("neural_guide.")), None)
    if at is None:
        return
    module = words[at].rstrip(";")
    assert find_spec(module), f"{page}: there is no {module}"
    ended = next((place for place, word in enumerate(words) if word.endswith(";") and place > at), len(words) - 1)
    typed = [word.rstrip(";") for word in words[at + 1 : ended + 1] if word not in MULTIRUN]
    overrides = [word for word in typed if "=" in word and not word.startswith(("hydra", "-"))]
    paths = [word for word in typed if "=" not in word and not word.startswith("-")]
    assert not paths or module.partition(".")[2] in PLAIN_PATHS, f"{page}: {paths} in {line}"
    sweeps = any(word in MULTIRUN for word in words[at + 1 :])
    single = [override.split(",")[0] if sweeps else override for override in overrides]
    if module.partition(".")[2] in SURFACE.roots:
        load_settings(module.partition(".")[2], single, SURFACE, sweeps=sweeps)
    else:
        assert not single, line


def test_the_quick_commands_run(tmp_path, monkeypatch):
    """Generate, inspect, solve and check a submission, as the pages say, on little."""
    monkeypatch.chdir(tmp_path)
    lines = (
        "generate data.path=small.json generate.samples=400 seed=7",
        "inspect data.path=small.json",
        "solve prior=uniform tasks=arc1-training task=67a3c6ac hydra.run.dir=solved",
        "validate_submission solved/submission.json",
    )
    for line in lines:
        ended = command(*line.split())
        assert ended.returncode == 0, (line, ended.stdout, ended.stderr)


def test_the_steps_for_a_primitive_work(tmp_path):
    """A copy of the project, changed as the page says, has the primitive and passes its tests."""
    page = (ROOT / "docs" / "primitive.md").read_text()
    steps = re.findall(r"^(\d)\. ", page, re.MULTILINE)
    assert len(steps) <= 5
    for folder in ("src", "tests", "conf"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc")
        )  # compiled kernels stay
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    added = re.findall(r"In `([^`]+)`[^\n]*\n+ *```python\n(.*?)```", page, re.DOTALL)
    assert len(added) == 2
    for name, code in added:
        path, text = tmp_path / name, re.sub(r"^ {3}", "", code, flags=re.MULTILINE)
        before = path.read_text()
        pair = re.match(r'"\w+": """', text.strip())
        path.write_text(before.rstrip().removesuffix("}") + text + "}\n" if pair else f"{before}\n\n{text}")
    name = re.search(r"^ *def (\w+)", added[0][1], re.MULTILINE)[1]
    line = re.search(r"^ *(python -m pytest .*)$", page, re.MULTILINE)[1]
    ended = subprocess.run(
        [sys.executable, *shlex.split(line)[1:], "-o", "addopts=", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
    )
    assert ended.returncode == 0, ended.stdout
    known = "from neural_guide.dsl.vocabulary import WIDE; print(*WIDE.names)"
    listed = subprocess.run(
        [sys.executable, "-c", known],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
    )
    assert name in listed.stdout.split()
