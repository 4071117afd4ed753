from rich.console import Console

from neural_guide.reporting.tables import (
    compute_margins,
    list_splits,
    tabulate_lengths,
    tabulate_metrics,
    tabulate_primitives,
)

METRICS = {
    "val/f1_micro": 0.8912,
    "val/ece": 0.05,
    "val/worst_rank": 2.25,
    "val/baseline/nothing/f1_micro": 0.0,
    "val/baseline/base_rates/f1_micro": 0.3123,
    "val/baseline/linear/f1_micro": 0.7001,
    "val/baseline/base_rates/worst_rank": 6.5,
    "val/baseline/linear/worst_rank": 2.0,
    "val/ap/fill_holes": 0.75,
    "val/ap/outline": float("nan"),
    "val/ap/vmirror": 0.25,
    "val/f1/fill_holes": 0.6543,
    "val/support/fill_holes": 1234.0,
    "val/length_2/exact_set": 0.4321,
    "val/length_10/exact_set": 0.1,
    "train_seconds": 12.5,
}


def print_table(table):
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(table)
    return console.export_text()


def read_rows(table):
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}


def list_best(table):
    return {(row[0].text, cell.text) for row in table.rows for cell in row if cell.best}


def test_the_guide_is_beside_its_baselines_with_its_lead():
    table = tabulate_metrics(METRICS, "val")
    assert list(table.headers) == ["metric", "guide", "nothing", "base rates", "linear", "guide ahead by"]
    assert read_rows(table)["micro-F1 ↑"] == ["0.891", "0.000", "0.312", "0.700", "+0.191"]


def test_the_lead_is_negative_where_the_guide_is_behind():
    table = tabulate_metrics(METRICS, "val")
    assert read_rows(table)["rank of the worst true primitive ↓"] == ["2.250", "-", "6.500", "2.000", "-0.250"]
    assert list_best(table) == {("micro-F1 ↑", "0.891"), ("rank of the worst true primitive ↓", "2.000")}


def test_a_metric_without_a_baseline_is_shown_and_not_judged():
    assert read_rows(tabulate_metrics(METRICS, "val"))["expected calibration error ↓"] == ["0.050", "-", "-", "-", "-"]
    assert [margin.metric.key for margin in compute_margins(METRICS, "val")] == ["f1_micro", "worst_rank"]


def test_the_best_is_marked_in_the_terminal_and_in_markdown():
    table = tabulate_metrics(METRICS, "val")
    assert "0.891 *" in print_table(table)
    assert "| **0.891** |" in table.markdown()


def test_among_equal_values_none_is_best():
    metrics = {"val/f1_micro": 0.5, "val/baseline/nothing/f1_micro": 0.5}
    assert list_best(tabulate_metrics(metrics, "val")) == set()


def test_without_baselines_the_table_has_one_column():
    table = tabulate_metrics({"data/f1_micro": 0.5}, "data")
    assert list(table.headers) == ["metric", "guide"]
    assert read_rows(table) == {"micro-F1 ↑": ["0.500"]}


def test_primitives_are_sorted_hardest_first_and_unmeasured_last():
    table = tabulate_primitives(METRICS, "val")
    assert list(read_rows(table)) == ["vmirror", "fill_holes", "outline"]
    assert read_rows(table)["fill_holes"] == ["1,234", "0.750", "0.654"]
    assert read_rows(table)["outline"] == ["-", "-", "-"]


def test_names_are_escaped():
    metrics = {"val/ap/a/b": 0.1, "val/ap/[red]x|y": 0.2, "val/ap/_odd_": 0.3}
    table = tabulate_primitives(metrics, "val")
    assert {"a/b", "[red]x|y", "_odd_"} == set(read_rows(table))
    assert "[red]x|y" in print_table(table)
    assert "\\[red\\]x\\|y" in table.markdown()
    assert "\\_odd\\_" in table.markdown()


def test_lengths_are_in_numeric_order():
    assert read_rows(tabulate_lengths(METRICS, "val")) == {"2": ["0.432"], "10": ["0.100"]}


def test_splits_are_those_with_metrics():
    assert list_splits(METRICS) == ["val"]
    assert list_splits({"test/f1_micro": 1.0, "data/f1_micro": 1.0, "val/f1_micro": 1.0}) == ["val", "test", "data"]
    assert list_splits({}) == []
