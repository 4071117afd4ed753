"""The searches of a solving run: those that an earlier start of it finished, and those that remain."""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence

from neural_guide.app.console import console
from neural_guide.arc.collections import ArcTask
from neural_guide.harness.attempts import AttemptSettings, open_pool, run_attempts
from neural_guide.harness.journal import Journal
from neural_guide.harness.outcomes import TaskOutcome, judge_outcome, mark_unreached
from neural_guide.harness.task_results import TaskResult
from neural_guide.harness.time_limit import TimeLimit
from neural_guide.runtime.progress import show_progress


class SearchRun:
    """The searches of a run, those that an earlier start of it finished included.

    Args:
        tasks: tasks to solve.
        attempt: settings of the searches.
        journal: results of the finished tasks.
        time_limit: limit of the run.
    """

    def __init__(
        self, tasks: Sequence[ArcTask], attempt: AttemptSettings, journal: Journal, time_limit: TimeLimit
    ) -> None:
        self._tasks = {arc.task.task_id: arc for arc in tasks}
        self._attempt, self._journal, self._time_limit = attempt, journal, time_limit

    def list_finished(self) -> list[TaskOutcome]:
        """The outcomes of the tasks in the journal."""
        return [self._judge(result) for name, result in self._journal.results.items() if name in self._tasks]

    def list_outcomes(self) -> list[TaskOutcome]:
        """The outcomes of all tasks, in their order."""
        finished = {outcome.arc.task.task_id: outcome for outcome in self.list_finished()}
        return [finished.get(name) or mark_unreached(arc) for name, arc in self._tasks.items()]

    def search(self, workers: int | str | None, on_outcome: Callable[[TaskOutcome], None]) -> None:
        """Search the tasks that are not in the journal, until all are finished or the time is spent.

        Args:
            workers: number of processes, None or `ray`; see `open_pool`.
            on_outcome: called with the outcome of each task.
        """
        remaining = [arc.task for name, arc in self._tasks.items() if name not in self._journal.results]
        if not remaining:
            return
        done = self.list_finished()
        counts = Counter(solved=sum(map(_is_explained, done)))
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(open_pool(workers))
            title, total = f"solving {pool.describe(len(remaining))}", len(self._tasks)
            progress = show_progress(title, total, "tasks", done=len(done), counts=counts, console=console)
            on_task = stack.enter_context(progress)
            results = run_attempts(remaining, self._attempt, pool, time_limit=self._time_limit)
            stack.enter_context(contextlib.closing(results))
            for finished, result in enumerate(results, len(done) + 1):
                self._journal.add(result)
                outcome = self._judge(result)
                counts["solved"] += _is_explained(outcome)
                on_outcome(outcome)
                on_task(finished)

    def _judge(self, result: TaskResult) -> TaskOutcome:
        return judge_outcome(result, self._tasks[result.task_id], self._attempt.names)


def _is_explained(outcome: TaskOutcome) -> bool:
    """Solved, or explained where the test outputs are not known."""
    return bool(outcome.solved) or outcome.reason == "unknown"
