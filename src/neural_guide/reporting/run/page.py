"""The report of a run as one page that needs nothing else: report.html."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from neural_guide.reporting.curves import draw_curves, read_history
from neural_guide.reporting.gallery import MAX_PAIRS, Bar, bars_of
from neural_guide.reporting.inline import inline_grid, inline_svg
from neural_guide.reporting.results import Prediction, RunResults, Solution
from neural_guide.reporting.run.criteria import criteria, plan_sheet
from neural_guide.reporting.run.diagnosis import Confusion, commonest, confusion_counts
from neural_guide.reporting.run.diagnosis_pictures import draw_diagnosis
from neural_guide.reporting.run.report import CAPTIONS, GALLERIES, facts_sheet
from neural_guide.reporting.run.verdict import verdict
from neural_guide.reporting.sheet import Sheet
from neural_guide.reporting.tables import PrimitiveScore, length_table, metric_table, primitive_scores, splits
from neural_guide.reporting.templates import Picture, render
from neural_guide.runtime.atomic_files import replace_file

MOST_CONFUSIONS = 10  # rows under the picture


class Split(NamedTuple):
    """What was measured on a split."""

    name: str
    metrics: Sheet
    lengths: Sheet
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
    drawn = draw_curves(history) | draw_diagnosis(results.metrics, results.judged, results.vocabulary)
    settings = folder / "config.yaml"
    text = render(
        "run.html",
        results=results,
        verdict=[_as_html(line) for line in verdict(results.metrics, history)],
        criteria=criteria(results, history),
        planned=plan_sheet(results.metrics),
        pictures=[Picture(CAPTIONS[name], inline_svg(figure, name)) for name, figure in drawn.items()],
        splits=[_split(results.metrics, name) for name in splits(results.metrics)],
        confusions=_confusions(results),
        galleries=_galleries(results),
        solutions=[_solution(solution) for solution in results.solutions],
        facts=facts_sheet(results),
        settings=settings.read_text(encoding="utf-8") if settings.is_file() else "",
    )
    page = folder / "report.html"
    with replace_file(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return page


def _split(metrics: Mapping[str, float], name: str) -> Split:
    return Split(name, metric_table(metrics, name), length_table(metrics, name), primitive_scores(metrics, name))


def _confusions(results: RunResults) -> list[Confusion]:
    if results.judged is None:
        return []
    return commonest(confusion_counts(results.judged), results.vocabulary, MOST_CONFUSIONS)


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
    return Shown(prediction.task_id, program, bars_of(prediction, results.vocabulary), rows)


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
