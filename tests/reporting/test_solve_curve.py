"""Curves of outputs solved: counts within limits, and the comparison of two runs."""

import math
from dataclasses import asdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.reporting.results import OutputRow
from neural_guide.reporting.solve.curve import (
    SECONDS,
    collect_needs,
    compare_needs,
    draw_curves,
    read_needs,
    tabulate_curves,
)

NEEDS = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.integers(1, 2)), st.floats(0, 100) | st.just(math.inf), max_size=8
)


def make_row(task, output, solved, seconds):
    return OutputRow(task, output, solved, 1 if solved == "yes" else None, "program", "rot90", 5, seconds, 0.9, None)


ROWS = [
    make_row("a", 1, "yes", 0.2),
    make_row("a", 2, "no", 0.1),
    make_row("b", 1, "yes", 5.0),
    make_row("c", 1, "unknown", 0.1),
]


def test_an_output_counts_from_the_moment_its_right_attempt_was_found():
    needs = collect_needs(ROWS)
    assert needs == {("a", 1): 0.2, ("a", 2): np.inf, ("b", 1): 5.0}
    (row,) = tabulate_curves({"run": needs}).rows
    assert [cell.text for cell in row] == ["run", "3", *(["0"] + ["1"] * 3 + ["2"] * 3)]


def test_a_file_gives_the_same_as_the_rows(tmp_path):
    columns = list(asdict(ROWS[0]))
    lines = [",".join(columns), *(",".join(str(value) for value in asdict(row).values()) for row in ROWS)]
    (tmp_path / "outputs.csv").write_text("\n".join(lines))
    assert read_needs(tmp_path) == collect_needs(ROWS)


@settings(max_examples=20)
@given(NEEDS, NEEDS, st.sampled_from(SECONDS))
def test_the_difference_of_two_runs_lies_in_its_interval_and_changes_its_sign(ours, theirs, limit):
    more, low, high = compare_needs(ours, theirs, limit)
    shared = ours.keys() & theirs.keys()
    assert more == sum((ours[key] <= limit) - (theirs[key] <= limit) for key in shared)
    assert low <= more <= high
    assert compare_needs(theirs, ours, limit)[0] == -more
    assert compare_needs(ours, ours, limit) == (0, 0, 0)


def test_the_curve_ends_at_the_number_of_solved_outputs():
    axes = draw_curves({"one": collect_needs(ROWS), "none": {("a", 1): math.inf}}).axes[0]
    assert [line.get_ydata()[-1] for line in axes.lines] == [2, 0]
