"""The text of `--help`: what a command does, and every setting that it reads."""

import textwrap
from itertools import groupby
from pathlib import Path
from typing import Any

from neural_guide.app.settings import Setting, describe_values, list_settings
from neural_guide.app.surface import Surface

WIDTH = 100
INDENT = " " * 6


def format_help(command: str, summary: str, surface: Surface, conf: Path) -> str:
    """The help of a command.

    Args:
        command: its name.
        summary: the docstring of its module: a line with an example, then what else is to say.
        surface: settings and groups of all commands.
        conf: the folder of the groups' options.
    """
    lines = [summary.strip(), "", f"Usage: python -m neural_guide.{command} [key=value ...]"]
    if groups := surface.groups.get(command):
        lines += ["", "Profiles, each several settings at once:"]
        for group in groups:
            options = ", ".join(sorted(path.stem for path in (conf / group).glob("*.yaml")))
            lines.append(f"  {group}=  {options}" + ("  (with -m)" if group == "sweep" else ""))
    lines += ["", "Settings, with their defaults:"]
    settings = sorted(list_settings(surface.roots[command]), key=lambda entry: "." in entry.key)
    for section, entries in groupby(settings, key=lambda entry: entry.key.rpartition(".")[0]):
        lines += ["", f"{section}:"] if section else []
        for entry in entries:
            lines += _describe(entry)
    lines += [
        "",
        "hydra.run.dir=FOLDER names the folder of the run; -m runs once for each value of key=a,b,c.",
    ]
    return "\n".join(lines)


def _describe(entry: Setting) -> list[str]:
    text = f"{entry.help} [{describe_values(entry)}]"
    head = f"  {entry.key}={_written(entry.default)}"
    return [head, *textwrap.wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)]


def _written(value: Any) -> str:
    """A default as it would be typed."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{','.join(map(str, value))}]" if isinstance(value, list) else str(value)
