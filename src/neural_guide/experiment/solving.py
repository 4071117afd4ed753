"""Solve ARC tasks: python -m neural_guide.solve checkpoint=outputs/latest [tasks=NAME|PATH] [limit=...] [task=ID]."""

import contextlib
import csv
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import facts
from neural_guide.app.settings_files import write_config
from neural_guide.arc.collections import ArcTask
from neural_guide.arc.submission import build_submission, write_submission
from neural_guide.arc.task_files import open_tasks
from neural_guide.dsl.vocabulary import Vocabulary, check_vocabulary, get_vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.experiment.settings import SolveSettings
from neural_guide.guide.default_guide import NEED_GUIDE, choose_prior
from neural_guide.guide.guide import guide_path, load_guide
from neural_guide.harness.attempts import AttemptSettings, run_attempts
from neural_guide.harness.journal import Journal, hash_file, hash_tasks
from neural_guide.harness.outcomes import TaskOutcome, judge_outcome
from neural_guide.harness.run_folder import open_run_folder, refuse_unwritable
from neural_guide.reporting.solve.report import (
    SolveResults,
    TaskRow,
    summarize_rows,
    tabulate_outcomes,
    tabulate_solved,
    write_solve_report,
)
from neural_guide.reporting.solve.rows import (
    build_row,
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


def solve_tasks(config: SolveSettings, invocation: Invocation) -> None:
    """Search each task in processes of their own; compare with the test outputs only afterwards."""
    config.prior, config.checkpoint = choose_prior(config.prior, config.checkpoint, config.dsl)
    vocabulary = _vocabulary(config)
    everything = open_tasks(config.tasks, config.solutions)
    tasks = _chosen(config, everything)
    if config.submission:
        refuse_unwritable(Path(config.submission))
    settings = AttemptSettings(
        config.checkpoint if config.prior in NEED_GUIDE else None,
        *(config.prior, vocabulary.names, config.budget, config.search),
    )
    about = {
        "tasks": [config.tasks, hash_tasks([arc.task for arc in tasks])],
        "guide": hash_file(guide_path(config.checkpoint)) if settings.checkpoint else None,
        "settings": [asdict(config.budget), asdict(config.search), config.prior, list(vocabulary.names)],
    }
    with open_run_folder(invocation, about, fresh=config.resume == "never") as place:
        if place is None:
            return
        journal = Journal(place, about)
        write_config(config, place)
        with _told_when_stopped(journal, len(tasks)):
            _solve(tasks, settings, journal, config.workers or count_cores())
            verdicts = [judge_outcome(journal.results[arc.task.task_id], arc, vocabulary.names) for arc in tasks]
            _submit(config, place, everything, verdicts)
            _finish(config, invocation.command_line, place, verdicts)


def _vocabulary(config: SolveSettings) -> Vocabulary:
    """What programs are made of; a guide must know just these.

    Raises:
        UserError: the guide's primitives cannot be executed, or are not those of `dsl`.
    """
    vocabulary = get_vocabulary(config.dsl)
    if config.prior not in NEED_GUIDE:
        return vocabulary
    guide = load_guide(config.checkpoint)
    if not is_executable(guide.vocabulary):
        raise UserError(
            f"{config.checkpoint}: its primitives cannot be executed here ({', '.join(guide.vocabulary.names)}), so it "
            "cannot guide a search. Train a guide on data of our own vocabulary."
        )
    check_vocabulary(guide.vocabulary, config.dsl, config.checkpoint)
    return guide.vocabulary


def _chosen(config: SolveSettings, tasks: list[ArcTask]) -> list[ArcTask]:
    """The tasks to solve: one, some drawn by the seed, or all."""
    if config.task is not None:
        found = [arc for arc in tasks if arc.task.task_id == config.task]
        if not found:
            close = difflib.get_close_matches(config.task, [arc.task.task_id for arc in tasks], n=3)
            hint = f" Did you mean {' or '.join(close)}?" if close else ""
            raise UserError(f"task={config.task}: {config.tasks} has no such task among its {len(tasks)}.{hint}")
        return found
    if config.limit is None:
        return tasks
    drawn = np.random.default_rng(config.seed).permutation(len(tasks))[: config.limit]
    return [tasks[place] for place in drawn]


@contextlib.contextmanager
def _told_when_stopped(journal: Journal, total: int) -> Iterator[None]:
    """Say what is kept, and how to go on."""
    try:
        yield
    except Stopped:
        console.print(
            f"{len(journal.results):,} of {total:,} tasks are finished and kept in {journal.path.parent}. The same "
            "command goes on from there.",
            highlight=False,
            soft_wrap=True,
        )
        raise


def _solve(tasks: list[ArcTask], settings: AttemptSettings, journal: Journal, workers: int) -> None:
    """Search the tasks that the journal does not have yet."""
    left = [arc for arc in tasks if arc.task.task_id not in journal.results]
    by_id = {arc.task.task_id: arc for arc in tasks}
    done = [
        judge_outcome(entry, by_id[name], settings.names) for name, entry in journal.results.items() if name in by_id
    ]
    if not left:
        return
    workers = min(workers, len(left))
    title, counts = f"solving in {workers} process{'es' * (workers > 1)}", Counter(solved=sum(map(_is_explained, done)))
    with (
        show_progress(title, len(tasks), "tasks", done=len(done), counts=counts, console=console) as on_task,
        contextlib.closing(run_attempts([arc.task for arc in left], settings, workers)) as entries,
    ):
        for finished, entry in enumerate(entries, len(done) + 1):
            journal.add(entry)
            counts["solved"] += _is_explained(judge_outcome(entry, by_id[entry.task_id], settings.names))
            on_task(finished)


def _is_explained(verdict: TaskOutcome) -> bool:
    """Solved, or explained where the test outputs are not known."""
    return bool(verdict.solved) or verdict.reason == "unknown"


def _submit(config: SolveSettings, folder: Path, everything: list[ArcTask], verdicts: list[TaskOutcome]) -> None:
    """Submissions of all tasks, whether or not they were chosen: a competition refuses a file with a hole in it."""
    tasks = [arc.task for arc in everything]
    submission = build_submission(tasks, {verdict.arc.task.task_id: list_attempts(verdict) for verdict in verdicts})
    wanted = [Path(config.submission)] if config.submission else []
    for path in (folder / "submission.json", folder / "submission.csv", *wanted):
        write_submission(path, submission, tasks)


def _finish(config: SolveSettings, command: str, folder: Path, verdicts: list[TaskOutcome]) -> None:
    """Results and report; results.csv comes last and marks the run as finished."""
    rows = [build_row(verdict) for verdict in verdicts]
    results = SolveResults(
        title=f"{len(rows)} tasks of {config.tasks}, prior {config.prior}",
        command=command,
        rows=rows,
        outcome_counts=count_outcomes(verdicts),
        solved=list_solutions(verdicts),
        failures=list_failures(verdicts),
        confidences=list_confidences(verdicts),
        facts=facts() | ({"checkpoint": str(config.checkpoint)} if config.prior in NEED_GUIDE else {}),
    )
    report = write_solve_report(folder, results)
    _write(folder / "results.csv", rows)
    console.print(tabulate_solved(rows, MOST_PRINTED))
    console.print(tabulate_outcomes(results.outcome_counts))
    console.print(f"{summarize_rows(rows)}. Report: {report}", highlight=False, soft_wrap=True)
    if config.dsl == "v2" and any(row.solved != "yes" for row in rows):
        console.print("More tasks are solved with dsl=wide, which needs no guide: docs/solving.md", highlight=False)


def _write(path: Path, rows: list[TaskRow]) -> None:
    with replace_file(path) as temporary, temporary.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, fieldnames=[entry.name for entry in fields(TaskRow)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
