"""The report page of a run: one Markdown file and its pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from neural_guide.reporting.curves import History, draw_curves, draw_primitives, read_history
from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.gallery import THRESHOLD, draw_predictions
from neural_guide.reporting.report_table import Cell, ReportTable, escape_markdown, format_number
from neural_guide.reporting.results import Prediction, RunResults, Solution
from neural_guide.reporting.run.criteria import judge_criteria, tabulate_plan
from neural_guide.reporting.run.diagnosis_figures import draw_diagnosis
from neural_guide.reporting.run.verdict import verdict
from neural_guide.reporting.tables import (
    NOT_JUDGED,
    list_splits,
    tabulate_lengths,
    tabulate_metrics,
    tabulate_primitives,
)
from neural_guide.runtime.atomic_files import replace_file

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
CAPTIONS = {
    "losses": "Training and validation loss",
    "metrics": "Validation metrics",
    "resources": "Memory and throughput",
    "reliability": "Probability against frequency",
    "pairs": "Accuracy against the number of pairs",
    "confusions": "What is missed where something else is predicted",
}
LEGEND = f"✓ hit, ✗ missed, △ false alarm; from {THRESHOLD} on a primitive counts as predicted."
GALLERIES = (
    ("worst", "Where the guide is most wrong", LEGEND),
    ("best", "Where the guide is most right", LEGEND),
    ("arc", "Real ARC tasks", "Nobody knows their programs; a dot marks what the guide predicts."),
)
"""Of the results, by name: heading and what the signs mean."""


def write_run_report(folder: Path, results: RunResults) -> Path:
    """Write `report.md` and `figures/*.png` into the folder of a run.

    What was not measured is left out: results with metrics of one split and no history make the report
    of an evaluation.

    Returns:
        The path of `report.md`, which appears whole or not at all.
    """
    found = list_splits(results.metrics)
    history = read_history(results.history)
    figures = folder / "figures"
    pictures = draw_curves(history) | draw_diagnosis(results.metrics, results.split_predictions, results.vocabulary)
    bars = {f"primitives_{split}": draw_primitives(results.metrics, split) for split in found}
    drawn = pictures | {name: bar for name, bar in bars.items() if bar}
    curves = {name: _save(figure, figures, name) for name, figure in drawn.items()}
    sections = [
        f"# {escape_markdown(results.title)}",
        *_stopped(results),
        *verdict(results.metrics, history),
        *_criteria(results, history),
        *_repeat(results.command),
        *(block for split in found for block in _split_section(results.metrics, split, curves)),
        *_curve_section(curves),
        *_galleries(results, figures),
        *_solution_section(results.solutions, figures),
        *_facts(results),
    ]
    report = folder / "report.md"
    with replace_file(report) as temporary:
        text = "\n\n".join(section.strip("\n") for section in sections if section) + "\n"
        temporary.write_text(text, encoding="utf-8")
    return report


def _stopped(results: RunResults) -> list[str]:
    if not results.stop_message:
        return []
    return [f"**{results.stop_message}** Nothing is lost; it goes on with:\n\n```sh\n{results.resume_command}\n```"]


def _criteria(results: RunResults, history: History) -> list[str]:
    rows = [
        [Cell(f"{each.sign} {each.name}"), Cell(each.measured), Cell(each.rule)]
        for each in judge_criteria(results, history)
    ]
    planned = tabulate_plan(results.metrics)
    blocks = (
        ["## Success criteria", ReportTable("", ["criterion", "measured", "met where"], rows).markdown()]
        if rows
        else []
    )
    return blocks + (["### Plan and fact", planned.markdown()] if planned.rows else [])


def _repeat(command: str) -> list[str]:
    return [f"Repeat it with:\n\n```sh\n{command}\n```"] if command else []


def _split_section(metrics: Mapping[str, float], split: str, curves: Mapping[str, Path]) -> list[str]:
    table = tabulate_metrics(metrics, split)
    blocks = [f"## Metrics on {split}", table.markdown()]
    if any(key.startswith(f"{split}/baseline/") for key in metrics):
        blocks.append(_note(metrics, split))
    lengths, primitives = tabulate_lengths(metrics, split), tabulate_primitives(metrics, split)
    if lengths.rows:
        blocks += [f"### By program length ({split})", lengths.markdown()]
    if primitives.rows:
        blocks += [f"### By primitive ({split}), the hardest first", primitives.markdown()]
    picture = curves.get(f"primitives_{split}")
    if picture:
        blocks.append(_image(f"Average precision by primitive ({split})", picture))
    return blocks


def _note(metrics: Mapping[str, float], split: str) -> str:
    note = "↑ higher is better, ↓ lower is better; the best of each row in bold type."
    if any(f"{split}/{key}" in metrics for key in NOT_JUDGED):
        note += (
            " A constant guess at the base rates is calibrated by construction, "
            "so the verdict leaves the calibration error out."
        )
    return note


def _curve_section(curves: Mapping[str, Path]) -> list[str]:
    images = [_image(caption, curves[name]) for name, caption in CAPTIONS.items() if name in curves]
    return ["## Curves", *images] if images else []


def _galleries(results: RunResults, figures: Path) -> list[str]:
    blocks = []
    for name, heading, words in GALLERIES:
        predictions: Sequence[Prediction] = getattr(results, name)
        if predictions:
            picture = draw_predictions(predictions, results.vocabulary)
            blocks += [f"## {heading}", words, _image(heading, _save(picture, figures, name))]
    return blocks


def _solution_section(solutions: Sequence[Solution], figures: Path) -> list[str]:
    blocks = []
    for position, (task_id, program, states) in enumerate(solutions):
        picture = draw_solution(states, program, title=f"{task_id}: {' → '.join(program) or 'the empty program'}")
        blocks.append(_image(f"{task_id}, step by step", _save(picture, figures, f"solution_{position}")))
    return ["## Solutions, step by step", *blocks] if blocks else []


def tabulate_facts(results: RunResults) -> ReportTable:
    """What was measured of the run as a whole, versions, commit and machine."""
    rows = [
        (label, format_number(results.metrics[key], digits))
        for key, label, digits in MEASURED
        if key in results.metrics
    ]
    rows += list(results.facts.items())
    return ReportTable("Facts", ["fact", "value"], [[Cell(name), Cell(value)] for name, value in rows])


def _facts(results: RunResults) -> list[str]:
    facts = tabulate_facts(results)
    blocks = ["## Facts of the run"]
    if facts.rows:
        blocks.append(facts.markdown())
    blocks.append("Resolved configuration: [config.yaml](config.yaml). Every metric: [metrics.json](metrics.json).")
    return blocks


def _save(figure: Figure, folder: Path, name: str) -> Path:
    return save_png(figure, folder / f"{name}.png")


def _image(caption: str, path: Path) -> str:
    return f"![{escape_markdown(caption)}]({path.parent.name}/{path.name})"
