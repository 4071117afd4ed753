"""Context of the report of a run: everything that `report.md` and `report.html` show, computed once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neural_guide.arc.grid import Grid
from neural_guide.reporting.curves import draw_curves, draw_primitives, read_history
from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.gallery import MAX_PAIRS, THRESHOLD, Bar, draw_predictions, select_bars
from neural_guide.reporting.rendering import ReportFigure, collect_figures
from neural_guide.reporting.report_table import Cell, ReportTable, format_number, tabulate_facts
from neural_guide.reporting.results import Prediction, RealTaskSearch, RunResults, Solution
from neural_guide.reporting.run.criteria import Criterion, judge_criteria, tabulate_plan
from neural_guide.reporting.run.diagnosis import Confusion, count_confusions, list_confusions
from neural_guide.reporting.run.diagnosis_figures import draw_diagnosis
from neural_guide.reporting.run.verdict import state_verdict
from neural_guide.reporting.tables import (
    NOT_JUDGED,
    PrimitiveScore,
    list_primitive_scores,
    list_splits,
    tabulate_groups,
    tabulate_lengths,
    tabulate_metrics,
    tabulate_primitives,
)

MAX_CONFUSIONS = 10  # rows of the table
MEASURED = (
    ("n_train", "training records", 0),
    ("n_val", "val records", 0),
    ("n_test", "test records", 0),
    ("parameters", "parameters", 0),
    ("epochs", "epochs", 0),
    ("train_seconds", "training time (s)", 1),
    ("total_seconds", "total time (s)", 1),
    ("samples_per_s", "samples per second", 0),
    ("peak_rss_gib", "peak memory (GiB)", 2),
)
"""Metrics of a run as a whole: key, label, digits."""
CAPTIONS = {
    "losses": "Training and validation loss",
    "metrics": "Validation metrics",
    "resources": "Memory and throughput",
    "reliability": "Probability against frequency",
    "pairs": "Accuracy against the number of pairs",
    "confusions": "Missed and falsely predicted primitives",
}
LEGEND = f"✓ hit, ✗ missed, △ false alarm; a primitive counts as predicted from {THRESHOLD} on."
GALLERIES = (
    ("worst", "Where the guide is most wrong", LEGEND),
    ("best", "Where the guide is most right", LEGEND),
    ("arc", "Real ARC tasks", "Their programs are unknown; a dot marks the predicted primitives."),
)
"""Field of `RunResults`, heading, and legend of the signs."""


class SplitSection(NamedTuple):
    """The metrics of a split.

    Attributes:
        name: `val`, `test`, ...
        metrics: the guide beside its baselines.
        has_baselines: true where baselines were measured.
        has_unjudged: true where a metric was measured that the verdict leaves out.
        lengths: by program length; may have no rows.
        groups: by group of words; may have no rows.
        primitives: by primitive; may have no rows.
        scores: the same scores as numbers.
        figure: average precision by primitive; None where it was not measured.
    """

    name: str
    metrics: ReportTable
    has_baselines: bool
    has_unjudged: bool
    lengths: ReportTable
    groups: ReportTable
    primitives: ReportTable
    scores: Sequence[PrimitiveScore]
    figure: ReportFigure | None


class TaskCard(NamedTuple):
    """A task with its program.

    Attributes:
        title: the task's id.
        program: its primitives in order, or a remark.
        bars: probabilities of the guide; empty for a solution.
        rows: grids side by side, each with a label above it.
    """

    title: str
    program: str
    bars: Sequence[Bar]
    rows: Sequence[Sequence[tuple[str, Grid]]]


class Gallery(NamedTuple):
    """Predictions under one heading: as cards in HTML, as one figure in Markdown."""

    heading: str
    legend: str
    cards: Sequence[TaskCard]
    figure: ReportFigure


class SolutionSection(NamedTuple):
    """A solution step by step: as a card in HTML, as a figure in Markdown."""

    card: TaskCard
    figure: ReportFigure


@dataclass(frozen=True)
class RunContext:
    """Everything that the templates `run.md` and `run.html` show; what was not measured is empty.

    Attributes:
        title: heading.
        command: the line that repeats the run.
        stop_message: which signal stopped the run, and where; empty for a finished run.
        resume_command: the command that resumes a stopped run.
        verdict: sentences on the loss and the baselines, bold words between double asterisks.
        criteria: success criteria.
        criteria_table: the same criteria as a table.
        plan: plan beside measurement.
        curves: figures of training and of the guide's errors.
        splits: metrics, `val` first.
        confusions: the most frequent confusions of primitives.
        galleries: predictions worth a look.
        solutions: programs found on real tasks.
        real_tasks: real tasks that the guide solves, the shipped one, and the search without any.
        facts: measurements of the run as a whole, versions, commit and machine.
        settings: text of the resolved configuration.
    """

    title: str
    command: str
    stop_message: str
    resume_command: str
    verdict: Sequence[str]
    criteria: Sequence[Criterion]
    criteria_table: ReportTable
    plan: ReportTable
    curves: Sequence[ReportFigure]
    splits: Sequence[SplitSection]
    confusions: Sequence[Confusion]
    galleries: Sequence[Gallery]
    solutions: Sequence[SolutionSection]
    real_tasks: ReportTable
    facts: ReportTable
    settings: str

    def list_figures(self) -> Iterator[ReportFigure]:
        """Every figure of the report."""
        yield from self.curves
        yield from (split.figure for split in self.splits if split.figure)
        yield from (gallery.figure for gallery in self.galleries)
        yield from (solution.figure for solution in self.solutions)


def build_run_context(results: RunResults, config_file: Path) -> RunContext:
    """Compute the tables and draw the figures of a report.

    Args:
        results: of the run; metrics of one split without a history make the report of an evaluation.
        config_file: the resolved configuration; left out where it does not exist.
    """
    metrics, predictions = results.metrics, results.split_predictions
    history = read_history(results.history)
    criteria = judge_criteria(results, history)
    figures = draw_curves(history) | draw_diagnosis(metrics, predictions, results.vocabulary)
    counts = None if predictions is None else count_confusions(predictions)
    return RunContext(
        title=results.title,
        command=results.command,
        stop_message=results.stop_message,
        resume_command=results.resume_command,
        verdict=state_verdict(metrics, history),
        criteria=criteria,
        criteria_table=_tabulate_criteria(criteria),
        plan=tabulate_plan(metrics),
        curves=collect_figures(figures, CAPTIONS),
        splits=[_build_split(metrics, split) for split in list_splits(metrics)],
        confusions=[] if counts is None else list_confusions(counts, results.vocabulary, MAX_CONFUSIONS),
        galleries=list(_build_galleries(results)),
        solutions=[_build_solution(position, solution) for position, solution in enumerate(results.solutions)],
        real_tasks=_tabulate_real_tasks(results.real_searches),
        facts=_tabulate_run_facts(results),
        settings=config_file.read_text(encoding="utf-8") if config_file.is_file() else "",
    )


def _tabulate_criteria(criteria: Sequence[Criterion]) -> ReportTable:
    rows = [
        [Cell(f"{criterion.sign} {criterion.name}"), Cell(criterion.measured), Cell(criterion.rule)]
        for criterion in criteria
    ]
    return ReportTable("", ["criterion", "measured", "met where"], rows)


def _build_split(metrics: Mapping[str, float], split: str) -> SplitSection:
    figure, caption = draw_primitives(metrics, split), f"Average precision by primitive ({split})"
    return SplitSection(
        name=split,
        metrics=tabulate_metrics(metrics, split),
        has_baselines=any(key.startswith(f"{split}/baseline/") for key in metrics),
        has_unjudged=any(f"{split}/{key}" in metrics for key in NOT_JUDGED),
        lengths=tabulate_lengths(metrics, split),
        groups=tabulate_groups(metrics, split),
        primitives=tabulate_primitives(metrics, split),
        scores=list_primitive_scores(metrics, split),
        figure=None if figure is None else ReportFigure(f"primitives_{split}", caption, figure),
    )


def _build_galleries(results: RunResults) -> Iterator[Gallery]:
    for name, heading, legend in GALLERIES:
        predictions: Sequence[Prediction] = getattr(results, name)
        if predictions:
            figure = ReportFigure(name, heading, draw_predictions(predictions, results.vocabulary))
            cards = [_build_prediction_card(prediction, results) for prediction in predictions]
            yield Gallery(heading, legend, cards, figure)


def _build_prediction_card(prediction: Prediction, results: RunResults) -> TaskCard:
    program = "true program unknown" if prediction.program is None else " → ".join(prediction.program)
    rows = [[("input", pair.input), ("output", pair.output)] for pair in prediction.pairs[:MAX_PAIRS]]
    return TaskCard(prediction.task_id, program, select_bars(prediction, results.vocabulary), rows)


def _build_solution(position: int, solution: Solution) -> SolutionSection:
    task_id, steps, states, outlines = solution
    program = " → ".join(steps) or "the empty program"
    rows = [list(zip(["input", *steps], grids, strict=False)) for grids in states]
    figure = draw_solution(states, steps, f"{task_id}: {program}", outlines)
    caption = f"{task_id}, step by step"
    return SolutionSection(TaskCard(task_id, program, (), rows), ReportFigure(f"solution_{position}", caption, figure))


def _tabulate_real_tasks(searches: Sequence[RealTaskSearch]) -> ReportTable:
    rows = [
        [Cell(entry.prior), Cell(f"{entry.solved} of {entry.tasks}"), Cell(format_number(entry.nodes, 0))]
        for entry in searches
    ]
    return ReportTable("", ["search with", "tasks solved", "median nodes"], rows)


def _tabulate_run_facts(results: RunResults) -> ReportTable:
    measured = {
        label: format_number(results.metrics[key], digits) for key, label, digits in MEASURED if key in results.metrics
    }
    return tabulate_facts(measured, results.facts)
