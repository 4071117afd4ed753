"""A solving run: tasks searched in isolated workers, outcomes, submissions, report."""

import contextlib
import csv
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import collect_facts
from neural_guide.app.settings_files import write_config
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.submission import build_submission, write_submission
from neural_guide.arc.task_set import TaskSet
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import Vocabulary, check_vocabulary, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.experiment.settings import SolveSettings
from neural_guide.guide.default_guide import GUIDE_PRIORS, choose_prior
from neural_guide.guide.guide import load_guide
from neural_guide.guide.guide_file import find_guide_file
from neural_guide.harness.attempts import AttemptSettings, run_attempts
from neural_guide.harness.journal import Journal, hash_file, hash_tasks
from neural_guide.harness.outcomes import TaskOutcome, judge_outcome
from neural_guide.harness.run_folder import open_run_folder, refuse_unwritable
from neural_guide.reporting.results import OutputRow, TaskRow
from neural_guide.reporting.solve.report import (
    SolveResults,
    summarize_rows,
    tabulate_outcomes,
    tabulate_solved,
    write_solve_report,
)
from neural_guide.reporting.solve.rows import (
    build_output_rows,
    build_row,
    build_set_aside_row,
    count_outcomes,
    list_attempts,
    list_confidences,
    list_failures,
    list_solutions,
)
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.progress import show_progress
from neural_guide.runtime.signals import Stopped

MOST_PRINTED = 20  # programs in the terminal; the report has them all


def solve_tasks(settings: SolveSettings, invocation: Invocation) -> None:
    """Search each task in isolated workers, and compare with the test outputs only afterwards."""
    settings.prior, settings.checkpoint = choose_prior(settings.prior, settings.checkpoint, settings.dsl)
    vocabulary = _choose_vocabulary(settings)
    task_set = open_tasks(settings.tasks, settings.solutions).check(settings.bad_task_limit)
    tasks = _choose_tasks(settings, task_set)
    if settings.submission:
        refuse_unwritable(Path(settings.submission))
    attempt = AttemptSettings(
        checkpoint=settings.checkpoint if settings.prior in GUIDE_PRIORS else None,
        prior=settings.prior,
        names=vocabulary.names,
        budget=settings.budget,
        search=settings.search,
    )
    about = {
        "tasks": [settings.tasks, hash_tasks([arc.task for arc in tasks])],
        "guide": hash_file(find_guide_file(settings.checkpoint)) if attempt.checkpoint else None,
        "settings": [asdict(settings.budget), asdict(settings.search), settings.prior, list(vocabulary.names)],
    }
    with open_run_folder(invocation, about, fresh=settings.resume == "never") as folder:
        if folder is None:
            return
        journal = Journal(folder, about)
        write_config(settings, folder)
        if task_set.set_aside:
            say(f"{task_set.summarize()} A submission holds placeholders for them.")
        with _report_stop(journal, len(tasks)):
            _solve(tasks, attempt, journal, settings.workers or count_cores())
            outcomes = [judge_outcome(journal.results[arc.task.task_id], arc, vocabulary.names) for arc in tasks]
            _submit(settings, folder, task_set, outcomes)
            _report(settings, invocation.command_line, folder, outcomes, task_set)


def _choose_vocabulary(settings: SolveSettings) -> Vocabulary:
    """The vocabulary of the programs; a guide must predict exactly these primitives.

    Raises:
        UserError: the guide's primitives cannot be executed, or are not those of `dsl`.
    """
    vocabulary = get_vocabulary(settings.dsl)
    if settings.prior not in GUIDE_PRIORS:
        return vocabulary
    guide = load_guide(settings.checkpoint)
    check_vocabulary(guide.vocabulary, settings.dsl, settings.checkpoint)
    return guide.vocabulary


def _choose_tasks(settings: SolveSettings, task_set: TaskSet) -> list[ArcTask]:
    """The tasks to solve: one, some drawn by the seed, or all but those set aside."""
    tasks = task_set.tasks
    if settings.task is not None:
        for entry in task_set.set_aside:
            if entry.placeholder and entry.placeholder.task_id == settings.task:
                raise UserError(entry.reason)
        chosen = [arc for arc in tasks if arc.task.task_id == settings.task]
        if not chosen:
            close = difflib.get_close_matches(settings.task, [arc.task.task_id for arc in tasks], n=3)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            raise UserError(f"task={settings.task}: {settings.tasks} has no such task among its {len(tasks)}.{hint}")
        return chosen
    if settings.limit is None:
        return tasks
    positions = np.random.default_rng(settings.seed).permutation(len(tasks))[: settings.limit]
    return [tasks[position] for position in positions]


@contextlib.contextmanager
def _report_stop(journal: Journal, total: int) -> Iterator[None]:
    """Print what is kept, and how to resume, where the block is stopped."""
    try:
        yield
    except Stopped:
        say(
            f"{len(journal.results):,} of {total:,} tasks are finished and kept in {journal.path.parent}. The same "
            "command resumes from there."
        )
        raise


def _solve(tasks: list[ArcTask], attempt: AttemptSettings, journal: Journal, workers: int) -> None:
    """Search the tasks that are not in the journal yet."""
    remaining = [arc for arc in tasks if arc.task.task_id not in journal.results]
    by_id = {arc.task.task_id: arc for arc in tasks}
    done = [
        judge_outcome(entry, by_id[name], attempt.names) for name, entry in journal.results.items() if name in by_id
    ]
    if not remaining:
        return
    workers = min(workers, len(remaining))
    title, counts = f"solving in {workers} process{'es' * (workers > 1)}", Counter(solved=sum(map(_is_explained, done)))
    with (
        show_progress(title, len(tasks), "tasks", done=len(done), counts=counts, console=console) as on_task,
        contextlib.closing(run_attempts([arc.task for arc in remaining], attempt, workers)) as entries,
    ):
        for finished, entry in enumerate(entries, len(done) + 1):
            journal.add(entry)
            counts["solved"] += _is_explained(judge_outcome(entry, by_id[entry.task_id], attempt.names))
            on_task(finished)


def _is_explained(outcome: TaskOutcome) -> bool:
    """Solved, or explained where the test outputs are not known."""
    return bool(outcome.solved) or outcome.reason == "unknown"


def _submit(settings: SolveSettings, folder: Path, task_set: TaskSet, outcomes: list[TaskOutcome]) -> None:
    """Write submissions for all tasks, chosen, set aside or not: a competition refuses a file with a task missing."""
    tasks = task_set.list_submitted()
    submission = build_submission(tasks, {outcome.arc.task.task_id: list_attempts(outcome) for outcome in outcomes})
    named = [Path(settings.submission)] if settings.submission else []
    for path in (folder / "submission.json", folder / "submission.csv", *named):
        write_submission(path, submission, tasks)


def _report(
    settings: SolveSettings, command: str, folder: Path, outcomes: list[TaskOutcome], task_set: TaskSet
) -> None:
    """Write results and report; results.csv comes last and marks the run as finished."""
    rows = [*(build_row(outcome) for outcome in outcomes), *map(build_set_aside_row, task_set.set_aside)]
    output_rows = [row for outcome in outcomes for row in build_output_rows(outcome)]
    results = SolveResults(
        title=f"{len(outcomes)} tasks of {settings.tasks}, prior {settings.prior}",
        command=command,
        rows=rows,
        output_rows=output_rows,
        outcome_counts=count_outcomes(outcomes, len(task_set.set_aside)),
        solved=list_solutions(outcomes),
        failures=list_failures(outcomes),
        confidences=list_confidences(outcomes),
        facts=collect_facts() | ({"checkpoint": str(settings.checkpoint)} if settings.prior in GUIDE_PRIORS else {}),
    )
    report = write_solve_report(folder, results)
    _write_rows(folder / "outputs.csv", OutputRow, output_rows)
    _write_rows(folder / "results.csv", TaskRow, rows)
    console.print(tabulate_solved(rows, MOST_PRINTED))
    console.print(tabulate_outcomes(results.outcome_counts))
    say(f"{summarize_rows(rows)}. Report: {report}")
    if settings.dsl == "v2" and any(outcome.solved is not True for outcome in outcomes):
        say("More tasks are solved with dsl=wide, which needs no guide: docs/solving.md")


def _write_rows(path: Path, kind: type[TaskRow | OutputRow], rows: Sequence[TaskRow | OutputRow]) -> None:
    with replace_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=[entry.name for entry in fields(kind)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
