"""A search told while it goes: the states it meets, now and then, and in the end what it found."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

from neural_guide.arc.grid import Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import SearchOutcome, solve
from neural_guide.search.state_space import StateSpace
from neural_guide.search.trace import trace_candidate

Event = dict[str, Any]
"""Plain values: {"state": ...}, {"progress": ...}, and at the end {"outcome": ...} or {"error": ...}."""

EVERY_SECONDS = 0.1  # between reports of a search
SHOWN_AT_ONCE = 40  # states that are told, the first ones of a search and later the newest of each report
WAITING = 1_000  # events that may wait for a slow reader


class _Left(Exception):  # noqa: N818 - nothing went wrong
    """Nobody looks on any more."""


def watched(
    task: Task, vocabulary: Vocabulary, prior: Prior, budget: SearchBudget, settings: SearchSettings
) -> Iterator[Event]:
    """Search a task in a thread, and tell of it; closed early, the search ends."""
    events: queue.Queue[Event | None] = queue.Queue(WAITING)
    watcher = _Watcher(events, len(task.pairs), vocabulary)

    def search() -> None:
        try:
            outcome = solve(task, vocabulary, prior, budget, settings, watcher)
            events.put({"outcome": _told(outcome, task)})
        except _Left:
            pass
        except Exception as error:
            events.put({"error": f"The search failed: {type(error).__name__}: {error}"})
            raise
        finally:
            watcher.left.set()
            events.put(None)

    thread = threading.Thread(target=search, name="search", daemon=True)
    thread.start()
    try:
        while (event := events.get()) is not None:
            yield event
    finally:
        watcher.left.set()
        _drop_all(events)
        # It may be waiting to tell something. Where nobody closed this, it may be the very thread that collects it.
        while thread.is_alive() and thread is not threading.current_thread():
            thread.join(0.05)
            _drop_all(events)


class _Watcher:
    """Tells of the first states that a search meets, then now and then of the newest."""

    def __init__(self, events: "queue.Queue[Event | None]", pairs: int, vocabulary: Vocabulary) -> None:
        self.left = threading.Event()
        self._events, self._pairs, self._names = events, pairs, vocabulary.names
        self._space: StateSpace | None = None
        self._seen, self._told_at, self._started = 0, 0.0, time.perf_counter()

    def __call__(self, space: StateSpace) -> None:
        if self.left.is_set():
            raise _Left
        if space is not self._space:  # another form of the task
            self._space, self._seen = space, 0
        now = time.perf_counter()
        met = len(space)
        if met == self._seen or (met > SHOWN_AT_ONCE and now - self._told_at < EVERY_SECONDS):
            return
        for state in range(max(self._seen, met - SHOWN_AT_ONCE), met):
            if not space.is_list(state):
                self._events.put({"state": self._state(space, state)})
        self._seen, self._told_at = met, now
        spent = {"nodes": space.nodes, "states": met, "seconds": now - self._started}
        self._events.put({"progress": spent})

    def _state(self, space: StateSpace, state: int) -> Event:
        steps = space.get_program(state)
        names = [self._names[step] if step < len(self._names) else "piece" for step in steps]
        return {"program": names, "grid": space.get_grids(state)[0].tolist()}


def _told(outcome: SearchOutcome, task: Task) -> Event:
    inputs = [pair.input for pair in task.pairs] + list(task.test_inputs)
    return {
        "stopped": outcome.stop_reason,
        "nodes": outcome.nodes,
        "states": outcome.state_count,
        "seconds": outcome.seconds,
        "candidates": [_candidate(candidate, inputs) for candidate in outcome.candidates],
    }


def _candidate(candidate: Candidate, inputs: list[Grid]) -> Event:
    steps, states = trace_candidate(candidate.program, candidate.relabelling, candidate.layers, candidate.rule, inputs)
    return {
        "steps": list(steps),
        "states": [[grid.tolist() for grid in row] for row in states],
        "answers": [answer.tolist() for answer in candidate.answers],
        "nodes": candidate.nodes,
    }


def _drop_all(events: "queue.Queue[Event | None]") -> None:
    while not events.empty():
        events.get_nowait()
