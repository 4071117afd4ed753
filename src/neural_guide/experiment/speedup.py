"""How much sooner the guide solves tasks: python -m neural_guide.speedup checkpoint=outputs/latest [...]."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import facts
from neural_guide.app.settings_files import write_config
from neural_guide.arc.task_files import open_tasks
from neural_guide.data.generation.held_out_tasks import (
    HeldOutTask,
    generate_held_out_tasks,
    list_held_out_lengths,
    name_held_out_file,
    read_held_out_tasks,
    write_held_out_tasks,
)
from neural_guide.dsl.vocabulary import Vocabulary, check_vocabulary, get_vocabulary
from neural_guide.experiment.settings import SpeedupSettings
from neural_guide.guide.default_guide import find_default_guide
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


def measure_speedup(config: SpeedupSettings, invocation: Invocation) -> None:
    """Nodes and seconds to solve held-out synthetic tasks and real ones, with the guide and without."""
    folder = invocation.folder
    vocabulary = get_vocabulary(config.dsl)
    if config.checkpoint is None:
        config.checkpoint = find_default_guide(config.dsl)
    guide = load_guide(config.checkpoint)
    check_vocabulary(guide.vocabulary, config.dsl, config.checkpoint)
    write_config(config, folder)
    settings = AttemptSettings(config.checkpoint, "guide", guide.vocabulary.names, config.budget, config.search)
    tasks = _held_out(config, vocabulary)
    longest = replace(config.budget, length=max(config.budget.length, *list_held_out_lengths(vocabulary)))
    deep = replace(settings, budget=longest)
    races = _raced(config, "held-out tasks", [ComparisonTask(each.task, each.program, (), deep) for each in tasks])
    lengths = np.array([len(each.program) for each in tasks])
    comparisons = compare_by_length(collect_efforts(races), lengths, seed=config.seed)
    comparisons += _real(config, settings)
    told = facts() | {"command": invocation.command_line, "budget": str(asdict(config.budget)), **_about(config, guide)}
    report = write_speedup_report(folder, comparisons, told)
    console.print(tabulate_summary(comparisons))
    console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def _real(config: SpeedupSettings, settings: AttemptSettings) -> list[EffortComparison]:
    """The priors on the real tasks that the unguided search solves within its budget."""
    arcs = [arc for arc in open_tasks(config.tasks, config.solutions) if arc.answers is not None]
    runners = [ComparisonTask(arc.task, None, arc.answers or (), settings) for arc in arcs[: config.limit]]
    races = [each for each in _raced(config, config.tasks, runners) if each["uniform"].solved]
    return [compare_efforts(config.tasks, collect_efforts(races), seed=config.seed)] if races else []


def _raced(config: SpeedupSettings, title: str, runners: list[ComparisonTask]) -> list[PriorResults]:
    processes = config.workers or count_cores()
    found = []
    with show_progress(title, len(runners), "tasks", show=True) as on_task:
        for each in map_in_processes(compare_priors, runners, processes, "workers=1"):
            found.append(each)
            on_task(len(found))
    return found


def _held_out(config: SpeedupSettings, vocabulary: Vocabulary) -> list[HeldOutTask]:
    """The held-out tasks, made once and kept beside the datasets."""
    count, seed, share = config.speedup.tasks_per_length, STREAM + config.seed, config.data.test_share
    lengths = list_held_out_lengths(vocabulary)
    name = name_held_out_file(count, lengths, pairs=PAIRS, seed=seed, test_share=share, vocabulary=vocabulary)
    path = Path(config.speedup.folder) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = 0
        with show_progress(f"making {path.name}", count * len(lengths), "tasks", show=True) as on_task:

            def tell(more: int) -> None:
                nonlocal made
                made += more
                on_task(made)

            tasks = generate_held_out_tasks(
                *(count, lengths),
                pairs=PAIRS,
                seed=seed,
                test_share=share,
                processes=config.workers or count_cores(),
                on_progress=tell,
                vocabulary=vocabulary,
            )
        write_held_out_tasks(path, tasks)
    return read_held_out_tasks(path)


def _about(config: SpeedupSettings, guide: Guide) -> dict[str, str]:
    parameters = sum(parameter.numel() for parameter in guide.network.parameters())
    return {"checkpoint": str(config.checkpoint), "parameters": f"{parameters:,}", "search": str(asdict(config.search))}
