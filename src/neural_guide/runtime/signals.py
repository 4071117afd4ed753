"""Requests to stop: SIGTERM (a spot notice, a supervisor, a timeout) or Ctrl-C, SIGHUP (a terminal that was closed)."""

import _thread
import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

STOPPED_EXIT = 75  # EX_TEMPFAIL of sysexits.h: not finished; the same command with resume=auto resumes
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PACKAGE = Path(__file__).parents[1]
REPEAT_AFTER = 0.05  # seconds
CONSOLE_COMMAND = "neural-guide"  # pyproject.toml


class Stopped(BaseException):
    """Raised to end work because of a signal; no Exception, so that no handler takes it for a fault."""


class StopRequest:
    """Context manager that handles signals.

    A signal raises Stopped at the current line. With `is_graceful`, set by code that ends its work in order, the first
    signal only sets `signal_name`, and a second one raises.

    Attributes:
        signal_name: name of the first signal, e.g. SIGTERM; None before.
        is_graceful: true: the first signal is only noted.
        is_interruptible: called when a signal arrives; true: it raises even so, since what runs takes minutes.
    """

    def __init__(self) -> None:
        self.signal_name: str | None = None
        self.is_graceful = False
        self.is_interruptible: Callable[[], bool] = lambda: False
        self._handlers: dict[int, Any] = {}
        self._unraisable_hook: Any = None

    def __enter__(self) -> "StopRequest":
        self._unraisable_hook, sys.unraisablehook = sys.unraisablehook, self._raise_again
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: installed by compiled code
        self._handlers.clear()
        sys.unraisablehook = self._unraisable_hook

    def listen(self) -> None:
        """Install the handlers, also over those that a library installed since. Only the main thread can do so."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _list_signals():
            handler = signal.signal(number, self._note)
            self._handlers.setdefault(number, handler)

    @contextlib.contextmanager
    def explain_failures(self) -> Iterator[None]:
        """Take an error of the block for the effect of a signal where there was one.

        Ctrl-C reaches the processes of the whole group: a compiler that dies of it fails the step that waits for it.

        Raises:
            Stopped: instead of that error.
        """
        try:
            yield
        except Exception as error:
            if self.signal_name is None:
                raise
            raise Stopped(self.signal_name) from error

    def _note(self, number: int, _: FrameType | None) -> None:
        is_first = self.signal_name is None
        self.signal_name = signal.Signals(number).name
        if not (is_first and self.is_graceful) or self.is_interruptible():
            raise Stopped(self.signal_name)

    def _raise_again(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Repeat a signal that arrived in a callback, where Python drops whatever is raised."""
        if isinstance(unraisable.exc_value, Stopped) and self.signal_name:
            number = signal.Signals[self.signal_name]
            # Not at once: it would be dropped too.
            again = threading.Timer(REPEAT_AFTER, _thread.interrupt_main, (number,))
            again.daemon = True
            again.start()
        else:
            self._unraisable_hook(unraisable)


def exit_on_signals() -> None:
    """Make this process exit at once on a signal while it has no work to save: when it starts and when it ends.

    Python takes its handlers away before it has ended; a signal after that would kill a process that has finished its
    work. Signals are ignored from then on.
    """
    for number in _list_signals():
        signal.signal(number, _exit)
    atexit.register(_ignore_signals)


def kill_workers() -> None:
    """Kill the processes that `multiprocessing` started here.

    A pool that was interrupted may not know all of its own, and Python would wait for them forever.
    """
    from multiprocessing import active_children  # not at the start of every command

    for process in active_children():
        process.kill()


def run_in_own_group(line: Sequence[str]) -> tuple[int, str]:
    """Run a command in a process group of its own; return its exit code and its standard error.

    A signal reaches this process alone, and is passed on once, so that the command ends in order.

    Raises:
        Stopped: after the command has ended.
    """
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, **streams, text=True, errors="replace", start_new_session=True) as process:
        try:
            _, errors = process.communicate()
        except Stopped:
            process.terminate()
            process.communicate()
            raise
    return process.returncode, errors


def is_command(arguments: Sequence[str]) -> bool:
    """Return whether a process was started to run one of our commands.

    Args:
        arguments: of the interpreter, itself included, as in `sys.orig_argv`.
    """
    remaining = iter(arguments[1:])
    for argument in remaining:
        if argument == "-m" or argument.startswith("-m"):
            module = argument[2:] or next(remaining, "")
            return module.partition(".")[0] == PACKAGE.name
        if argument in ("-W", "-X"):
            next(remaining, "")
        elif argument.startswith("-c"):
            return False
        elif not argument.startswith("-"):
            script = Path(argument)
            return script.name == CONSOLE_COMMAND or script.resolve().parent == PACKAGE
    return False


def _list_signals() -> list[signal.Signals]:
    """The signals to handle: started with nohup, a process outlives its terminal."""
    return [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]


def _ignore_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _exit(number: int, _: FrameType | None) -> None:
    with contextlib.suppress(Exception):  # the signal came while something was printed
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        os.write(2, f"Stopped by {signal.Signals(number).name}.\n".encode())
    os._exit(STOPPED_EXIT)
