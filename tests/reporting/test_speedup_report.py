"""The report of a comparison of priors: tables, figures and JSON of artificial searches."""

import json
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from neural_guide.harness.speedup import Effort, EffortRatio, compare_efforts
from neural_guide.reporting.curves import COLOURS
from neural_guide.reporting.speedup.figures import choose_colour, compute_solved_curve, draw_solved
from neural_guide.reporting.speedup.report import write_speedup_report
from neural_guide.reporting.speedup.tables import (
    format_figure,
    format_ratio,
    tabulate_needs,
    tabulate_ratios,
    tabulate_summary,
)


def make_effort(efforts, budget=900.0):
    efforts = np.array(efforts, dtype=float)
    spent = np.where(np.isfinite(efforts), efforts, budget)
    return Effort(spent, spent / 1000, np.isfinite(efforts))


@pytest.fixture
def comparisons():
    inf = np.inf
    length_2 = {
        "guide": make_effort([1, 2, 3, 4, inf]),
        "frequency": make_effort([10, 30, 20, inf, inf]),
        "oracle": make_effort([1, 1, 1, 1, 1]),
    }
    arc = {"guide": make_effort([5, 6]), "frequency": make_effort([5, 60])}
    return [compare_efforts("length 2", length_2), compare_efforts("ARC-1", arc)]


def list_texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_needs_have_bounds_and_the_best_prior_is_marked(comparisons):
    table = tabulate_needs(comparisons[0], "nodes")
    assert list_texts(table) == [
        ["guide", "80.0%", "1", "2", "3", "4"],
        ["frequency", "60.0%", "10", "20", "30", "> 900"],
        ["oracle", "100.0%", "1", "1", "1", "1"],
    ]
    assert [cell.best for row in table.rows for cell in row[2:]] == [True] * 4 + [False] * 8


def test_equal_needs_are_not_marked(comparisons):
    marked = [cell.best for row in tabulate_needs(comparisons[1], "nodes").rows for cell in row[2:]]
    assert marked == [False, False, True, True, False, False, False, False]


def test_ratios_have_intervals_bounds_and_gaps(comparisons):
    rows = dict(zip(("frequency", "oracle"), list_texts(tabulate_ratios(comparisons[0], "seconds")), strict=True))
    assert rows["frequency"][1].startswith("10.0 (")
    assert rows["frequency"][3].startswith("10.0 (")
    assert rows["frequency"][3].endswith("-?)")
    assert rows["frequency"][4] == "> 225"
    assert rows["oracle"][4].startswith("0.250 (")
    nothing = compare_efforts("hard", {"guide": make_effort([np.inf]), "uniform": make_effort([1])})
    assert list_texts(tabulate_ratios(nothing, "nodes")) == [["uniform", "-", "-", "-", "-"]]


def test_a_ratio_has_three_digits():
    assert format_ratio(EffortRatio("uniform", "nodes", 0.6, 33.333, False, 18.0, 1234.5)) == "33.3 (18.0-1,234)"
    assert [format_figure(value) for value in (0, 0.00123456, 1.2345, 12.345, 123.45, 12345.6)] == [
        "0",
        "0.00123",
        "1.23",
        "12.3",
        "123",
        "12,346",
    ]


def test_the_summary_fits_a_terminal_and_has_every_prior(comparisons):
    console = Console(width=90, record=True, file=StringIO())
    console.print(tabulate_summary(comparisons))
    lines = console.export_text().splitlines()
    assert any("frequency / guide" in line and "oracle / guide" in line for line in lines)
    assert sum("length 2 (5)" in line for line in lines) == 2
    arc = [line.split() for line in lines if "ARC-1 (2)" in line]
    assert [row[-1] for row in arc] == ["-", "-"]  # there is no oracle on real tasks


def test_a_curve_rises_at_each_solved_task_and_ends_with_the_budget():
    efforts, shares = compute_solved_curve(make_effort([40, 2, np.inf, 8]), "nodes", 1.0, 10_000.0)
    assert efforts.tolist() == [1, 2, 8, 40, 900]
    assert shares.tolist() == [0, 0.25, 0.5, 0.75, 0.75]
    efforts, shares = compute_solved_curve(make_effort([0, 20]), "nodes", 1.0, 10_000.0)
    assert efforts.tolist() == [1, 1, 20, 10_000]  # all solved: known to the end
    assert shares.tolist() == [0, 0.5, 1, 1]


@pytest.mark.parametrize("measure", ["nodes", "seconds"])
def test_panels_show_groups_with_a_line_for_each_prior(comparisons, measure):
    axes = draw_solved(comparisons, measure).axes
    assert [panel.get_title(loc="left") for panel in axes] == ["length 2, 5 tasks", "ARC-1, 2 tasks"]
    assert [len(panel.lines) for panel in axes] == [3, 2]
    assert {panel.get_xscale() for panel in axes} == {"log"}
    assert axes[0].get_xlim() == axes[1].get_xlim()
    low, high = axes[0].get_xlim()
    assert all(low <= x <= high for panel in axes for line in panel.lines for x in line.get_xdata())
    assert [line.get_color() for line in axes[1].lines] == [COLOURS[0], COLOURS[1]]
    assert len({choose_colour(prior) for prior in ("guide", "frequency", "uniform", "oracle", "another")}) == 5


def test_panels_do_not_overlap(comparisons):
    axes = draw_solved(comparisons * 4, "nodes").axes
    boxes = [panel.get_position() for panel in axes]
    assert len(boxes) == 8
    assert all(box.x0 > 0 and box.y0 > 0 and box.x1 < 1 and box.y1 < 1 for box in boxes)
    assert not any(box.overlaps(other) for position, box in enumerate(boxes) for other in boxes[:position])


def test_the_report_contains_every_table_and_figure(comparisons, tmp_path):
    folder = tmp_path / "new" / "run"
    report = write_speedup_report(folder, comparisons, {"command": "python -m neural_guide.speedup"})
    text = report.read_text()
    assert report == folder / "report.md"
    for link in ("figures/solved_nodes.png", "figures/solved_seconds.png"):
        assert f"]({link})" in text
        assert (folder / link).read_bytes().startswith(b"\x89PNG")
    for comparison in comparisons:
        for measure in ("nodes", "seconds"):
            assert tabulate_needs(comparison, measure).markdown() in text
            assert tabulate_ratios(comparison, measure).markdown() in text
    assert "## Length 2 (5 tasks)" in text
    assert "python -m neural_guide.speedup" in text


def test_the_json_contains_every_task_and_no_infinity(comparisons, tmp_path):
    write_speedup_report(tmp_path, comparisons, {"seed": "0"})
    plain = json.loads((tmp_path / "speedup.json").read_text(), parse_constant=pytest.fail)
    assert plain["facts"] == {"seed": "0"}
    first = plain["groups"][0]
    assert (first["group"], first["tasks"]) == ("length 2", 5)
    assert first["efforts"]["frequency"]["nodes"] == [10, 30, 20, 900, 900]
    assert first["efforts"]["frequency"]["solved"] == [True, True, True, False, False]
    need = next(n for n in first["needs"] if (n["prior"], n["measure"], n["share"]) == ("frequency", "nodes", 0.8))
    assert (need["value"], need["at_least"]) == (None, 900)
    ratio = next(r for r in first["ratios"] if (r["prior"], r["measure"], r["share"]) == ("frequency", "nodes", 0.8))
    assert (ratio["value"], ratio["is_bound"], ratio["high"]) == (225, True, None)
