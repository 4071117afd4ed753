"""Solver: searches programs that explain all pairs of a task, within a budget."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.search.answers import Answer, Answers, choose_answers
from neural_guide.search.candidates import Candidate
from neural_guide.search.prior import SearchPrior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.task_search import NO_EFFORT, Effort, StopReason, TaskSearch
from neural_guide.search.transform_search import Watcher

_MIN_JOINT_SECONDS = 2.0  # time of the search for all tests, before single ones


@dataclass(frozen=True)
class SearchOutcome:
    """Result of a search.

    Attributes:
        candidates: candidates that give the answers, that of the first attempt at the first test first.
        answers: answers to every test, see `search.answers`; the candidates are those of this outcome.
        nodes: nodes spent.
        seconds: time spent.
        stop_reason: why the search stopped.
        query_count: queries to the policy.
        state_count: different states reached.
    """

    candidates: tuple[Candidate, ...]
    answers: Answers
    nodes: int
    seconds: float
    stop_reason: StopReason
    query_count: int
    state_count: int

    @property
    def is_exhausted(self) -> bool:
        """True if every program within the length was tried."""
        return self.stop_reason == "exhausted"


@dataclass(frozen=True)
class _Findings:
    """Candidates of some searches for a task, their effort, and why the last of them stopped."""

    candidates: list[Candidate]
    effort: Effort
    stop_reason: StopReason


def solve(
    task: Task,
    vocabulary: Vocabulary,
    prior: SearchPrior,
    budget: SearchBudget,
    settings: SearchSettings | None = None,
    watch: Watcher | None = None,
) -> SearchOutcome:
    """Search under a prior until there are enough answers or a budget is spent.

    Where no explanation covers all tests, each test that has no answer is searched alone with an equal share of what
    is left of the budget; half of it is kept for that, see `SearchSettings.single_tests`, but the search for all tests
    has at least two seconds, where there are so many.

    Args:
        task: pairs and test inputs; a task has no test outputs.
        vocabulary: primitives of the programs; all executable.
        prior: prior over steps; a function makes one for each transform of the task, see `SearchSettings.forms`.
        budget: limits of the search, a second candidate included.
        settings: settings of the search; None: the defaults.
        watch: observer, called after every step; None: none.

    Returns:
        The same outcome for the same arguments, except for seconds and what a time limit cuts off.
    """
    started = time.perf_counter()
    settings = (settings or SearchSettings()).resolve(extended=set(vocabulary.names) != set(V2.names))
    solver = _Solver(vocabulary, prior, settings, started, watch)
    tests = len(task.test_inputs)
    is_split = bool(settings.single_tests) and tests > 1
    findings = solver.search(
        task,
        replace(
            budget,
            nodes=budget.nodes // 2,
            seconds=max(budget.seconds / 2, min(budget.seconds, _MIN_JOINT_SECONDS)),
        )
        if is_split
        else budget,
    )
    if is_split and not findings.candidates:
        findings = solver.search_single_tests(task, budget, findings)
    candidates, answers = _select(findings.candidates, tests, settings)
    return SearchOutcome(
        candidates=candidates,
        answers=answers,
        nodes=findings.effort.nodes,
        seconds=time.perf_counter() - started,
        stop_reason=findings.stop_reason,
        query_count=findings.effort.queries,
        state_count=findings.effort.states,
    )


@dataclass(frozen=True)
class _Solver:
    """Searches for one task; the attributes are arguments of `solve`, `started` on `time.perf_counter`."""

    vocabulary: Vocabulary
    prior: SearchPrior
    settings: SearchSettings
    started: float
    watch: Watcher | None

    def search(self, task: Task, budget: SearchBudget, earlier: Effort = NO_EFFORT) -> _Findings:
        """Search a task under all its transforms.

        Args:
            task: pairs and test inputs.
            budget: limits, counted from the start of the first search for the task.
            earlier: effort of earlier searches for the task.
        """
        search = TaskSearch(task, self.vocabulary, self.prior, self.settings, budget, self.started, earlier)
        reason = search.run(self.watch)
        return _Findings(search.candidates, search.effort, reason)

    def search_single_tests(self, task: Task, budget: SearchBudget, joint: _Findings) -> _Findings:
        """Search every test of a task alone, with equal shares of what a search for all tests has left."""
        tests, findings = len(task.test_inputs), joint
        for test in range(tests):
            alone = Task(task.task_id, task.pairs, task.test_inputs[test : test + 1])
            share = self._share_budget(budget, tests - test, findings.effort.nodes)
            single = self.search(alone, share, findings.effort)
            placed = [candidate.place_among(test, tests) for candidate in single.candidates]
            findings = _Findings([*findings.candidates, *placed], single.effort, single.stop_reason)
        return findings

    def _share_budget(self, budget: SearchBudget, parts: int, nodes: int) -> SearchBudget:
        """Return the budget of the next of several searches, like all budgets here counted from the task's start.

        Args:
            budget: limits of all of them.
            parts: number of searches left, which share what is left equally.
            nodes: nodes spent so far.
        """
        seconds = time.perf_counter() - self.started
        return replace(
            budget,
            nodes=nodes + (budget.nodes - nodes) // parts,
            seconds=seconds + (budget.seconds - seconds) / parts,
        )


def _select(
    candidates: Sequence[Candidate], tests: int, settings: SearchSettings
) -> tuple[tuple[Candidate, ...], Answers]:
    """Return the candidates that give the answers, and the answers that refer to them."""
    if not tests:
        return tuple(candidates[: settings.answers]), ()
    chosen = choose_answers(candidates, tests, settings.answers, by_odds=settings.combines)
    by_place = sorted(
        (place, test, answer.candidate) for test, answers in enumerate(chosen) for place, answer in enumerate(answers)
    )
    used = list(dict.fromkeys(candidate for _, _, candidate in by_place))
    answers = tuple(
        tuple(Answer(used.index(answer.candidate), answer.confidence) for answer in answers) for answers in chosen
    )
    return tuple(candidates[index] for index in used), answers
