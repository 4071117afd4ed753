"""Drawing of whole tasks of concepts, and the checks that they pass."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal, is_grid
from neural_guide.arc.task import Pair
from neural_guide.data import task_sources
from neural_guide.data.generation.concepts import tasks
from neural_guide.data.generation.concepts.catalogue import CONCEPTS
from neural_guide.data.generation.concepts.checks import find_fault, list_rivals
from neural_guide.data.generation.concepts.concept import Concept
from neural_guide.data.generation.concepts.families.sides import RecolourBySide, RemoveBelowLine
from neural_guide.data.generation.concepts.tasks import N_TESTS, draw_task, draw_tasks
from neural_guide.data.task_sources import open_tasks


def list_grids(task):
    return [*(grid for pair in task.task.pairs for grid in (pair.input, pair.output)), *task.task.test_inputs]


def check_task(task):
    assert 2 <= len(task.task.pairs) <= 5
    assert len(task.answers) == len(task.task.test_inputs) == N_TESTS
    assert all(is_grid(grid) and grid.flags.c_contiguous for grid in (*list_grids(task), *task.answers))
    tests = [Pair(*pair) for pair in zip(task.task.test_inputs, task.answers, strict=True)]
    examples = [*task.task.pairs, *tests]
    assert not any(is_equal(pair.input, pair.output) for pair in examples)
    assert len({(pair.input.shape, pair.input.tobytes()) for pair in examples}) == len(examples)
    assert len({(pair.output.shape, pair.output.tobytes()) for pair in task.task.pairs}) > 1


@pytest.fixture(scope="module")
def suite():
    """The collection `concepts` with one task of each concept, by concept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_sources, "TASKS_PER_CONCEPT", 1)
        return {task.task.task_id.rpartition("-")[0]: task for task in open_tasks("concepts").tasks}


def test_the_collection_has_tasks_of_every_concept(suite):
    assert list(suite) == list(CONCEPTS)


@pytest.mark.parametrize("name", CONCEPTS)
def test_tasks_are_valid(name, suite):
    check_task(suite[name])


@pytest.mark.soak
@pytest.mark.parametrize("name", CONCEPTS)
def test_the_whole_suite_is_valid_and_has_no_task_twice(name):
    drawn = draw_tasks([name])
    for task in drawn:
        check_task(task)
    assert len({b"".join(grid.tobytes() for grid in list_grids(task)) for task in drawn}) == tasks.PER_CONCEPT


def digest(drawn):
    grids = [grid for task in drawn for grid in (*list_grids(task), *task.answers)]
    return hashlib.sha256(b"".join(bytes(grid.shape) + grid.tobytes() for grid in grids)).hexdigest()


def test_a_task_depends_on_seed_name_and_number_alone():
    names = ["remove_outside", "fall"]
    drawn = draw_tasks(names, 2, seed=5)
    assert [task.task.task_id for task in drawn] == ["remove_outside-000", "remove_outside-001", "fall-000", "fall-001"]
    assert digest([draw_task("fall", 1, 5)]) == digest(drawn[3:])
    assert digest(drawn).startswith("b274a9e84f83e067")  # the same on every machine; another rule or look changes it
    others = [draw_task("fall", 0, 5), draw_task("fall", 1, 6), draw_task("gather_around", 1, 5)]
    assert len({digest(drawn[3:]), *(digest([task]) for task in others)}) == 4


def test_a_concept_without_a_valid_task_is_named(monkeypatch):
    monkeypatch.setattr(RemoveBelowLine, "draw_input", lambda *_: None)
    with pytest.raises(RuntimeError, match="concept remove_below_line, task 7, seed 1: no valid task"):
        draw_task("remove_below_line", 7, seed=1)


def make_pair(concept, *rows):
    grid = np.array(rows, dtype=np.uint8)
    return Pair(grid, concept.apply(grid))


CONCEPT = RecolourBySide(line=5, above=3, below=4)
OTHERS = [RecolourBySide(line=6, above=7, below=8)]
BOTH = [make_pair(CONCEPT, [1, 0], [5, 5], [0, place]) for place in (1, 2)]
ABOVE = [make_pair(CONCEPT, *([[0, colour]] * rows), [5, 5], [0, 0]) for rows, colour in ((1, 1), (2, 2))]


def test_a_task_that_shows_its_rule_has_no_fault():
    tests = [make_pair(CONCEPT, [0, 1], [5, 5], [1, 0]), make_pair(CONCEPT, [1, 1], [5, 5], [0, 1])]
    assert find_fault(CONCEPT, BOTH + ABOVE, tests, OTHERS) == ""
    assert find_fault(CONCEPT, BOTH + ABOVE, [*tests, BOTH[0]], OTHERS) == "an input occurs twice"


def test_pairs_must_show_each_parameter_and_colour():
    tests = [make_pair(CONCEPT, [1, value], [5, 5], [0, 0]) for value in (0, 1)]
    assert find_fault(CONCEPT, ABOVE, tests, OTHERS) == "hidden"  # `below` is never seen
    below = [make_pair(CONCEPT, [1, value], [5, 5], [1, 0]) for value in (0, 1)]
    assert find_fault(CONCEPT, ABOVE, below, OTHERS) == "a colour is not shown"
    constant = [make_pair(CONCEPT, [value, 0], [5, 5], [0, 1]) for value in (1, 2)]
    assert find_fault(CONCEPT, constant, tests, OTHERS) == "all outputs are equal"


@dataclass(frozen=True)
class Flip(Concept):
    """A rule with two cases: rows of two cells are flipped, others are recoloured."""

    palette: tuple[int, int]
    cases = frozenset({"flat", "tall"})

    def draw_input(self, look, rng):
        raise NotImplementedError

    def apply(self, grid):
        return grid[:, ::-1].copy() if len(grid) == 1 else np.where(grid == 1, *map(np.uint8, self.palette))

    def list_cases(self, grid):
        return frozenset({"flat" if len(grid) == 1 else "tall"})


def test_pairs_must_show_every_case():
    concept = Flip((3, 4))
    flat = [make_pair(concept, [1, value]) for value in (2, 3, 4, 5)]
    assert find_fault(concept, flat[:2], flat[2:], []) == "a case is not shown"
    tall = [make_pair(concept, [1, value], [value, 2]) for value in (2, 3)]
    assert find_fault(concept, [*flat[:2], *tall], flat[2:], []) == ""


def test_rivals_differ_in_one_value():
    rivals = list(list_rivals(Flip((3, 4)), [Flip((5, 4)), Flip((6, 7))]))
    assert [[rival.palette for rival in row] for row in rivals] == [[(5, 4), (6, 4)], [(3, 7)]]
    assert [len(row) for row in list_rivals(CONCEPT, OTHERS)] == [1, 1, 1]
