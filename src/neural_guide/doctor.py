"""Diagnose this machine: torch, GPU, threads, memory, disk.

python -m neural_guide.doctor

Takes no settings. Exit code 0: training can start, 1: something must be mended, 2: a mistake in the command.
"""

import sys
from pathlib import Path

import psutil
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_guide.planning.diagnostics import Finding, TorchBuild, diagnose_machine
from neural_guide.runtime.output_streams import protect_output

PROBLEM_EXIT = 1
FOLDERS = (Path("outputs"), Path("data"))  # default folders of runs and datasets
HELP = ("-h", "--help")
USAGE = "python -m neural_guide.doctor takes no arguments"


def find_torch_build() -> TorchBuild | None:
    """Import torch and describe its build; None: it cannot be imported."""
    process = psutil.Process()
    before = process.memory_info().rss
    try:
        import torch
    except (ImportError, OSError):  # OSError: a library of it is missing
        return None
    memory = (process.memory_info().rss - before) / 2**20
    return TorchBuild(torch.__version__.partition("+")[0], torch.version.cuda, torch.cuda.is_available(), memory)


def build_table(findings: list[Finding]) -> Table:
    """Build a table with a finding in each row, and its remedy below it."""
    sheet = Table(box=box.SIMPLE_HEAD, title="This machine", title_justify="left", title_style="bold")
    for name in ("", "", "found"):
        sheet.add_column(name)
    for finding in findings:
        mark = "[red]✗[/]" if finding.is_wrong else "[yellow]![/]" if finding.remedy else "[green]✓[/]"
        remedy = f"\n→ {finding.remedy}" if finding.remedy else ""
        sheet.add_row(mark, finding.name, Text(f"{finding.fact}{remedy}"))
    return sheet


def main() -> int:
    """Diagnose the machine, print the findings, and return the exit code."""
    protect_output()
    if any(argument in HELP for argument in sys.argv[1:]):
        print((__doc__ or USAGE).strip())
        return 0
    if sys.argv[1:]:
        print(f"{USAGE}: {' '.join(sys.argv[1:])}", file=sys.stderr)
        return 2
    findings = diagnose_machine(find_torch_build(), FOLDERS)
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(build_table(findings), highlight=False)
    problems = [finding.name for finding in findings if finding.is_wrong]
    verdict = f"To mend before training: {', '.join(problems)}." if problems else "Training can start here."
    console.print(verdict, style="bold red" if problems else "bold", highlight=False)
    return PROBLEM_EXIT if problems else 0


if __name__ == "__main__":
    sys.exit(main())
