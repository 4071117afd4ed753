"""The journal: what it stores, what a kill costs, what it refuses."""

import json
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.arc.task import Pair, Task
from neural_guide.errors import UserError
from neural_guide.harness.journal import JOURNAL_NAME, Journal, has_journal_of, hash_tasks
from neural_guide.harness.task_results import CandidateResult, SearchResult, TaskResult
from neural_guide.search.answers import Answer
from neural_guide.search.cell_rules.feature import CONTENT, ProgramFeature
from neural_guide.search.cell_rules.rule import Case, CellRule
from neural_guide.search.unit_rules.arguments import Action
from neural_guide.search.unit_rules.arrangement import LAYING
from neural_guide.search.unit_rules.picking import LEAVE
from neural_guide.search.unit_rules.rule import UnitCase, UnitRule
from neural_guide.search.unit_rules.stages import StagedRule
from support.strategies import grids

ABOUT = {"settings": [1, 0.5, "uniform"], "tasks": ["arc1-training", "f00d"]}
SECONDS = st.floats(0, 1e6)
ANSWERS = st.lists(grids().map(lambda grid: grid.tolist()), min_size=1, max_size=2).map(tuple)
RELABELLINGS = st.none() | st.lists(st.integers(0, 9), min_size=10, max_size=10).map(tuple)
PROGRAMS = st.lists(st.sampled_from(["rot90", "hollow"]), max_size=4).map(tuple)
VALUES = st.lists(st.integers(0, 255), max_size=3).map(tuple)
CELL_RULES = st.builds(
    CellRule,
    st.lists(st.builds(ProgramFeature, PROGRAMS, st.just(CONTENT)), max_size=2).map(tuple),
    st.lists(st.builds(Case, VALUES, st.integers(0, 9)), max_size=2).map(tuple),
)
ACTIONS = st.builds(
    Action,
    st.sampled_from(["move by", LAYING[0], LEAVE]),
    st.lists(st.integers(-9, 9) | st.sampled_from(["own colour", "up"]), max_size=5).map(tuple),
)
UNIT_RULES = st.builds(
    UnitRule,
    st.sampled_from(["object", "panel"]),
    st.lists(st.sampled_from(["size", "is inside 3"]), max_size=3).map(tuple),
    st.lists(st.builds(UnitCase, VALUES, ACTIONS), max_size=3).map(tuple),
)
STAGED_RULES = st.builds(StagedRule, PROGRAMS, st.lists(UNIT_RULES, min_size=1, max_size=2).map(tuple))
CANDIDATES = st.builds(
    CandidateResult,
    PROGRAMS,
    RELABELLINGS,
    ANSWERS,
    st.integers(0, 10**9),
    SECONDS,
    rule=st.none() | CELL_RULES | STAGED_RULES,
)
ANSWER = st.builds(Answer, st.integers(0, 1), st.floats(0, 1))
SEARCHES = st.builds(
    SearchResult,
    candidates=st.lists(CANDIDATES, max_size=2).map(tuple),
    answers=st.lists(st.lists(ANSWER, max_size=2).map(tuple), max_size=2).map(tuple),
    nodes=st.integers(0, 10**9),
    seconds=SECONDS,
    stop_reason=st.sampled_from(["answered", "exhausted", "nodes"]),
    query_count=st.integers(0, 99),
    state_count=st.integers(0, 99),
)
PROBABILITIES = st.lists(st.floats(0, 1), max_size=3).map(tuple)
RESULTS = st.builds(TaskResult, st.text(), st.none() | SEARCHES, st.none() | SEARCHES, PROBABILITIES, st.text())


@settings(max_examples=40, deadline=None)  # each adds to the disk
@given(st.lists(RESULTS, max_size=4, unique_by=lambda result: result.task_id))
def test_added_results_are_read_back(results):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), ABOUT)
        for result in results:
            journal.add(result)
        assert list(Journal(Path(folder), ABOUT).results.values()) == results


def test_grids_survive_the_round_trip():
    grid = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8)
    result = TaskResult(
        "t", SearchResult((CandidateResult((), None, (grid.tolist(),), 0, 0.0),), (), 0, 0.0, "nodes", 0, 0)
    )
    decoded = msgspec.json.decode(msgspec.json.encode(result), type=TaskResult).search.candidates[0].to_grids()[0]
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, grid)


def test_the_names_in_the_file_are_those_of_older_versions():
    result = TaskResult("t", SearchResult((CandidateResult((), None, (), 0, 0.0),), (), 0, 0.0, "nodes", 0, 0))
    fields = json.loads(msgspec.json.encode(result))
    assert [*fields] == ["task", "search", "unguided", "chances", "failure"]
    assert [*fields["search"]] == ["found", "answers", "nodes", "seconds", "stopped", "asked", "states"]
    assert [*fields["search"]["found"][0]] == [
        *("program", "colours", "answers", "nodes", "seconds", "parts", "rule", "form", "cost", "support"),
        *("families", "evidence"),
    ]


def test_cut_at_any_byte_it_keeps_the_complete_lines(tmp_path):
    """A result added afterwards stands on a line of its own."""
    journal = Journal(tmp_path, ABOUT)
    for task_id in ("a", "b\n\r\u2028", "c"):
        journal.add(TaskResult(task_id, failure="crashed"))
    content = journal.path.read_bytes()
    header_length = content.index(b"\n")
    for length in range(header_length + 1, len(content)):
        journal.path.write_bytes(content[:length])
        resumed = Journal(tmp_path, ABOUT)
        lacks_line_end_only = content[length : length + 1] == b"\n"
        complete = content[:length].count(b"\n") - 1 + lacks_line_end_only
        assert len(resumed.results) == complete
        resumed.add(TaskResult("new"))
        assert [*Journal(tmp_path, ABOUT).results][-1] == "new"
        assert len(Journal(tmp_path, ABOUT).results) == complete + 1
    assert [path.name for path in tmp_path.iterdir()] == [JOURNAL_NAME]


def test_without_a_complete_header_it_is_left_alone(tmp_path):
    journal = Journal(tmp_path, ABOUT)
    cut = journal.path.read_bytes()[:-5]
    journal.path.write_bytes(cut)
    with pytest.raises(UserError, match="not overwritten"):
        Journal(tmp_path, ABOUT)
    assert journal.path.read_bytes() == cut


@pytest.mark.parametrize("other", [ABOUT | {"settings": [2]}, ABOUT | {"tasks": ["arc1-training", "beef"]}, {}])
def test_other_settings_and_tasks_are_refused(other, tmp_path):
    Journal(tmp_path, ABOUT).add(TaskResult("a"))
    content = (tmp_path / JOURNAL_NAME).read_bytes()
    with pytest.raises(UserError, match="other settings, other tasks or another guide"):
        Journal(tmp_path, other)
    assert (tmp_path / JOURNAL_NAME).read_bytes() == content
    assert has_journal_of(tmp_path, dict(reversed(ABOUT.items())))  # the order of keys does not matter


def test_task_hashes_depend_on_every_cell_shape_and_order():
    def make_task(pairs, tests, task_id="t"):
        arrays = tuple(Pair(np.array(one, np.uint8), np.array(two, np.uint8)) for one, two in pairs)
        return Task(task_id, arrays, tuple(np.array(test, np.uint8) for test in tests))

    task = make_task([([[1, 2]], [[3, 4]])], [[[5]]])
    others = [
        make_task([([[1, 2]], [[3, 5]])], [[[5]]]),
        make_task([([[1], [2]], [[3, 4]])], [[[5]]]),
        make_task([([[1, 2]], [[3, 4]])], [[[5]], [[5]]]),
        make_task([([[3, 4]], [[1, 2]])], [[[5]]]),
        make_task([([[1, 2]], [[3, 4]])], [[[5]]], "u"),
    ]
    assert len({hash_tasks([distinct]) for distinct in (task, *others)}) == 6
    assert hash_tasks([task, others[0]]) != hash_tasks([others[0], task])
    assert hash_tasks([task]) == hash_tasks([make_task([([[1, 2]], [[3, 4]])], [[[5]]])])
