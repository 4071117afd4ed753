"""Measurement of a guide of words: outputs solved in seconds under each prior, on drawn and on real tasks."""

from collections.abc import Sequence

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.arc.collections import ArcTask
from neural_guide.data.generation.language.held_out import generate_held_out_language_tasks
from neural_guide.data.task_sources import open_tasks
from neural_guide.experiment.settings import SpeedupSettings
from neural_guide.harness.seconds_comparison import SECONDS_PRIORS, list_jobs, time_search
from neural_guide.reporting.solve.curve import tabulate_curves
from neural_guide.reporting.speedup.seconds_report import SecondsGroup, write_seconds_report
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.progress import show_progress
from neural_guide.runtime.worker_pool import map_in_processes

_STREAM = 2_000_003  # apart from the seeds that users give the generator
_DRAWN = "drawn tasks"

Needs = dict[tuple[str, int], float]


def measure_seconds(settings: SpeedupSettings, invocation: Invocation, facts: dict[str, str]) -> None:
    """Search drawn and real tasks under each prior, and write the report.

    Args:
        settings: settings of the command, with its guide.
        invocation: the command as it was typed.
        facts: facts of the run for the report.
    """
    processes = settings.workers or count_cores()
    count = settings.speedup.tasks_per_length
    with show_progress("generating held-out tasks", count, "tasks", show=True) as on_task:
        drawn = []
        for held_out in generate_held_out_language_tasks(count, _STREAM + settings.seed, processes):
            drawn.append(held_out)
            on_task(len(drawn))
    needs = _compare(settings, _DRAWN, [held_out.arc_task for held_out in drawn])
    forms = {held_out.arc_task.task.task_id: held_out.form for held_out in drawn}
    groups = [SecondsGroup(_DRAWN, needs)]
    groups += [
        SecondsGroup(f"{_DRAWN}: {form}", {prior: _select(entry, forms, form) for prior, entry in needs.items()})
        for form in sorted(set(forms.values()))
    ]
    real = [arc for arc in open_tasks(settings.tasks, settings.solutions).tasks if arc.answers is not None]
    real = real[: settings.limit]
    if real:
        groups.append(SecondsGroup(settings.tasks, _compare(settings, settings.tasks, real)))
    report = write_seconds_report(invocation.folder, groups, [_DRAWN, settings.tasks], facts)
    for group in (groups[0], *groups[-1:]):
        say(group.name)
        console.print(tabulate_curves(group.needs))
    say(f"Report: {report}")


def _compare(settings: SpeedupSettings, title: str, tasks: Sequence[ArcTask]) -> dict[str, Needs]:
    """Return the seconds to each output, by prior."""
    jobs = list_jobs(tasks, str(settings.checkpoint), settings.budget, settings.search, settings.seed)
    needs: dict[str, Needs] = {prior: {} for prior in SECONDS_PRIORS}
    with show_progress(title, len(jobs), "searches", show=True) as on_search:
        results = map_in_processes(time_search, jobs, settings.workers or count_cores(), "workers=1")
        for number, (job, seconds) in enumerate(zip(jobs, results, strict=True), start=1):
            task_id = job.arc_task.task.task_id
            needs[job.prior] |= {(task_id, output): second for output, second in enumerate(seconds)}
            on_search(number)
    return {prior: dict(sorted(entry.items())) for prior, entry in needs.items()}


def _select(needs: Needs, forms: dict[str, str], form: str) -> Needs:
    return {(task, output): seconds for (task, output), seconds in needs.items() if forms[task] == form}
