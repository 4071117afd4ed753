"""Evaluation after training: metrics of the splits, tasks worth drawing, real tasks, the report."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from neural_guide.app.console import console, say
from neural_guide.app.provenance import collect_facts
from neural_guide.app.quoting import format_override
from neural_guide.app.settings_files import flatten_settings
from neural_guide.arc.collections import ArcTask, load_tasks
from neural_guide.arc.task import Pair, Task
from neural_guide.data.settings import DataSettings
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.experiment.run_folder import Run
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.calibration import apply_calibration, fit_calibration
from neural_guide.guide.checkpoint_files import find_newest_checkpoint, read_checkpoint
from neural_guide.guide.default_guide import load_shipped_guide
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.priors import build_search_prior
from neural_guide.reporting.results import Prediction, RealTaskSearch, RunResults, Solution, SplitPredictions
from neural_guide.reporting.run.report import write_run_report
from neural_guide.reporting.tables import list_splits, tabulate_metrics
from neural_guide.runtime.atomic_files import replace_link, write_json
from neural_guide.search.candidates import Candidate
from neural_guide.search.evidence import has_features
from neural_guide.search.prior import Prior, SearchPrior
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import solve
from neural_guide.search.trace import list_steps, trace_program
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import (
    SplitLogits,
    compute_logits,
    compute_metrics_by_pairs,
    compute_split_metrics,
    find_extremes,
)
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.settings import HardwareSettings

SHORT_BUDGET = SearchBudget(nodes=20_000, seconds=5.0)  # for the real tasks of a report
# Real ARC-1 training tasks that a report shows: six that the primitives can express, four that they cannot.
REAL_TASKS = (
    *("4c4377d9", "8f2ea7aa", "68b16354", "50cb2852", "ce22a75a", "90c28cc7"),
    *("017c7c7b", "025d127b", "045e512c", "05269061"),
)
MOST_BY_PAIRS = 2_000  # tasks that are evaluated once for each number of pairs
SHOWN = 6  # validation tasks in TensorBoard's image


def open_data(
    settings: DataSettings, hardware: HardwareSettings, machine: Machine, *, seed: int, with_features: bool
) -> TaskDataModule:
    """Open the data of a run, and print what it holds."""
    pin = hardware.pin_memory and machine.accelerator == "gpu"
    data = TaskDataModule(settings, seed=seed, processes=machine.processes, pin=pin, with_features=with_features)
    data.setup()
    counts = ", ".join(f"{len(data.splits.tasks(name)):,} {name}" for name in ("train", "val", "test"))
    say(
        f"{data.store.violations.summarize()} {int(data.selected.sum()):,} pass the filters (quality >= "
        f"{settings.quality_threshold}). Tasks: {counts}; {len(data.vocabulary)} primitives."
    )
    return data


def evaluate_run(
    run: Run, data: TaskDataModule, network: GuideNetwork, baselines: Baselines
) -> tuple[Guide, RunResults]:
    """Calibrate a trained network on `val`, measure it on `val` and `test`, and query it about real tasks."""
    settings = run.settings
    network = network.cpu().eval()
    splits = [name for name in ("val", "test") if len(data.splits.tasks(name))]
    logits = {name: compute_logits(network, data.make_loader(name)) for name in splits}
    fit_calibration(network, logits["val"].logits, logits["val"].labels)
    metrics = {
        f"{split}/{name}": value
        for split, split_logits in logits.items()
        for name, value in compute_split_metrics(network, baselines, split_logits, data.vocabulary.names).items()
    }
    metrics |= measure_by_pairs(data, network, "val")
    metrics |= {f"n_{name}": float(data.make_loader(name).n_records) for name in ("train", "val", "test")}
    guide = Guide.from_network(network, data.vocabulary, settings.network, baselines)
    worst, best = find_worst_and_best(data, network, logits["val"])
    tasks = load_real_tasks(settings.trainer.arc_tasks) if has_features(data.vocabulary) else []
    arc = predict_real_tasks(guide, tasks)
    solutions, searches = compare_on_real_tasks(guide, tasks)
    return guide, RunResults(
        title=f"Guide trained on {Path(settings.data.path).name}",
        command=run.command,
        vocabulary=data.vocabulary,
        metrics=metrics,
        history=run.folder / "metrics.csv",
        worst=worst,
        best=best,
        arc=arc,
        solutions=solutions,
        real_searches=searches,
        facts=collect_facts(),
        split_predictions=collect_predictions("val", network, logits["val"]),
        settings=flatten_settings(settings),
    )


def measure_by_pairs(
    data: TaskDataModule, network: GuideNetwork, split: str, order: Sequence[int | None] | None = None
) -> dict[str, float]:
    """Metrics of a split's first tasks by the number of pairs shown: `val/pairs_1/f1_micro`, ..."""
    loader = data.make_loader(data.splits.tasks(split)[:MOST_BY_PAIRS], order=order)
    metrics = compute_metrics_by_pairs(network, loader, data.settings.pairs_per_task)
    return {f"{split}/{name}": value for name, value in metrics.items()}


def collect_predictions(split: str, network: GuideNetwork, logits: SplitLogits) -> SplitPredictions:
    """Every prediction of a split, as the report takes it."""
    return SplitPredictions(split, apply_calibration(network, logits.logits).numpy(), logits.labels.numpy())


def measure_reload_difference(guide: Guide, path: Path, predictions: Sequence[Prediction]) -> float:
    """Largest difference of a probability between a guide and its file, on the same tasks; 0 if there is none."""
    reloaded = load_guide(str(path))
    tasks = [Task(prediction.task_id, prediction.pairs) for prediction in predictions]
    return max(
        (float(np.abs(guide.probabilities(task) - reloaded.probabilities(task)).max()) for task in tasks), default=0
    )


def report_stopped(run: Run, signal_name: str) -> None:
    """Print where a run was stopped and how to resume it, and write the report so far."""
    checkpoint, _ = find_newest_checkpoint(run.checkpoints)
    if checkpoint is None:
        say(f"Stopped by {signal_name} before the first checkpoint; run the command again.")
        return
    content = read_checkpoint(checkpoint)
    where = f"after step {content['global_step']:,}, in epoch {content['epoch'] + 1}"
    resume_command = f"python -m neural_guide.train {format_override('resume', run.folder)}"
    results = RunResults(
        title=f"Guide in training on {Path(run.settings.data.path).name}",
        command=run.command,
        vocabulary=Vocabulary(tuple(content["run"]["vocabulary"])),
        metrics={"epochs": float(content["epoch"])},
        history=run.folder / "metrics.csv",
        facts=collect_facts(),
        settings=flatten_settings(run.settings),
        stop_message=f"Stopped by {signal_name} {where}.",
        resume_command=resume_command,
    )
    report = write_run_report(run.folder, results)
    say(f"Stopped by {signal_name} {where}. Resume with: {resume_command}")
    say(f"Report so far: {report}")


def write_results(folder: Path, results: RunResults) -> None:
    """Write metrics.json, facts.json and the reports of a run, and print its tables."""
    write_json(folder / "metrics.json", dict(results.metrics))
    write_json(folder / "facts.json", {"command": results.command, **results.facts})
    report = write_run_report(folder, results)
    for split in list_splits(results.metrics):
        console.print(tabulate_metrics(results.metrics, split))
    say(f"Report: {report}")


def read_predictions(
    data: TaskDataModule, network: GuideNetwork, logits: SplitLogits, positions: Sequence[int]
) -> list[Prediction]:
    """Tasks at some positions of `logits`, with their grids, programs and calibrated probabilities."""
    probabilities = apply_calibration(network, logits.logits)
    rows = [(int(logits.tasks[position]), probabilities[position]) for position in positions]
    return [_prediction(data, task, row) for task, row in rows]


def _prediction(data: TaskDataModule, task: int, probabilities: Tensor) -> Prediction:
    records = np.flatnonzero((data.store.task_of == task) & data.selected)[: data.settings.pairs_per_task]
    pairs = tuple(Pair(*data.store.grids(int(record))) for record in records)
    return Prediction(data.store.task_id(task), pairs, data.store.programs()[task], probabilities.numpy())


def find_worst_and_best(
    data: TaskDataModule, network: GuideNetwork, logits: SplitLogits
) -> tuple[list[Prediction], list[Prediction]]:
    """The tasks of a split that the guide predicts worst, and best."""
    worst, best = find_extremes(network, logits)
    return read_predictions(data, network, logits, worst), read_predictions(data, network, logits, best)


def load_real_tasks(count: int) -> list[ArcTask]:
    """The first `count` real tasks that a report shows: those of `REAL_TASKS`, then others."""
    tasks = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}
    return [tasks[name] for name in dict.fromkeys((*REAL_TASKS, *tasks))][:count]


def predict_real_tasks(guide: Guide, tasks: Sequence[ArcTask]) -> list[Prediction]:
    """The guide's predictions for real tasks, whose programs are not known."""
    return [Prediction(arc.task.task_id, arc.task.pairs, None, guide.probabilities(arc.task)) for arc in tasks]


def compare_on_real_tasks(guide: Guide, tasks: Sequence[ArcTask]) -> tuple[list[Solution], list[RealTaskSearch]]:
    """Search real tasks for a short time with a guide, with the shipped one, and without.

    Returns:
        What the guide solves, with the grids along the right program; and how many tasks each search solves.
    """
    if not tasks:
        return [], []
    priors: dict[str, Callable[[Task], SearchPrior]] = {"guide of this run": partial(build_search_prior, guide)}
    shipped = load_shipped_guide(guide.programs)
    if shipped is not None:
        priors["shipped guide"] = partial(build_search_prior, shipped)
    priors["no guide, shorter programs first"] = lambda _: Prior.uniform(len(guide.programs))
    solved = {name: list(_solve_real_tasks(guide.programs, prior, tasks)) for name, prior in priors.items()}
    searches = [
        RealTaskSearch(name, len(tasks), len(found), _compute_median([candidate.nodes for _, candidate in found]))
        for name, found in solved.items()
    ]
    counts = ", ".join(f"{search.prior} {search.solved}" for search in searches)
    say(f"Real ARC-1 tasks solved in a short search, of {len(tasks)}: {counts}.")
    return [_to_solution(task, candidate) for task, candidate in solved["guide of this run"]], searches


def _compute_median(counts: Sequence[int]) -> float:
    return float(np.median(counts)) if counts else math.nan


def _solve_real_tasks(
    vocabulary: Vocabulary, prior: Callable[[Task], SearchPrior], tasks: Sequence[ArcTask]
) -> Iterator[tuple[Task, Candidate]]:
    """Solve tasks; yields those that are solved, with the candidate that is right."""
    for arc in tasks:
        outcome = solve(arc.task, vocabulary, prior(arc.task), SHORT_BUDGET)
        right = [candidate for candidate in outcome.candidates if arc.is_answered_by(candidate.answers)]
        if right:
            yield arc.task, right[0]


def _to_solution(task: Task, candidate: Candidate) -> Solution:
    program, colours = candidate.program, candidate.relabelling
    states = trace_program(program, colours, [pair.input for pair in task.pairs])
    return Solution(task.task_id, list_steps(program, colours), states)


def link_latest(folder: Path) -> None:
    """Link outputs/latest to a run's folder in outputs/; a run elsewhere is not linked.

    Where no link can be made, e.g. on a file system without symbolic links, a line says so: the run itself is whole.
    """
    outputs, target = Path("outputs").resolve(), folder.resolve()
    if not target.is_relative_to(outputs):
        return
    try:
        replace_link(outputs / "latest", target.relative_to(outputs))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        say(f"outputs/latest is not linked to this run: {reason}. Name the folder of the run instead: {folder}")
