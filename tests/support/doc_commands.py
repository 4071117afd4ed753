"""The pages of the project, and the commands that they name."""

import re

from neural_guide.app.provenance import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("guides/**/*.md")])
_MENTIONED = re.compile(r"`((?:python -m neural_guide\.|make )[^`\n]+)`")
_FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DATED = ("log.md", "CHANGELOG.md")  # commands of their day


def commands() -> list[tuple[str, str]]:
    """Every line of a shell block, and every command between backquotes that names what to do, with its page."""
    lines = []
    for page in PAGES:
        if page.name in _DATED:
            continue
        text = page.read_text()
        blocks = [line for block in _FENCED.findall(text) for line in block.replace("\\\n", " ").splitlines()]
        quoted = [line for line in _MENTIONED.findall(text) if "..." not in line and "<" not in line]
        lines += [(str(page.relative_to(ROOT)), line.strip()) for line in (*blocks, *quoted) if line.strip()]
    return list(dict.fromkeys(lines))
