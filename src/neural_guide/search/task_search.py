"""Search for one task under all its transforms, job by job, until there are enough answers."""

import time
from functools import reduce
from typing import Literal, NamedTuple

from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.search.candidates import Candidate, merge_candidates
from neural_guide.search.confidence import estimate_log_odds
from neural_guide.search.jobs import choose_job, estimate_promise, estimate_task_promise
from neural_guide.search.prior import LatePrior, Prior, SearchPrior
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.task_transforms import identity_transform, list_transforms
from neural_guide.search.transform_search import Limit, Limits, TransformSearch, Watcher

MIB = 2**20
_SECOND_PROMISE = 1.5  # right answers per second of jobs that are done for a second attempt, beside a certain answer
_QUERY_PROMISE = 1.0  # a guide of words is asked before the first job that promises less: many tasks need none
_FINISH_SHARE, _MAX_FINISH_SECONDS = 0.15, 3.0  # time kept for leaving pairs out, once there are explanations

StopReason = Literal["answered", "exhausted", "unpromising"] | Limit


class Effort(NamedTuple):
    """Effort of searches."""

    nodes: int = 0
    queries: int = 0
    states: int = 0

    def plus(self, other: "Effort") -> "Effort":
        """Return the effort of both."""
        return Effort(self.nodes + other.nodes, self.queries + other.queries, self.states + other.states)


NO_EFFORT = Effort()


class TaskSearch:
    """The search for a task.

    Args:
        task: pairs and test inputs.
        vocabulary: primitives of the programs.
        prior: prior over steps.
        settings: settings of the search, with every null choice resolved.
        budget: limits; those of nodes and seconds include what earlier searches for the task took.
        started: start of the first search for the task, on `time.perf_counter`.
        earlier: effort of those searches.

    Attributes:
        candidates: candidates, after `run`; with their evidence if pairs are left out.
    """

    def __init__(
        self,
        task: Task,
        vocabulary: Vocabulary,
        prior: SearchPrior,
        settings: SearchSettings,
        budget: SearchBudget,
        started: float,
        earlier: Effort = NO_EFFORT,
    ) -> None:
        self.candidates: list[Candidate] = []
        self._settings, self._budget, self._earlier = settings, budget, earlier
        self._begun, self._deadline = time.perf_counter(), started + budget.seconds
        self._tests = len(task.test_inputs)
        self._late_prior = prior if isinstance(prior, LatePrior) else None
        self._lifts = prior.lifts if isinstance(prior, Prior) else {}
        first_prior = Prior.uniform(len(vocabulary)) if isinstance(prior, LatePrior) else prior
        transforms = list_transforms(task) if settings.forms else [identity_transform(task)]
        self._searches = {
            transform.name: TransformSearch(
                transform, vocabulary, first_prior, settings, budget.length, started, self._deadline
            )
            for transform in transforms
        }
        self._judge_at = 0  # nodes from which candidates are judged anew

    @property
    def effort(self) -> Effort:
        """Effort so far, with that of earlier searches."""
        efforts = [
            Effort(search.space.nodes, search.query_count, len(search.space)) for search in self._searches.values()
        ]
        return reduce(Effort.plus, efforts, self._earlier)

    def run(self, watch: Watcher | None = None) -> StopReason:
        """Search until there are enough answers or the budget is spent, and return which.

        Args:
            watch: observer, called after every step; None: none.
        """
        limit: Limit | None = None  # the one that ended exploring
        begun = [search for search in self._searches.values() if search.explanation_count]
        is_certain = self._settings.leave_one_out and any(search.check_certain() for search in begun)
        while True:
            end = self._deadline - self._keep_time()
            explores = limit is None
            jobs = [job for search in self._searches.values() for job in search.list_jobs(explores=explores)]
            if time.perf_counter() >= end:
                limit = "seconds"
            if not jobs or limit == "seconds":
                self.candidates = self._judge()
                return limit or "exhausted"
            job = choose_job(jobs, self._lifts)
            if self._late_prior and estimate_promise(job) < _QUERY_PROMISE:
                self._follow(self._late_prior.query())
                job = choose_job(jobs, self._lifts)
            is_unpromising = estimate_task_promise(job, self._lifts) < self._settings.min_promise
            if is_unpromising or (is_certain and estimate_promise(job) < _SECOND_PROMISE):
                self.candidates = self._judge()
                return "answered" if is_certain else "unpromising"
            search = self._searches[job.transform]
            known = search.explanation_count
            reached = search.run(job, self._limit(search, end), watch, self._lifts)
            limit = limit or reached
            if search.explanation_count > known and self._settings.leave_one_out:
                is_certain = is_certain or search.check_certain()
            if self._is_answered():
                return "answered"

    def _follow(self, prior: Prior) -> None:
        """Follow another prior from here on."""
        self._late_prior, self._lifts = None, prior.lifts
        for search in self._searches.values():
            search.follow(prior)

    def _limit(self, search: TransformSearch, end: float) -> Limits:
        others = [other for other in self._searches.values() if other is not search]
        return Limits(
            nodes=self._budget.nodes,
            other_nodes=self._earlier.nodes + sum(other.space.nodes for other in others),
            end=end,
            nbytes=self._budget.memory_mib * MIB - sum(other.nbytes for other in others),
        )

    def _keep_time(self) -> float:
        """Return the seconds to keep for leaving pairs out."""
        if not any(search.has_unjudged for search in self._searches.values()):
            return 0.0
        return min(_FINISH_SHARE * max(0.0, self._deadline - self._begun), _MAX_FINISH_SECONDS)

    def _is_answered(self) -> bool:
        """Return whether a search has enough answers, none of which is likelier wrong than right."""
        nodes = self.effort.nodes
        if nodes < self._judge_at or not any(search.is_answered for search in self._searches.values()):
            return False
        self._judge_at = 2 * nodes
        self.candidates = self._judge()
        return not self._is_doubtful()

    def _judge(self) -> list[Candidate]:
        """List the candidates of all searches, each answer once."""
        return reduce(merge_candidates, [search.judge() for search in self._searches.values()])

    def _is_doubtful(self) -> bool:
        """Return whether the likeliest answer to some test is more likely wrong than right."""
        if not self._settings.leave_one_out:
            return False
        odds = [
            [estimate_log_odds(entry, test) for entry in self.candidates if entry.answers[test] is not None]
            for test in range(self._tests)
        ]
        return any(max(known) < 0 for known in odds if known)
