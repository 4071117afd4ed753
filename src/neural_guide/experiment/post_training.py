"""What train and evaluate do with a guide: metrics of its splits, tasks worth drawing, the report."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from neural_guide.app.console import console
from neural_guide.app.provenance import facts
from neural_guide.app.settings_files import flatten_settings
from neural_guide.arc.collections import ArcTask, load_tasks
from neural_guide.arc.task import Pair, Task
from neural_guide.data.settings import DataSettings
from neural_guide.dsl.vocabulary import Vocabulary, is_executable
from neural_guide.experiment.run import Run
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.checkpoint_io import newest_whole, read_checkpoint
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.priors import guide_prior
from neural_guide.reporting.results import Prediction, RunResults, Solution, SplitPredictions
from neural_guide.reporting.run.report import write_run_report
from neural_guide.reporting.tables import list_splits, tabulate_metrics
from neural_guide.runtime.atomic_files import write_json
from neural_guide.search.candidates import Candidate
from neural_guide.search.settings import SearchBudget
from neural_guide.search.solver import solve
from neural_guide.search.trace import list_steps, trace_program
from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.evaluation import (
    Answers,
    answer,
    calibrate,
    calibrated,
    extremes,
    metrics_by_pairs,
    metrics_of,
)
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.settings import HardwareSettings

SHORT_BUDGET = SearchBudget(nodes=20_000, seconds=5.0)  # for the real tasks of a report
# Real ARC-1 training tasks that a report shows: six that the primitives can express, four that they cannot.
REAL_TASKS = (
    *("4c4377d9", "8f2ea7aa", "68b16354", "50cb2852", "ce22a75a", "90c28cc7"),
    *("017c7c7b", "025d127b", "045e512c", "05269061"),
)
MOST_BY_PAIRS = 2_000  # tasks that are asked about once for each number of pairs
SHOWN = 6  # validation tasks in TensorBoard's image


def open_data(
    settings: DataSettings, hardware: HardwareSettings, machine: Machine, *, seed: int, with_features: bool
) -> TaskDataModule:
    """The data of a run, with what was found in it told to the user."""
    pin = hardware.pin_memory and machine.accelerator == "gpu"
    data = TaskDataModule(settings, seed=seed, processes=machine.processes, pin=pin, with_features=with_features)
    data.setup()
    counts = ", ".join(f"{len(data.splits.tasks(name)):,} {name}" for name in ("train", "val", "test"))
    console.print(
        f"{data.store.violations.summarize()} {int(data.passes.sum()):,} pass the filters (quality >= "
        f"{settings.quality_threshold}). Tasks: {counts}; {len(data.vocabulary)} primitives.",
        highlight=False,
    )
    return data


def review(run: Run, data: TaskDataModule, network: GuideNetwork, baselines: Baselines) -> tuple[Guide, RunResults]:
    """Calibrate a trained network on `val`, measure it on `val` and `test`, and ask it about real tasks."""
    config = run.config
    network = network.cpu().eval()
    answers = {name: answer(network, data.loader(name)) for name in ("val", "test") if len(data.splits.tasks(name))}
    calibrate(network, answers["val"])
    metrics = {
        f"{split}/{name}": value
        for split, of_split in answers.items()
        for name, value in metrics_of(network, baselines, of_split, data.vocabulary.names).items()
    }
    metrics |= by_pairs(data, network, "val")
    metrics |= {f"n_{name}": float(data.loader(name).n_records) for name in ("train", "val", "test")}
    guide = Guide(network, data.vocabulary, config.network, baselines)
    worst, best = worst_and_best(data, network, answers["val"])
    tasks = real_tasks(config.trainer.arc_tasks) if is_executable(data.vocabulary) else []
    arc = ask_arc(guide, tasks)
    return guide, RunResults(
        title=f"Guide trained on {Path(config.data.path).name}",
        command=run.command,
        vocabulary=data.vocabulary,
        metrics=metrics,
        history=run.folder / "metrics.csv",
        worst=worst,
        best=best,
        arc=arc,
        solutions=solve_arc(guide, tasks),
        facts=facts(),
        split_predictions=judged("val", network, answers["val"]),
        settings=flatten_settings(config),
    )


def by_pairs(
    data: TaskDataModule, network: GuideNetwork, split: str, order: Sequence[int | None] | None = None
) -> dict[str, float]:
    """Metrics of a split's first tasks by the number of pairs that are shown: `val/pairs_1/f1_micro`, ..."""
    loader = data.loader(data.splits.tasks(split)[:MOST_BY_PAIRS], order=order)
    found = metrics_by_pairs(network, loader, data.config.pairs_per_task)
    return {f"{split}/{name}": value for name, value in found.items()}


def judged(split: str, network: GuideNetwork, answers: Answers) -> SplitPredictions:
    """Every answer of a split as the report takes it."""
    return SplitPredictions(split, calibrated(network, answers).numpy(), answers.labels.numpy())


def reload_difference(guide: Guide, path: Path, shown: Sequence[Prediction]) -> float:
    """Largest difference of a probability between a guide and what its file makes of the same tasks; 0: none."""
    read = load_guide(str(path))
    tasks = [Task(each.task_id, each.pairs) for each in shown]
    return max((float(np.abs(guide.probabilities(task) - read.probabilities(task)).max()) for task in tasks), default=0)


def tell_stopped(run: Run, signal_name: str) -> None:
    """Say where a run was stopped and how it goes on, and write the report so far."""
    checkpoint, _ = newest_whole(run.checkpoints)
    if checkpoint is None:
        console.print(f"Stopped by {signal_name} before the first checkpoint; run the command again.", highlight=False)
        return
    read = read_checkpoint(checkpoint)
    where = f"after step {read['global_step']:,}, in epoch {read['epoch'] + 1}"
    resume_command = f"python -m neural_guide.train resume={run.folder}"
    results = RunResults(
        title=f"Guide in training on {Path(run.config.data.path).name}",
        command=run.command,
        vocabulary=Vocabulary(tuple(read["run"]["vocabulary"])),
        metrics={"epochs": float(read["epoch"])},
        history=run.folder / "metrics.csv",
        facts=facts(),
        settings=flatten_settings(run.config),
        stop_message=f"Stopped by {signal_name} {where}.",
        resume_command=resume_command,
    )
    report = write_run_report(run.folder, results)
    console.print(f"Stopped by {signal_name} {where}. Go on with: {resume_command}", highlight=False, soft_wrap=True)
    console.print(f"Report so far: {report}", highlight=False, soft_wrap=True)


def publish(folder: Path, results: RunResults) -> None:
    """Write metrics.json, facts.json and the reports of a run, and print its tables."""
    write_json(folder / "metrics.json", dict(results.metrics))
    write_json(folder / "facts.json", {"command": results.command, **results.facts})
    for split in list_splits(results.metrics):
        console.print(tabulate_metrics(results.metrics, split))
    report = write_run_report(folder, results)
    console.print(f"Report: {report}", highlight=False, soft_wrap=True)


def predictions_of(
    data: TaskDataModule, network: GuideNetwork, answers: Answers, positions: Sequence[int]
) -> list[Prediction]:
    """Tasks at some positions of `answers`, with their grids, programs and calibrated probabilities."""
    probabilities = calibrated(network, answers)
    chosen = [(int(answers.tasks[position]), probabilities[position]) for position in positions]
    return [_prediction(data, task, row) for task, row in chosen]


def _prediction(data: TaskDataModule, task: int, probabilities: Tensor) -> Prediction:
    records = np.flatnonzero((data.store.task_of == task) & data.passes)[: data.config.pairs_per_task]
    pairs = tuple(Pair(*data.store.grids(int(record))) for record in records)
    return Prediction(data.store.task_id(task), pairs, data.store.programs()[task], probabilities.numpy())


def worst_and_best(
    data: TaskDataModule, network: GuideNetwork, answers: Answers
) -> tuple[list[Prediction], list[Prediction]]:
    """The tasks of a split that the guide predicts worst, and best."""
    worst, best = extremes(network, answers)
    return predictions_of(data, network, answers, worst), predictions_of(data, network, answers, best)


def real_tasks(count: int) -> list[ArcTask]:
    """The first so many of the real tasks that a report shows; of more than `REAL_TASKS` others follow."""
    tasks = {arc.task.task_id: arc for arc in load_tasks("arc1-training")}
    return [tasks[name] for name in dict.fromkeys((*REAL_TASKS, *tasks))][:count]


def ask_arc(guide: Guide, tasks: Sequence[ArcTask]) -> list[Prediction]:
    """The guide's answers on real tasks, whose programs nobody knows."""
    asked = [arc.task for arc in tasks]
    return [Prediction(task.task_id, task.pairs, None, guide.probabilities(task)) for task in asked]


def solve_arc(guide: Guide, tasks: Sequence[ArcTask]) -> list[Solution]:
    """Real tasks that a short guided search solves, with the grids along the right program."""
    solutions = []
    for arc in tasks:
        outcome = solve(arc.task, guide.vocabulary, guide_prior(guide, arc.task), SHORT_BUDGET)
        right = [candidate for candidate in outcome.candidates if arc.is_answered_by(candidate.answers)]
        solutions += [_solution(arc.task, candidate) for candidate in right[:1]]
    console.print(f"Solves {len(solutions)} of {len(tasks)} real ARC-1 tasks in a short search.", highlight=False)
    return solutions


def _solution(task: Task, candidate: Candidate) -> Solution:
    program, colours = candidate.program, candidate.relabelling
    states = trace_program(program, colours, [pair.input for pair in task.pairs])
    return Solution(task.task_id, list_steps(program, colours), states)


def point_latest(folder: Path) -> None:
    """Let outputs/latest point to a run's folder in outputs/; runs elsewhere are nobody's latest."""
    outputs, target = Path("outputs").resolve(), folder.resolve()
    if not target.is_relative_to(outputs):
        return
    temporary = outputs / f"latest.{folder.name}"
    temporary.symlink_to(target.relative_to(outputs))
    temporary.replace(outputs / "latest")
