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


def shown(sheet):
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(sheet)
    return console.export_text()


def rows(sheet):
    return {row[0].text: [cell.text for cell in row[1:]] for row in sheet.rows}


def best(sheet):
    return {(row[0].text, cell.text) for row in sheet.rows for cell in row if cell.best}


def test_the_guide_stands_beside_its_baselines_with_its_lead():
    sheet = tabulate_metrics(METRICS, "val")
    assert list(sheet.headers) == ["metric", "guide", "nothing", "base rates", "linear", "guide ahead by"]
    assert rows(sheet)["micro-F1 ↑"] == ["0.891", "0.000", "0.312", "0.700", "+0.191"]


def test_lower_is_better_where_it_is_and_the_lead_is_negative_where_the_guide_is_behind():
    sheet = tabulate_metrics(METRICS, "val")
    assert rows(sheet)["rank of the worst true primitive ↓"] == ["2.250", "-", "6.500", "2.000", "-0.250"]
    assert best(sheet) == {("micro-F1 ↑", "0.891"), ("rank of the worst true primitive ↓", "2.000")}


def test_a_metric_without_a_baseline_is_shown_and_not_judged():
    assert rows(tabulate_metrics(METRICS, "val"))["expected calibration error ↓"] == ["0.050", "-", "-", "-", "-"]
    assert [margin.metric.key for margin in compute_margins(METRICS, "val")] == ["f1_micro", "worst_rank"]


def test_the_best_is_marked_in_the_terminal_and_in_markdown():
    sheet = tabulate_metrics(METRICS, "val")
    assert "0.891 *" in shown(sheet)
    assert "| **0.891** |" in sheet.markdown()


def test_where_all_are_alike_none_is_best():
    alike = {"val/f1_micro": 0.5, "val/baseline/nothing/f1_micro": 0.5}
    assert best(tabulate_metrics(alike, "val")) == set()


def test_without_baselines_the_table_has_one_column():
    sheet = tabulate_metrics({"data/f1_micro": 0.5}, "data")
    assert list(sheet.headers) == ["metric", "guide"]
    assert rows(sheet) == {"micro-F1 ↑": ["0.500"]}


def test_primitives_come_hardest_first_and_those_without_support_last():
    sheet = tabulate_primitives(METRICS, "val")
    assert list(rows(sheet)) == ["vmirror", "fill_holes", "outline"]
    assert rows(sheet)["fill_holes"] == ["1,234", "0.750", "0.654"]
    assert rows(sheet)["outline"] == ["-", "-", "-"]


def test_names_from_outside_are_shown_as_they_are():
    metrics = {"val/ap/a/b": 0.1, "val/ap/[red]x|y": 0.2, "val/ap/_odd_": 0.3}
    sheet = tabulate_primitives(metrics, "val")
    assert {"a/b", "[red]x|y", "_odd_"} == set(rows(sheet))
    assert "[red]x|y" in shown(sheet)
    assert "\\[red\\]x\\|y" in sheet.markdown()
    assert "\\_odd\\_" in sheet.markdown()


def test_lengths_are_in_the_order_of_numbers():
    assert rows(tabulate_lengths(METRICS, "val")) == {"2": ["0.432"], "10": ["0.100"]}


def test_splits_are_those_that_were_measured():
    assert list_splits(METRICS) == ["val"]
    assert list_splits({"test/f1_micro": 1.0, "data/f1_micro": 1.0, "val/f1_micro": 1.0}) == ["val", "test", "data"]
    assert list_splits({}) == []
