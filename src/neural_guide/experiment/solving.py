"""A solving run: tasks searched in isolated workers, outcomes, submissions, report."""

import contextlib
import csv
import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import collect_facts
from neural_guide.app.settings_files import write_config
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.task_set import TaskSet
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import Vocabulary, check_vocabulary, get_vocabulary
from neural_guide.errors import UserError
from neural_guide.experiment.search_run import SearchRun
from neural_guide.experiment.settings import SolveSettings
from neural_guide.experiment.submission_files import grow_submission, summarize_submission, write_submissions
from neural_guide.guide.default_guide import GUIDE_PRIORS, choose_dsl, choose_prior
from neural_guide.guide.guide import load_guide
from neural_guide.guide.guide_file import find_guide_file
from neural_guide.harness.attempts import AttemptSettings
from neural_guide.harness.journal import Journal, hash_file, hash_tasks
from neural_guide.harness.outcomes import TaskOutcome
from neural_guide.harness.run_folder import open_run_folder, refuse_unwritable
from neural_guide.harness.time_limit import TimeLimit
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
    list_confidences,
    list_failures,
    list_solutions,
)
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.durations import parse_duration
from neural_guide.runtime.signals import Stopped

MOST_PRINTED = 20  # programs in the terminal; the report has them all


def solve_tasks(settings: SolveSettings, invocation: Invocation, started: float) -> None:
    """Search each task in isolated workers, and compare with the test outputs only afterwards.

    Args:
        settings: settings of the command.
        invocation: the command as it was typed.
        started: start of the run, on `time.monotonic`; the deadline counts from there.
    """
    settings.dsl = choose_dsl(settings.dsl, settings.checkpoint)
    settings.prior, settings.checkpoint = choose_prior(settings.prior, settings.checkpoint, settings.dsl)
    vocabulary = _choose_vocabulary(settings, settings.dsl)
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
        seconds = parse_duration(settings.deadline) if settings.deadline else None
        run = SearchRun(tasks, attempt, journal, TimeLimit(started, seconds or math.inf))
        named, submitted = [Path(settings.submission)] if settings.submission else [], task_set.list_submitted()
        with _report_stop(journal, len(tasks)):
            with grow_submission(named, submitted, run.list_finished()) as submission:
                run.search(settings.workers, submission.add)
            outcomes = run.list_outcomes()
            paths = [*named, folder / "submission.json", folder / "submission.csv"]
            write_submissions(paths[len(named) :], submitted, outcomes)
            _report(settings, invocation.command_line, folder, outcomes, task_set)
            say(summarize_submission(paths[0], submitted, outcomes))


def _choose_vocabulary(settings: SolveSettings, dsl: str) -> Vocabulary:
    """The vocabulary of the programs; a guide must predict exactly these primitives.

    Raises:
        UserError: the guide's primitives cannot be executed, or are not those of `dsl`.
    """
    vocabulary = get_vocabulary(dsl)
    if settings.prior not in GUIDE_PRIORS:
        return vocabulary
    guide = load_guide(settings.checkpoint)
    check_vocabulary(guide.programs, dsl, settings.checkpoint)
    return guide.programs


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


def _report(
    settings: SolveSettings, command: str, folder: Path, outcomes: list[TaskOutcome], task_set: TaskSet
) -> None:
    """Write results and report; results.csv comes last and marks the run as finished."""
    set_aside = task_set.set_aside if settings.task is None else []  # of no interest beside one task
    rows = [*(build_row(outcome) for outcome in outcomes), *map(build_set_aside_row, set_aside)]
    output_rows = [row for outcome in outcomes for row in build_output_rows(outcome)]
    results = SolveResults(
        title=f"{len(outcomes)} tasks of {settings.tasks}, prior {settings.prior}",
        command=command,
        rows=rows,
        output_rows=output_rows,
        outcome_counts=count_outcomes(outcomes, len(set_aside)),
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
        say("More tasks are solved in the vocabulary wide, without this checkpoint: docs/solving.md")


def _write_rows(path: Path, kind: type[TaskRow | OutputRow], rows: Sequence[TaskRow | OutputRow]) -> None:
    with replace_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=[entry.name for entry in fields(kind)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
