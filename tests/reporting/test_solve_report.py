"""The report of a solving run: stated confidence beside the share of correct attempts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural_guide.reporting.figure_layout import render_pixels
from neural_guide.reporting.results import Solution, TaskRow
from neural_guide.reporting.solve.report import (
    Failure,
    SolveResults,
    build_solve_context,
    tabulate_reliability,
    tabulate_solved,
)

CONFIDENCES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


def test_a_band_has_its_attempts_mean_and_correct_share():
    table = tabulate_reliability([(0.95, True), (0.91, True), (0.93, False), (1.0, True), (0.2, False)])
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows == [["0.1 to 0.3", "1", "0.20", "0.00"], ["0.9 to 1.0", "4", "0.95", "0.75"]]


@given(CONFIDENCES)
def test_every_attempt_is_in_one_band(confidences):
    table = tabulate_reliability(confidences)
    assert sum(int(row[1].text) for row in table.rows) == len(confidences)


def test_the_galleries_outline_the_units_that_act_and_say_so():
    states = [[np.full((2, 2), 1, dtype=np.uint8)] * 2]
    plain, outlined = (
        Solution("t", ("step",), states, [[outline, None]]) for outline in (None, np.array([[0, -1], [-1, -1]]))
    )
    pictures = {}
    for solution in (plain, outlined):
        results = SolveResults("t", "c", [], [], {}, solved=[solution], failures=[Failure(solution, "wrong")])
        for gallery in build_solve_context(results).galleries:
            assert ("outlined" in gallery.legend) == (solution is outlined)
            pictures.setdefault(gallery.heading, []).append(render_pixels(gallery.tasks[0].figure.figure))
    assert len(pictures) == 2
    assert all((first != second).any() for first, second in pictures.values())


def test_a_terminal_shows_the_first_explanations_cut_short():
    long = "each object: " + "; ".join(f"recolour {colour} if own colour {colour}" for colour in range(1, 10))
    rows = [TaskRow(f"t{number}", "yes", 1, long, 10, 0.1, "") for number in range(3)]
    printed, whole = tabulate_solved(rows, 2), tabulate_solved(rows)
    assert [row[2].text for row in whole.rows] == [long] * 3
    assert len(printed.rows) == 2
    assert all(row[2].text.endswith(" ...") and len(row[2].text) < 130 < len(long) for row in printed.rows)
    assert "2 of 3" in printed.title
