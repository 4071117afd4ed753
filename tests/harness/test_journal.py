"""The journal: what it keeps, what a kill costs, what it refuses."""

import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.task import Pair, Task
from neural_guide.errors import UserError
from neural_guide.harness.journal import NAME, Journal, digest_of_tasks, is_of
from neural_guide.harness.task_results import Entry, Found, Searched
from support.strategies import grids

ABOUT = {"settings": [1, 0.5, "uniform"], "tasks": ["arc1-training", "f00d"]}
seconds = st.floats(0, 1e6)
answers = st.lists(grids().map(lambda grid: grid.tolist()), min_size=1, max_size=2).map(tuple)
colours = st.none() | st.lists(st.integers(0, 9), min_size=10, max_size=10).map(tuple)
programs = st.lists(st.sampled_from(["rot90", "hollow"]), max_size=4).map(tuple)
candidates = st.builds(Found, programs, colours, answers, st.integers(0, 10**9), seconds)
searches = st.builds(
    Searched,
    *(st.lists(candidates, max_size=2).map(tuple), st.integers(0, 10**9), seconds),
    *(st.sampled_from(["answered", "exhausted", "nodes"]), st.integers(0, 99), st.integers(0, 99)),
)
chances = st.lists(st.floats(0, 1), max_size=3).map(tuple)
entries = st.builds(Entry, st.text(), st.none() | searches, st.none() | searches, chances, st.text())


@settings(max_examples=40, deadline=None)  # each adds to the disk
@given(st.lists(entries, max_size=4, unique_by=lambda entry: entry.task))
def test_what_is_added_is_read_back(added):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), ABOUT)
        for entry in added:
            journal.add(entry)
        assert list(Journal(Path(folder), ABOUT).entries.values()) == added


def test_grids_come_back_as_they_were():
    made = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8)
    entry = Entry("t", Searched((Found((), None, (made.tolist(),), 0, 0.0),), 0, 0.0, "nodes", 0, 0))
    back = msgspec.json.decode(msgspec.json.encode(entry), type=Entry).search.found[0].grids()[0]
    assert back.dtype == np.uint8
    assert np.array_equal(back, made)


def test_cut_at_any_byte_it_keeps_the_whole_lines(tmp_path):
    """And what is added afterwards stands on a line of its own."""
    journal = Journal(tmp_path, ABOUT)
    for task in ("a", "b\n\r\u2028", "c"):
        journal.add(Entry(task, failure="crashed"))
    whole = journal.path.read_bytes()
    head = whole.index(b"\n")
    for length in range(head + 1, len(whole)):
        journal.path.write_bytes(whole[:length])
        again = Journal(tmp_path, ABOUT)
        ended = whole[:length].count(b"\n") - 1 + (whole[length : length + 1] == b"\n")  # its line end alone is missing
        assert len(again.entries) == ended
        again.add(Entry("new"))
        assert [*Journal(tmp_path, ABOUT).entries][-1] == "new"
        assert len(Journal(tmp_path, ABOUT).entries) == ended + 1
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_without_a_whole_first_line_it_is_left_alone(tmp_path):
    journal = Journal(tmp_path, ABOUT)
    cut = journal.path.read_bytes()[:-5]
    journal.path.write_bytes(cut)
    with pytest.raises(UserError, match="not overwritten"):
        Journal(tmp_path, ABOUT)
    assert journal.path.read_bytes() == cut


@pytest.mark.parametrize("other", [ABOUT | {"settings": [2]}, ABOUT | {"tasks": ["arc1-training", "beef"]}, {}])
def test_other_settings_and_tasks_are_refused(other, tmp_path):
    Journal(tmp_path, ABOUT).add(Entry("a"))
    kept = (tmp_path / NAME).read_bytes()
    with pytest.raises(UserError, match="other settings, other tasks or another guide"):
        Journal(tmp_path, other)
    assert (tmp_path / NAME).read_bytes() == kept
    assert is_of(tmp_path, dict(reversed(ABOUT.items())))  # the order of keys is nothing


def test_tasks_differ_by_every_cell_shape_and_place():
    def task(pairs, tests, task_id="t"):
        shown = tuple(Pair(np.array(one, np.uint8), np.array(two, np.uint8)) for one, two in pairs)
        return Task(task_id, shown, tuple(np.array(test, np.uint8) for test in tests))

    one = task([([[1, 2]], [[3, 4]])], [[[5]]])
    others = [
        task([([[1, 2]], [[3, 5]])], [[[5]]]),
        task([([[1], [2]], [[3, 4]])], [[[5]]]),
        task([([[1, 2]], [[3, 4]])], [[[5]], [[5]]]),
        task([([[3, 4]], [[1, 2]])], [[[5]]]),
        task([([[1, 2]], [[3, 4]])], [[[5]]], "u"),
    ]
    assert len({digest_of_tasks([each]) for each in (one, *others)}) == 6
    assert digest_of_tasks([one, others[0]]) != digest_of_tasks([others[0], one])
    assert digest_of_tasks([one]) == digest_of_tasks([task([([[1, 2]], [[3, 4]])], [[[5]]])])
