"""How far solving has come: tasks done and solved, time left, memory."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from neural_guide.harness.outcomes import Verdict
from neural_guide.runtime.durations import format_duration

GIB = 2**30
LINES = 10  # told where nobody watches a terminal


@contextlib.contextmanager
def shown(console: Console, done: Sequence[Verdict], total: int, workers: int) -> Iterator[Callable[[Verdict], None]]:
    """Tell how far it is while the block runs; call what is yielded with each finished task.

    Args:
        console: where; a bar on a terminal, else about ten lines in all.
        done: tasks finished before this run was resumed.
        total: tasks in all.
        workers: processes at work.
    """
    counts = {"done": len(done), "solved": sum(_explained(verdict) for verdict in done)}
    started, first = time.perf_counter(), len(done)
    if first:
        console.print(f"{first:,} of {total:,} tasks were finished before", highlight=False)
    columns = (
        *(TextColumn("solving"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[solved]} solved")),
        *(TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[memory]:.1f} GiB")),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total, completed=first, solved=counts["solved"], memory=_memory_gib())

        def tell(verdict: Verdict) -> None:
            counts["done"] += 1
            counts["solved"] += _explained(verdict)
            bar.update(task, completed=counts["done"], solved=counts["solved"], memory=_memory_gib())
            if not console.is_terminal and counts["done"] * LINES // total > (counts["done"] - 1) * LINES // total:
                seconds = time.perf_counter() - started
                left = seconds / (counts["done"] - first) * (total - counts["done"])
                console.print(
                    f"{counts['done']:,} of {total:,} tasks, {counts['solved']:,} solved, {format_duration(seconds)}"
                    f"{f', about {format_duration(left)} left' if left else ''}, {_memory_gib():.1f} GiB, {workers} "
                    f"process{'es' * (workers > 1)}",
                    highlight=False,
                )

        yield tell


def _explained(verdict: Verdict) -> bool:
    """Solved, or explained where the test outputs are not known."""
    return bool(verdict.solved) or verdict.reason == "unknown"


def _memory_gib() -> float:
    """What this process and its workers hold."""
    me, total = psutil.Process(), 0
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total / GIB
