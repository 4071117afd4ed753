"""The report of a solving run: stated confidence beside the share of correct attempts."""

from hypothesis import given
from hypothesis import strategies as st

from neural_guide.reporting.solve.report import tabulate_reliability

CONFIDENCES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


def test_a_band_has_its_attempts_mean_and_correct_share():
    table = tabulate_reliability([(0.95, True), (0.91, True), (0.93, False), (1.0, True), (0.2, False)])
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows == [["0.1 to 0.3", "1", "0.20", "0.00"], ["0.9 to 1.0", "4", "0.95", "0.75"]]


@given(CONFIDENCES)
def test_every_attempt_is_in_one_band(confidences):
    table = tabulate_reliability(confidences)
    assert sum(int(row[1].text) for row in table.rows) == len(confidences)
