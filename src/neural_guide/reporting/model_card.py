"""The card of a guide that is handed to others: what it is for, how good it is, how it was made."""

from collections.abc import Mapping

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.report_table import Cell, ReportTable, format_number
from neural_guide.reporting.tables import METRICS, list_splits, tabulate_lengths, tabulate_metrics

USE = """It looks at the pairs of an ARC task and says, for each of {count} primitives, how likely the hidden program
uses it, and which step comes next. A search that tries likely steps first solves tasks in fewer nodes; it stays
complete, so a wrong guide costs time and no solution. It is not a solver: tasks whose rule is no short program over
these primitives stay unsolved, which is most of ARC. It saw synthetic tasks alone, on grids of the generator and of
ARC-1 training tasks; no test output and no evaluation task was part of its training."""


def render_model_card(
    vocabulary: Vocabulary,
    metrics: Mapping[str, float],
    facts: Mapping[str, str],
    checked: Mapping[str, float],
    check: tuple[int, int],
    mib: float,
) -> str:
    """Markdown.

    Args:
        vocabulary: what it predicts.
        metrics: of the run that trained it.
        facts: of that run: its command, versions, commit, machine.
        checked: figures on fresh records.
        check: their number and seed.
        mib: size of the file.
    """
    labels = {metric.key: metric.label for metric in METRICS}
    figures = [[Cell(labels[key]), Cell(format_number(value))] for key, value in checked.items()]
    made = [[Cell(name), Cell(value)] for name, value in facts.items() if name != "command"]
    made += [
        [Cell(words), Cell(format_number(metrics.get(key), digits))]
        for words, key, digits in (
            ("training records", "n_train", 0),
            ("epochs", "epochs", 0),
            ("parameters", "parameters", 0),
            ("training time (s)", "train_seconds", 0),
        )
    ]
    blocks = [
        "# The guide that is shipped",
        USE.format(count=len(vocabulary)),
        f"`guide.safetensors`, {mib:.1f} MiB, MIT licence. Its primitives: {', '.join(vocabulary.names)}.",
    ]
    for split in list_splits(metrics):
        blocks += [f"## Measured on {split}", tabulate_metrics(metrics, split).markdown()]
        lengths = tabulate_lengths(metrics, split)
        blocks += [lengths.markdown()] if lengths.rows else []
    blocks += [
        f"## Measured on {check[0]:,} fresh records (seed {check[1]})",
        "A test generates these records and evaluates the file again.",
        ReportTable("", ["metric", "guide"], figures).markdown(),
        "## How it was made",
        f"```sh\n{facts.get('command', '')}\npython -m neural_guide.ship checkpoint=outputs/latest\n```",
        ReportTable("", ["fact", "value"], made).markdown(),
    ]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"
