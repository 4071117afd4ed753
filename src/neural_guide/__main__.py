"""The table of commands: `python -m neural_guide` lists them, `python -m neural_guide train ...` runs one."""

import ast
import difflib
import runpy
import sys
from pathlib import Path

from neural_guide.runtime.output_streams import protect_output

COMMANDS = (
    *("generate", "inspect", "plan", "train", "evaluate", "solve", "explore", "speedup", "compare", "tune"),
    *("export", "bundle", "ship", "cloud", "validate_submission", "doctor"),
)
"""In the order in which a newcomer meets them."""
USAGE_EXIT = 2


def list_commands() -> str:
    """Every command with the first line of its help."""
    lines = [f"  {name:<20} {_summarise(name)}" for name in COMMANDS]
    return "\n".join(
        ["Usage: python -m neural_guide COMMAND [key=value ...]", "", *lines, "", "COMMAND --help lists its settings."]
    )


def main() -> None:
    """List the commands, or run the one that was named."""
    protect_output()
    typed = sys.argv[1:]
    if not typed or typed[0] in ("-h", "--help"):
        print(list_commands())
        return
    name = typed[0]
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=2)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        print(f"{name} is no command.{meant} The commands: {', '.join(COMMANDS)}.", file=sys.stderr)
        raise SystemExit(USAGE_EXIT)
    sys.argv = sys.argv[:1] + typed[1:]
    runpy.run_module(f"neural_guide.{name}", run_name="__main__", alter_sys=True)


def _summarise(name: str) -> str:
    """The first line of a command's docstring, read without importing it."""
    source = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
