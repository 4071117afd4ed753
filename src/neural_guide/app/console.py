"""The console of the commands: what is printed, and how wide."""

import sys

from rich.console import Console

# A pipe or a file has no width of its own; 80 columns would break every path.
console = Console() if sys.stdout is not None and sys.stdout.isatty() else Console(width=120)


def say(text: str, *, style: str | None = None) -> None:
    """Print a line as it is: no markup is read, no number is coloured, and no path is broken."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)
