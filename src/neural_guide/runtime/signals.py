"""Requests to stop: SIGTERM (a spot notice, a supervisor, a timeout) or Ctrl-C, SIGHUP (a terminal that was closed)."""

import signal
import threading
from types import FrameType
from typing import Any

STOPPED_EXIT = 75  # EX_TEMPFAIL of sysexits.h: not finished; the same command with resume=auto resumes
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Raised to end work because of a signal; no Exception, so that no handler takes it for a fault."""


class StopRequest:
    """Context manager that handles signals.

    A signal raises Stopped at the current line. With `is_graceful`, set by code that ends its work in order, the first
    signal only sets `signal_name`, and a second one raises.

    Attributes:
        signal_name: name of the first signal, e.g. SIGTERM; None before.
        is_graceful: true: the first signal is only noted.
    """

    def __init__(self) -> None:
        self.signal_name: str | None = None
        self.is_graceful = False
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> "StopRequest":
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def listen(self) -> None:
        """Install the handlers, also over those that a library installed since. Only the main thread can do so."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started with nohup
            handler = signal.signal(number, self._note)
            self._handlers.setdefault(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        is_first = self.signal_name is None
        self.signal_name = signal.Signals(number).name
        if not (is_first and self.is_graceful):
            raise Stopped(self.signal_name)
