"""Tasks of the whole language: the same bytes for a seed, and words that explain the pairs."""

import numpy as np
import pytest

from neural_guide.arc.grid import is_equal
from neural_guide.data.format.validation import decode_record
from neural_guide.data.generation.generator import LANGUAGE_DSL, generate_records
from neural_guide.data.generation.language.cell_targets import draw_piece_program
from neural_guide.data.generation.language.draws import explain_briefly
from neural_guide.data.generation.language.held_out import generate_held_out_language_tasks
from neural_guide.data.generation.language.solved_tasks import draw_concept_task, draw_real_task, explain_task
from neural_guide.data.generation.language.targets import LanguageTarget, select_outputs
from neural_guide.data.generation.language.unit_targets import draw_unit_rule
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.store.store import open_store
from neural_guide.errors import UserError
from neural_guide.search.unit_rules.rule import apply_unit_rule
from neural_guide.search.words import LANGUAGE
from support.input_sets import draw_input_sets

RNG = np.random.default_rng
INPUT_SETS = draw_input_sets(30, 4, seed=5, cells=120)


def test_the_same_records_for_a_seed_whatever_the_processes(tmp_path):
    settings = GeneratorSettings(samples=24, learn_from=None)
    lines = list(generate_records(settings, seed=3, dsl=LANGUAGE_DSL))
    assert list(generate_records(settings, seed=3, dsl=LANGUAGE_DSL)) == lines
    assert list(generate_records(settings, seed=4, dsl=LANGUAGE_DSL)) != lines
    path = tmp_path / "language.json"
    path.write_bytes(b"[" + b",".join(lines) + b"]")
    store = open_store(path, progress=False)
    assert store.vocabulary == LANGUAGE
    assert not store.has_programs
    assert not store.violations.n_set_aside
    for record in map(decode_record, lines):
        assert sum(word.startswith("form: ") for word in record.primitives) in (1, 2)  # a rule may have stages


def test_a_drawn_rule_over_units_makes_its_outputs():
    made = 0
    for seed, inputs in enumerate(INPUT_SETS):
        drawn = draw_unit_rule(inputs, RNG(seed))
        outputs = None if drawn is None else select_outputs(inputs, drawn[1])
        if drawn is None or outputs is None:
            continue
        made += 1
        for grid, output in zip(inputs, outputs, strict=True):
            applied = apply_unit_rule(drawn[0], grid)
            assert applied is not None
            assert is_equal(applied, output)
    assert made > 3


def test_outputs_that_teach_nothing_are_refused():
    inputs = INPUT_SETS[0]
    turned = [np.rot90(grid).copy() for grid in inputs]
    assert select_outputs(inputs, turned) is not None
    assert select_outputs(inputs, [*turned[:-1], None]) is None
    assert select_outputs(inputs, [*turned[:-1], inputs[-1]]) is None
    assert select_outputs(inputs, [turned[0]] * len(inputs)) is None
    assert select_outputs(inputs, [*turned[:-1], np.zeros_like(turned[-1])]) is None
    assert select_outputs(inputs, [*turned[:-1], np.ones((31, 2), np.uint8)]) is None


def test_a_cheaper_explanation_gives_the_words():
    """A rule over units that turns every grid is a program of one step."""
    inputs = tuple(INPUT_SETS[1])
    target = LanguageTarget(inputs, tuple(np.rot90(grid).copy() for grid in inputs), ("form: units", "unit: object"))
    assert explain_briefly(target).words == ("rot90", "form: program")


def test_programs_on_pieces_run():
    results = [draw_piece_program(INPUT_SETS[seed % 30], RNG(seed)) for seed in range(60)]
    assert all(program[0].startswith("cut_") for program, _ in results)
    assert sum(all(grid is not None for grid in grids) for _, grids in results) > 10


def test_solved_tasks_are_learned_from_with_the_words_of_the_right_explanation():
    target, again = (explain_task(draw_real_task("arc1-training", RNG(15))) for _ in range(2))
    assert target.words == again.words
    for entry in (target, *(explain_task(draw_concept_task(RNG(seed))) for seed in (1, 2))):
        assert all(word in LANGUAGE for word in entry.words)
        assert len(entry.inputs) == len(entry.outputs) >= 3


def test_a_collection_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match=r"generate\.learn_from=arc9.*arc1-training-a"):
        list(generate_records(GeneratorSettings(samples=4, learn_from="arc9"), dsl=LANGUAGE_DSL))


def test_held_out_tasks_depend_on_their_seed_and_number_alone():
    first, again, fewer, others = (
        [(entry.form, *_list_cells(entry)) for entry in generate_held_out_language_tasks(count, seed, 1)]
        for count, seed in ((3, 5), (3, 5), (2, 5), (3, 6))
    )
    assert first == again
    assert first[:2] == fewer
    assert set(first).isdisjoint(others)


def _list_cells(entry):
    task, answers = entry.arc_task.task, entry.arc_task.answers
    assert len(task.test_inputs) == len(answers) == 1
    return (*(pair.output.tobytes() for pair in task.pairs), answers[0].tobytes())
