"""The report of a run as one page that needs nothing else: report.html."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from neural_guide.reporting.curves import draw_curves, read_history
from neural_guide.reporting.gallery import MAX_PAIRS, Bar, select_bars
from neural_guide.reporting.inline import inline_grid, inline_svg
from neural_guide.reporting.report_table import ReportTable
from neural_guide.reporting.results import Prediction, RunResults, Solution
from neural_guide.reporting.run.criteria import judge_criteria, tabulate_plan
from neural_guide.reporting.run.diagnosis import Confusion, count_confusions, list_commonest_confusions
from neural_guide.reporting.run.diagnosis_figures import draw_diagnosis
from neural_guide.reporting.run.report import CAPTIONS, GALLERIES, tabulate_facts
from neural_guide.reporting.run.verdict import verdict
from neural_guide.reporting.tables import (
    PrimitiveScore,
    list_primitive_scores,
    list_splits,
    tabulate_lengths,
    tabulate_metrics,
)
from neural_guide.reporting.templates import Picture, render
from neural_guide.runtime.atomic_files import replace_file

MOST_CONFUSIONS = 10  # rows under the picture


class Split(NamedTuple):
    """What was measured on a split."""

    name: str
    metrics: ReportTable
    lengths: ReportTable
    primitives: Sequence[PrimitiveScore]


class Shown(NamedTuple):
    """A task as the gallery shows it: rows of grids, each with the words above it."""

    title: str
    program: str
    bars: Sequence[Bar]
    rows: Sequence[Sequence[tuple[str, Markup]]]


def write_run_page(folder: Path, results: RunResults) -> Path:
    """Write `report.html`, whole or not at all, into the folder of a run; what was not measured is left out.

    Returns:
        Its path.
    """
    history = read_history(results.history)
    drawn = draw_curves(history) | draw_diagnosis(results.metrics, results.split_predictions, results.vocabulary)
    settings = folder / "config.yaml"
    text = render(
        "run.html",
        results=results,
        verdict=[_as_html(line) for line in verdict(results.metrics, history)],
        criteria=judge_criteria(results, history),
        planned=tabulate_plan(results.metrics),
        pictures=[Picture(CAPTIONS[name], inline_svg(figure, name)) for name, figure in drawn.items()],
        splits=[_split(results.metrics, name) for name in list_splits(results.metrics)],
        confusions=_confusions(results),
        galleries=_galleries(results),
        solutions=[_solution(solution) for solution in results.solutions],
        facts=tabulate_facts(results),
        settings=settings.read_text(encoding="utf-8") if settings.is_file() else "",
    )
    page = folder / "report.html"
    with replace_file(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return page


def _split(metrics: Mapping[str, float], name: str) -> Split:
    return Split(
        name, tabulate_metrics(metrics, name), tabulate_lengths(metrics, name), list_primitive_scores(metrics, name)
    )


def _confusions(results: RunResults) -> list[Confusion]:
    if results.split_predictions is None:
        return []
    return list_commonest_confusions(count_confusions(results.split_predictions), results.vocabulary, MOST_CONFUSIONS)


def _galleries(results: RunResults) -> list[dict[str, Any]]:
    found = []
    for name, heading, words in GALLERIES:
        predictions: Sequence[Prediction] = getattr(results, name)
        tasks = [_prediction(each, results) for each in predictions]
        found += [{"heading": heading, "words": words, "tasks": tasks}] if tasks else []
    return found


def _prediction(prediction: Prediction, results: RunResults) -> Shown:
    program = "true program unknown" if prediction.program is None else " → ".join(prediction.program)
    pairs = prediction.pairs[:MAX_PAIRS]
    rows = [[("input", inline_grid(pair.input)), ("output", inline_grid(pair.output))] for pair in pairs]
    return Shown(prediction.task_id, program, select_bars(prediction, results.vocabulary), rows)


def _solution(solution: Solution) -> Shown:
    words = ["input", *solution.program]
    rows = [[(word, inline_grid(grid)) for word, grid in zip(words, row, strict=False)] for row in solution.states]
    return Shown(solution.task_id, " → ".join(solution.program) or "the empty program", (), rows)


def _as_html(line: str) -> Markup:
    """A line of the verdict, its bold words marked as such."""
    parts = line.split("**")
    return Markup("").join(
        Markup("<strong>{}</strong>").format(part) if place % 2 else Markup.escape(part)
        for place, part in enumerate(parts)
    )
