"""Comparison of priors: nodes and seconds that the guide saves on held-out and real tasks."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from neural_guide.app.console import console, say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import collect_facts
from neural_guide.app.settings_files import write_config
from neural_guide.data.generation.held_out_tasks import (
    HeldOutTask,
    generate_held_out_tasks,
    list_held_out_lengths,
    name_held_out_file,
    read_held_out_tasks,
    write_held_out_tasks,
)
from neural_guide.data.task_sources import open_tasks
from neural_guide.dsl.vocabulary import Vocabulary, check_vocabulary, get_vocabulary
from neural_guide.experiment.guided_seconds import measure_seconds
from neural_guide.experiment.settings import SpeedupSettings
from neural_guide.guide.default_guide import choose_dsl, find_default_guide
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.harness.attempts import AttemptSettings
from neural_guide.harness.effort import EffortComparison
from neural_guide.harness.prior_comparison import ComparisonTask, PriorResults, collect_efforts, compare_priors
from neural_guide.harness.speedup import compare_by_length, compare_efforts
from neural_guide.reporting.speedup.report import write_speedup_report
from neural_guide.reporting.speedup.tables import tabulate_summary
from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.progress import show_progress
from neural_guide.runtime.worker_pool import map_in_processes

PAIRS = 4  # of a held-out task
STREAM = 1_000_003  # apart from the seeds that users give the generator


def measure_speedup(settings: SpeedupSettings, invocation: Invocation) -> None:
    """Measure nodes and seconds to solve held-out synthetic tasks and real ones, under each prior.

    A guide of words is measured in seconds alone: rules count no nodes.
    """
    folder = invocation.folder
    settings.dsl = choose_dsl(settings.dsl, settings.checkpoint, "v2")  # the default dataset's
    vocabulary = get_vocabulary(settings.dsl)
    if settings.checkpoint is None:
        settings.checkpoint = find_default_guide(settings.dsl)
    guide = load_guide(settings.checkpoint)
    check_vocabulary(guide.programs, settings.dsl, settings.checkpoint)
    write_config(settings, folder)
    about = collect_facts() | {"command": invocation.command_line, "budget": str(asdict(settings.budget))}
    about |= _describe_guide(settings, guide)
    if guide.predicts_words:
        measure_seconds(settings, invocation, about)
        return
    attempt = AttemptSettings(settings.checkpoint, "guide", guide.programs.names, settings.budget, settings.search)
    tasks = _load_held_out_tasks(settings, vocabulary)
    longest = replace(settings.budget, length=max(settings.budget.length, *list_held_out_lengths(vocabulary)))
    deep = replace(attempt, budget=longest)
    comparison_tasks = [ComparisonTask(task.task, task.program, (), deep) for task in tasks]
    results = _compare(settings, "held-out tasks", comparison_tasks)
    lengths = np.array([len(task.program) for task in tasks])
    comparisons = compare_by_length(collect_efforts(results), lengths, seed=settings.seed)
    comparisons += _compare_on_real_tasks(settings, attempt)
    report = write_speedup_report(folder, comparisons, about)
    console.print(tabulate_summary(comparisons))
    say(f"Report: {report}")


def _compare_on_real_tasks(settings: SpeedupSettings, attempt: AttemptSettings) -> list[EffortComparison]:
    """Compare the priors on the real tasks that the unguided search solves within its budget."""
    task_set = open_tasks(settings.tasks, settings.solutions)
    if task_set.set_aside:
        say(task_set.summarize())
    arcs = [arc for arc in task_set.tasks if arc.answers is not None]
    tasks = [ComparisonTask(arc.task, None, arc.answers or (), attempt) for arc in arcs[: settings.limit]]
    results = [result for result in _compare(settings, settings.tasks, tasks) if result["uniform"].solved]
    return [compare_efforts(settings.tasks, collect_efforts(results), seed=settings.seed)] if results else []


def _compare(settings: SpeedupSettings, title: str, tasks: list[ComparisonTask]) -> list[PriorResults]:
    processes = settings.workers or count_cores()
    results = []
    with show_progress(title, len(tasks), "tasks", show=True) as on_task:
        for result in map_in_processes(compare_priors, tasks, processes, "workers=1"):
            results.append(result)
            on_task(len(results))
    return results


def _load_held_out_tasks(settings: SpeedupSettings, vocabulary: Vocabulary) -> list[HeldOutTask]:
    """The held-out tasks, generated once and kept in `speedup.folder`."""
    count, seed, share = settings.speedup.tasks_per_length, STREAM + settings.seed, settings.data.test_share
    lengths = list_held_out_lengths(vocabulary)
    name = name_held_out_file(count, lengths, pairs=PAIRS, seed=seed, test_share=share, vocabulary=vocabulary)
    path = Path(settings.speedup.folder) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        generated = 0
        with show_progress(f"generating {path.name}", count * len(lengths), "tasks", show=True) as on_task:

            def add(count: int) -> None:
                nonlocal generated
                generated += count
                on_task(generated)

            tasks = generate_held_out_tasks(
                count,
                lengths,
                pairs=PAIRS,
                seed=seed,
                test_share=share,
                processes=settings.workers or count_cores(),
                on_progress=add,
                vocabulary=vocabulary,
            )
        write_held_out_tasks(path, tasks)
    return read_held_out_tasks(path)


def _describe_guide(settings: SpeedupSettings, guide: Guide) -> dict[str, str]:
    parameters = sum(array.size for name, array in guide.parameters.items() if not name.startswith("calibration"))
    return {
        "checkpoint": str(settings.checkpoint),
        "parameters": f"{parameters:,}",
        "search": str(asdict(settings.search)),
    }
