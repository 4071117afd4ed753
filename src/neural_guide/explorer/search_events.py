"""Events of a running search: newly explored states at intervals, and at the end its outcome."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_guide.arc.grid import is_equal
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.search.application import find_transform
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import Prior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import SearchOutcome, solve
from neural_guide.search.state_space import StateSpace
from neural_guide.search.trace import trace_candidate
from neural_guide.search.unit_rules.units import NO_UNIT, Outline

Event = dict[str, Any]
"""Plain values: {"state": ...}, {"progress": ...}, and at the end {"outcome": ...} or {"error": ...}."""

REPORT_SECONDS = 0.1  # between reports of a search
MAX_STATES = 40  # of a report: the first states of a search, later the newest
QUEUE_SIZE = 1_000  # events that may wait for a slow reader


class _ReaderLeft(Exception):  # noqa: N818 - no error: it ends the search
    """The reader of the events has closed the stream."""


def stream_search(
    task: Task, vocabulary: Vocabulary, prior: Prior, budget: SearchBudget, settings: SearchSettings
) -> Iterator[Event]:
    """Search a task in a thread and yield its events; closing the generator ends the search."""
    events: queue.Queue[Event | None] = queue.Queue(QUEUE_SIZE)
    reporter = _SearchReporter(events, vocabulary, task)

    def search() -> None:
        try:
            outcome = solve(task, vocabulary, prior, budget, settings, reporter)
            events.put({"outcome": _encode_outcome(outcome, task)})
        except _ReaderLeft:
            pass
        except Exception as error:
            events.put({"error": f"The search failed: {type(error).__name__}: {error}"})
            raise
        finally:
            reporter.reader_left.set()
            events.put(None)

    thread = threading.Thread(target=search, name="search", daemon=True)
    thread.start()
    try:
        while (event := events.get()) is not None:
            yield event
    finally:
        reporter.reader_left.set()
        _drain(events)
        # The search may be blocked on a full queue. A generator that was never closed may be collected in its thread.
        while thread.is_alive() and thread is not threading.current_thread():
            thread.join(0.05)
            _drain(events)


class _SearchReporter:
    """Observer of a search: reports its first states, then the newest at intervals; none of transformed tasks."""

    def __init__(self, events: "queue.Queue[Event | None]", vocabulary: Vocabulary, task: Task) -> None:
        self.reader_left = threading.Event()
        self._events, self._names, self._inputs = events, vocabulary.names, [pair.input for pair in task.pairs]
        self._spaces: list[StateSpace] = []  # one a transform of the task, in the order of their first step
        self._own_space: StateSpace | None = None  # of the task as it is
        self._reported, self._report_time, self._start_time = 0, 0.0, time.perf_counter()

    def __call__(self, space: StateSpace) -> None:
        if self.reader_left.is_set():
            raise _ReaderLeft
        if space not in self._spaces:
            self._spaces.append(space)
            if self._is_untransformed(space):
                self._own_space = space
        now = time.perf_counter()
        count = len(space) if space is self._own_space else self._reported
        is_first = self._reported < count <= MAX_STATES
        if not is_first and now - self._report_time < REPORT_SECONDS:
            return
        for state in range(max(self._reported, count - MAX_STATES), count):
            if not space.is_list(state):
                self._events.put({"state": self._encode_state(space, state)})
        self._reported, self._report_time = count, now
        nodes, states = sum(known.nodes for known in self._spaces), sum(map(len, self._spaces))
        self._events.put({"progress": {"nodes": nodes, "states": states, "seconds": now - self._start_time}})

    def _is_untransformed(self, space: StateSpace) -> bool:
        """Return whether a space starts from the task's own inputs: people know those grids."""
        return all(is_equal(grid, given) for grid, given in zip(space.get_grids(0), self._inputs, strict=False))

    def _encode_state(self, space: StateSpace, state: int) -> Event:
        steps = space.get_program(state)
        names = [self._names[step] if step < len(self._names) else "piece" for step in steps]
        return {"program": names, "grid": space.get_grids(state)[0].tolist()}


def _encode_outcome(outcome: SearchOutcome, task: Task) -> Event:
    return {
        "stopped": outcome.stop_reason,
        "nodes": outcome.nodes,
        "states": outcome.state_count,
        "seconds": outcome.seconds,
        "candidates": [
            _encode_candidate(candidate, task) | {"confidence": _find_confidence(outcome, index)}
            for index, candidate in enumerate(outcome.candidates)
        ],
    }


def _encode_candidate(candidate: Candidate, task: Task) -> Event:
    transform = find_transform(candidate, task)
    inputs = [transform.transform_input(grid) for grid in (*(pair.input for pair in task.pairs), *task.test_inputs)]
    trace = trace_candidate(candidate.program, candidate.relabelling, candidate.layers, candidate.rule, inputs)
    return {
        "steps": list(trace.steps),
        "states": [[grid.tolist() for grid in row] for row in trace.states],
        "outlines": [[_encode_outline(outline) for outline in row] for row in trace.outlines],
        "answers": [None if answer is None else answer.tolist() for answer in candidate.answers],
        "nodes": candidate.nodes,
        "pairs_predicted": None if candidate.evidence is None else list(candidate.evidence[:2]),
    }


def _encode_outline(outline: Outline | None) -> list[list[int]]:
    """Return the cells of each unit to outline, counted row by row from 0."""
    if outline is None:
        return []
    return [np.flatnonzero(outline == unit).tolist() for unit in np.unique(outline[outline != NO_UNIT])]


def _find_confidence(outcome: SearchOutcome, candidate: int) -> float | None:
    """Return the least confidence of the answers that a candidate gives; None for a task without tests."""
    given = [answer.confidence for chosen in outcome.answers for answer in chosen if answer.candidate == candidate]
    return min(given, default=None)


def _drain(events: "queue.Queue[Event | None]") -> None:
    while not events.empty():
        events.get_nowait()
