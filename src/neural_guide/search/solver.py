"""Finds programs that explain all pairs of a task, within a budget."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2, Vocabulary
from neural_guide.search.candidates import Answers, Candidate, merged
from neural_guide.search.confidence import stated
from neural_guide.search.prior import Prior
from neural_guide.search.scheduler import Orders
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.state_space import Space
from neural_guide.search.task_transforms import Form, as_it_is, forms_of

MIB = 2**20
_LOOK_EVERY = 256  # steps between looks at the memory
_FIRST_COMBINED = 1000  # nodes after which explored states are laid over each other
_PATIENCE = 4  # times the nodes until the first answer after which two answers are enough, whatever may come
_LONG_PATIENCE = 12  # and after which one answer is, where it is a program
_COMBINED_RATIO = 8  # and how many times more until they are again

Watcher = Callable[[Space], None]
"""Looks on while a search goes: at the states met so far. What it raises ends the search."""
Stop = Literal["answered", "exhausted", "nodes", "seconds", "memory"]


@dataclass(frozen=True)
class Outcome:
    """What a search found, the first candidate first, all with different answers."""

    candidates: tuple[Candidate, ...]
    nodes: int
    seconds: float
    stopped: Stop
    asked: int  # questions to the advisor
    states: int  # different ones that were met

    @property
    def exhausted(self) -> bool:
        """Whether every program within the length was looked at."""
        return self.stopped == "exhausted"


def solve(
    task: Task,
    vocabulary: Vocabulary,
    prior: Prior | Callable[[Task], Prior],
    budget: SearchBudget,
    settings: SearchSettings | None = None,
    watch: Watcher | None = None,
) -> Outcome:
    """Search under a prior until there are answers enough or a budget is spent.

    Args:
        task: its pairs and test inputs; test outputs are no part of it.
        vocabulary: primitives that programs are made of; all executable.
        prior: what is likely; or made anew for each form of the task, see `SearchSettings.forms`.
        budget: where to stop; a second candidate is looked for within what is left.
        settings: how to go about it.
        watch: called after every step, to look on.

    Returns:
        The same for the same arguments, save for seconds and what they cut off.
    """
    started = time.perf_counter()
    settings = (settings or SearchSettings()).resolve(extended=set(vocabulary.names) != set(V2.names))
    forms = forms_of(task) if settings.forms else [as_it_is(task)]
    found: list[Candidate] = []
    spent = _Spent(0, 0, 0)
    stopped: Stop = "exhausted"
    for place, form in enumerate(forms):
        within = _share(budget, len(forms) - place, spent.nodes, time.perf_counter() - started)
        prior_here = prior(form.task) if callable(prior) else prior
        search = _Search(form, vocabulary, prior_here, settings, budget.length, started, spent.nodes)
        ended = search.run(within, watch)
        stopped = ended if ended != "exhausted" else stopped  # only where all are is there nothing left to try
        spent = _Spent(*map(sum, zip(spent, search.spent, strict=True)))
        found = merged(found, search.answers.found) if found else search.answers.found
        if ended == "answered" or len(_firm(found)) >= settings.answers:
            stopped = "answered"
            break
    seconds = time.perf_counter() - started
    return Outcome(stated(found[: settings.answers]), spent.nodes, seconds, stopped, spent.asked, spent.states)


def _firm(found: Sequence[Candidate]) -> list[Candidate]:
    """Candidates that end a search. Rules of cells do not: they come soon, and are wrong more often."""
    return [candidate for candidate in found if candidate.rule is None]


class _Spent(NamedTuple):
    """What the searches for some forms of a task took."""

    nodes: int
    asked: int
    states: int


def _share(budget: SearchBudget, forms: int, nodes: int, seconds: float) -> SearchBudget:
    """The share for the next of so many forms of what is left of a budget after so many nodes and seconds.

    Half of all is for the task as it is, the rest for the others alike.
    """
    parts = forms if nodes else min(forms, 2)
    return replace(
        budget,
        nodes=(budget.nodes - nodes) // parts,
        seconds=seconds + (budget.seconds - seconds) / parts,
    )


class _Search:
    """The search for one form of a task.

    Args:
        form: of the task.
        vocabulary: of programs.
        prior: of steps.
        settings: how to go about it.
        length: steps of the longest program.
        started: when the search for the task began, on `time.perf_counter`.
        before: nodes that other forms took.
    """

    def __init__(
        self,
        form: Form,
        vocabulary: Vocabulary,
        prior: Prior,
        settings: SearchSettings,
        length: int,
        started: float,
        before: int,
    ) -> None:
        inputs = [pair.input for pair in form.task.pairs] + list(form.task.test_inputs)
        outputs = [pair.output for pair in form.task.pairs]
        primitives = [PRIMITIVES[name] for name in vocabulary.names]
        self.space = Space(inputs, outputs, primitives, pieces=bool(settings.pieces))
        self.orders = Orders(self.space, prior, length, settings)
        self.answers = Answers(
            self.space,
            vocabulary.names,
            form,
            assembly=bool(settings.assembly),
            cells=bool(settings.cells),
            before=before,
        )
        self._settings, self._started, self._before = settings, started, before
        self._combine_at = _FIRST_COMBINED if settings.assembly else math.inf

    @property
    def spent(self) -> _Spent:
        """What it took so far."""
        return _Spent(self.space.nodes, self.orders.asked, len(self.space))

    def run(self, budget: SearchBudget, watch: Watcher | None = None) -> Stop:
        """Go on until there are answers enough or the budget is spent; says which."""
        steps = 0
        stopped: Stop | None = None
        while stopped is None:
            seconds = time.perf_counter() - self._started
            self.answers.look(seconds)
            stopped = self._stop(budget, seconds, look=steps % _LOOK_EVERY == 0)
            if stopped is None and not self.orders.advance() and self.answers.seen_all:
                stopped = "exhausted"
            if self.space.nodes >= self._combine_at:
                self.answers.combine(seconds)
                self._combine_at *= _COMBINED_RATIO
            steps += 1
            if watch:
                watch(self.space)
        self.answers.finish(time.perf_counter() - self._started)
        return stopped

    def _stop(self, budget: SearchBudget, seconds: float, *, look: bool) -> Stop | None:
        if self._answered():
            return "answered"
        if self.space.nodes >= budget.nodes:
            return "nodes"
        if seconds >= budget.seconds:
            return "seconds"
        if look and self.space.nbytes + self.orders.nbytes + self.answers.nbytes > budget.memory_mib * MIB:
            return "memory"
        return None

    def _answered(self) -> bool:
        """Whether there are answers enough, and no shorter one can come any more."""
        found, wanted = _firm(self.answers.found), self._settings.answers
        if len(found) < wanted:
            combines = self._settings.combines
            return combines and any(each.is_program for each in found) and self._waited(_LONG_PATIENCE)
        if not self._settings.combines or sorted(each.cost for each in found)[wanted - 1] <= self.orders.cost:
            return True
        return self._waited(_PATIENCE)

    def _waited(self, patience: float) -> bool:
        """Whether this many times the nodes were spent that the first answer took."""
        first = min(_firm(self.answers.found), key=lambda candidate: candidate.nodes).nodes - self._before
        return self.space.nodes >= patience * max(_FIRST_COMBINED, first)
