"""One screen on this machine: python -m neural_guide.doctor. Exit code 0: training can start, 1: something to mend."""

import sys
from pathlib import Path

import psutil
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_guide.planning.diagnostics import Finding, TorchBuild, examine

WRONG_EXIT = 1
PLACES = (Path("outputs"), Path("data"))  # where runs and datasets lie by default
USAGE = "python -m neural_guide.doctor takes no arguments"


def torch_build() -> TorchBuild | None:
    """The torch that can be imported here."""
    process = psutil.Process()
    before = process.memory_info().rss
    try:
        import torch
    except (ImportError, OSError):  # OSError: a library of it is missing
        return None
    memory = (process.memory_info().rss - before) / 2**20
    return TorchBuild(torch.__version__.partition("+")[0], torch.version.cuda, torch.cuda.is_available(), memory)


def table(findings: list[Finding]) -> Table:
    """What was found, a row each; what is to be done stands below it."""
    shown = Table(box=box.SIMPLE_HEAD, title="This machine", title_justify="left", title_style="bold")
    for name in ("", "", "found"):
        shown.add_column(name)
    for finding in findings:
        mark = "[red]✗[/]" if finding.wrong else "[yellow]![/]" if finding.remedy else "[green]✓[/]"
        remedy = f"\n→ {finding.remedy}" if finding.remedy else ""
        shown.add_row(mark, finding.what, Text(f"{finding.found}{remedy}"))
    return shown


def main() -> int:
    """Examine the machine, show what was found, and say by the exit code whether training can start."""
    if sys.argv[1:]:
        print(f"{USAGE}: {' '.join(sys.argv[1:])}", file=sys.stderr)
        return 2
    findings = examine(torch_build(), PLACES)
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(table(findings), highlight=False)
    wrong = [finding.what for finding in findings if finding.wrong]
    told = f"To mend before training: {', '.join(wrong)}." if wrong else "Training can start here."
    console.print(told, style="bold red" if wrong else "bold", highlight=False)
    return WRONG_EXIT if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
