"""Progress of long work: a bar on a terminal, one line a minute elsewhere, one line at the end."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

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

LINE_EVERY = 60.0  # seconds, where the output is no terminal

Counts = Mapping[str, int]


@contextlib.contextmanager
def show_progress(
    title: str,
    total: int | None,
    unit: str,
    *,
    show: bool = True,
    done: int = 0,
    counts: Counts | None = None,
    console: Console | None = None,
) -> Iterator[Callable[[int], None]]:
    """Show progress while the block runs; yields a function that takes the number of units done in all.

    Args:
        title: name of the work.
        total: units in all; None: not known.
        unit: name of a unit in the plural; "bytes" are shown as sizes.
        show: false: show nothing.
        done: units that an earlier run finished; part of `total`, not of the rate.
        counts: further numbers by name, e.g. solved; read at every display, so the caller updates them in place.
        console: destination; None: standard error.
    """
    if not show:
        yield _ignore
        return
    console = console or Console(stderr=True)
    counts, reached = {} if counts is None else counts, done

    def reaching(show: Callable[[int], None]) -> Callable[[int], None]:
        def note(finished: int) -> None:
            nonlocal reached
            reached = finished
            show(finished)

        return note

    if done:
        _print(console, f"{title}: {_format_amount(done, total)} {unit} were finished before")
    started = time.perf_counter()
    if console.is_terminal:
        with Progress(*_choose_columns(unit, counts), console=console, transient=True) as bar:
            task = bar.add_task(title, total=total, completed=done)
            yield reaching(lambda finished: bar.update(task, completed=finished))
    else:
        yield reaching(_print_lines(console, title, total, unit, done, counts))
    seconds = time.perf_counter() - started
    amount = "" if total is None else f"{total:,} {unit} "
    if counts and total is not None:
        amount = f"{_format_amount(reached, total)} {unit}{_format_counts(counts)}, "
    _print(console, f"{title}: {amount}in {seconds:.1f} s")


class _Memory(ProgressColumn):
    """Resident memory of this process and its workers."""

    max_refresh = 0.5  # seconds

    def render(self, task: Task) -> Text:  # noqa: ARG002
        return Text(_format_memory(), style="dim")


class _Rate(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        return Text(_format_rate(task.speed) if task.speed else "", style="cyan")


class _Counts(ProgressColumn):
    """Further numbers that the caller keeps."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._counts = counts

    def render(self, task: Task) -> Text:  # noqa: ARG002
        return Text(_format_counts(self._counts).removeprefix(", "))


def _choose_columns(unit: str, counts: Counts) -> list[ProgressColumn]:
    amount: list[ProgressColumn] = (
        [DownloadColumn(binary_units=True), TransferSpeedColumn()]
        if unit == "bytes"
        else [MofNCompleteColumn(), _Rate()]
    )
    if counts:
        amount.append(_Counts(counts))
    return [TextColumn("{task.description}"), BarColumn(), *amount, TimeRemainingColumn(), _Memory()]


def _print_lines(
    console: Console, title: str, total: int | None, unit: str, first: int, counts: Counts
) -> Callable[[int], None]:
    """Return a function that prints at most one line every LINE_EVERY seconds."""
    started = printed = time.perf_counter()

    def report(done: int) -> None:
        nonlocal printed
        now = time.perf_counter()
        if now - printed < LINE_EVERY or done <= first:
            return
        printed, rate = now, (done - first) / (now - started)
        remaining = "" if total is None else f", about {format_duration((total - done) / rate)} left"
        _print(
            console,
            f"{title}: {_format_amount(done, total)} {unit}{_format_counts(counts)}, {_format_rate(rate)}{remaining}, "
            f"{_format_memory()}",
        )

    return report


def _ignore(done: int) -> None:
    """Show nothing."""


def _print(console: Console, line: str) -> None:
    print(line, file=console.file, flush=True)


def _format_amount(done: int, total: int | None) -> str:
    return f"{done:,}" if total is None else f"{done:,} of {total:,}"


def _format_counts(counts: Counts) -> str:
    return "".join(f", {count:,} {name}" for name, count in counts.items())


def _format_rate(rate: float) -> str:
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def _format_memory() -> str:
    process, resident = psutil.Process(), 0
    for member in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has ended since
            resident += member.memory_info().rss
    return f"{resident / 2**20:,.0f} MiB"
