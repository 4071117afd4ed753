"""Time limit of a run, divided among its tasks as they begin, so that the run ends before it with every task tried."""

import math
from dataclasses import dataclass

REPORT_SECONDS = 60.0  # for submission and report, after the last search
FINISH_SECONDS = 60.0  # of a search beyond its budget, to fit its last rules: 15 s measured on a loaded core
MAX_RESERVE = 0.2  # share of a short limit for each of the two


@dataclass(frozen=True)
class TimeLimit:
    """Time limit of a run.

    Attributes:
        started: start of the run, on `time.monotonic`.
        seconds: limit of the whole run; infinite: no limit.
    """

    started: float
    seconds: float = math.inf

    @property
    def search_end(self) -> float:
        """Time, on `time.monotonic`, at which searches that still run are ended; the rest is for the report."""
        return self.started + self.seconds - self._limit_reserve(REPORT_SECONDS)

    def share_seconds(self, now: float, waiting: int, workers: int) -> float:
        """Return the seconds for the next task: an equal share of the time left.

        A task that ends early leaves its time to those that wait. Where every task keeps to its share, each of them
        begins before the end.

        Args:
            now: the time on `time.monotonic`.
            waiting: number of tasks that have not begun, the next one included; 1 or more.
            workers: number of processes.
        """
        left = self.search_end - self._limit_reserve(FINISH_SECONDS) - now
        return max(0.0, left / math.ceil(waiting / workers))

    def _limit_reserve(self, seconds: float) -> float:
        return min(seconds, MAX_RESERVE * self.seconds)
