"""How far long work on data has come: a bar on a terminal, a line a minute elsewhere, one at the end."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from neural_guide.runtime.durations import format_duration

LINE_EVERY = 60.0  # seconds, where nobody watches a terminal


class _Memory(ProgressColumn):
    """Resident memory of this process."""

    max_refresh = 0.5  # seconds

    def render(self, task: Task) -> Text:  # noqa: ARG002
        return Text(_memory(), style="dim")


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="cyan")


def _silent(done: int) -> None:
    """Show nothing."""


def _memory() -> str:
    return f"{psutil.Process().memory_info().rss / 2**20:,.0f} MiB"


def _in_lines(title: str, total: int | None, unit: str) -> Callable[[int], None]:
    """Tell now and then what is done, at what rate, and how long it will take."""
    started = told = time.perf_counter()

    def tell(done: int) -> None:
        nonlocal told
        now = time.perf_counter()
        if now - told < LINE_EVERY or not done:
            return
        told, rate = now, done / (now - started)
        of, left = (
            ("", "") if total is None else (f" of {total:,}", f", about {format_duration((total - done) / rate)} left")
        )
        print(f"{title}: {done:,}{of} {unit}, {rate:,.0f}/s{left}, {_memory()}", file=sys.stderr)

    return tell


@contextmanager
def shown(title: str, total: int | None, unit: str, *, show: bool = True) -> Iterator[Callable[[int], None]]:
    """Show progress; yields a function that takes how much is done in all.

    Args:
        title: what is being done.
        total: how much there is to do; None: not known.
        unit: what is counted; "bytes" are shown as sizes.
        show: false: show nothing.
    """
    console = Console(stderr=True)
    if not show:
        yield _silent
        return
    started = time.perf_counter()
    if console.is_terminal:
        amount: list[ProgressColumn] = (
            [DownloadColumn(binary_units=True), TransferSpeedColumn()]
            if unit == "bytes"
            else [MofNCompleteColumn(), _Rate()]
        )
        columns = (TextColumn("{task.description}"), BarColumn(), *amount, TimeRemainingColumn(), _Memory())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(title, total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _in_lines(title, total, unit)
    seconds = time.perf_counter() - started
    amount_done = "" if total is None else f"{total:,} {unit} "
    print(f"{title}: {amount_done}in {seconds:.1f} s", file=sys.stderr)
