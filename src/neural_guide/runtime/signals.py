"""Asked to stop: SIGTERM (a spot notice, a supervisor, a timeout) or Ctrl-C."""

import signal
import threading
from types import FrameType
from typing import Any

STOPPED_EXIT = 75  # EX_TEMPFAIL of sysexits.h: not finished, the same command with resume=auto goes on
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """Work ends here because of a signal; no Exception, so that nothing takes it for a fault."""


class StopRequest:
    """Listens for signals while it is entered.

    A signal raises Stopped where the program stands, unless somebody who ends work in order has set `is_graceful`:
    then `signal_name` tells of it, and only a second signal raises.

    Attributes:
        signal_name: of the first signal, e.g. SIGTERM; None before.
        is_graceful: whether the first signal is only noted.
    """

    def __init__(self) -> None:
        self.signal_name: str | None = None
        self.is_graceful = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopRequest":
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def listen(self) -> None:
        """Take the signals over, also from a library that took them since. Other threads cannot and do not."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            before = signal.signal(number, self._note)
            self._before.setdefault(number, before)

    def _note(self, number: int, _: FrameType | None) -> None:
        first = self.signal_name is None
        self.signal_name = signal.Signals(number).name
        if not (first and self.is_graceful):
            raise Stopped(self.signal_name)
