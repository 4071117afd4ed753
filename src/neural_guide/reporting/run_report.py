"""The report page of a run: one Markdown file and its pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from neural_guide.files import written_whole
from neural_guide.reporting.criteria import criteria_section
from neural_guide.reporting.curves import read_history, write_curves
from neural_guide.reporting.drawing import draw_solution
from neural_guide.reporting.gallery import draw_predictions
from neural_guide.reporting.page import save_png
from neural_guide.reporting.results import Prediction, RunResults, Solution
from neural_guide.reporting.sheet import Cell, Sheet, escaped, number
from neural_guide.reporting.tables import NOT_JUDGED, length_table, metric_table, primitive_table, splits
from neural_guide.reporting.verdict import verdict

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
}
LEGEND = "✓ hit, ✗ missed, △ false alarm; the dotted line is where a primitive counts as predicted."


def write_run_report(folder: Path, results: RunResults) -> Path:
    """Write `report.md` and `figures/*.png` into the folder of a run.

    What was not measured is left out: results with metrics of one split and no history make the report
    of an evaluation.

    Returns:
        The path of `report.md`, which appears whole or not at all.
    """
    found = splits(results.metrics)
    history = read_history(results.history)
    figures = folder / "figures"
    curves = write_curves(history, results.metrics, found, figures)
    sections = [
        f"# {escaped(results.title)}",
        results.notice,
        *verdict(results.metrics, history),
        *criteria_section(results.metrics, history, folder),
        *_repeat(results.command),
        *(block for split in found for block in _split_section(results.metrics, split, curves)),
        *_curve_section(curves),
        *_galleries(results, figures),
        *_solution_section(results.solutions, figures),
        *_facts(results),
    ]
    report = folder / "report.md"
    with written_whole(report) as temporary:
        text = "\n\n".join(section.strip("\n") for section in sections if section) + "\n"
        temporary.write_text(text, encoding="utf-8")
    return report


def _repeat(command: str) -> list[str]:
    return [f"Repeat it with:\n\n```sh\n{command}\n```"] if command else []


def _split_section(metrics: Mapping[str, float], split: str, curves: Mapping[str, Path]) -> list[str]:
    table = metric_table(metrics, split)
    blocks = [f"## Metrics on {split}", table.markdown()]
    if any(key.startswith(f"{split}/baseline/") for key in metrics):
        blocks.append(_note(metrics, split))
    lengths, primitives = length_table(metrics, split), primitive_table(metrics, split)
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
    parts: tuple[tuple[str, str, str, Sequence[Prediction]], ...] = (
        ("worst", "Where the guide is most wrong", LEGEND, results.worst),
        ("best", "Where the guide is most right", LEGEND, results.best),
        (
            "arc",
            "Real ARC tasks",
            "Nobody knows their programs; a dot marks what the guide predicts.",
            results.arc,
        ),
    )
    blocks = []
    for name, heading, words, predictions in parts:
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


def _facts(results: RunResults) -> list[str]:
    rows = [(label, number(results.metrics[key], digits)) for key, label, digits in MEASURED if key in results.metrics]
    rows += list(results.facts.items())
    blocks = ["## Facts of the run"]
    if rows:
        cells = [[Cell(name), Cell(value)] for name, value in rows]
        blocks.append(Sheet("Facts", ["fact", "value"], cells).markdown())
    blocks.append("Resolved configuration: [config.yaml](config.yaml). Every metric: [metrics.json](metrics.json).")
    return blocks


def _save(figure: Figure, folder: Path, name: str) -> Path:
    return save_png(figure, folder / f"{name}.png")


def _image(caption: str, path: Path) -> str:
    return f"![{escaped(caption)}]({path.parent.name}/{path.name})"
