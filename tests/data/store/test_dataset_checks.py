"""Checks of the whole dataset: names, programs, labels and duplicate pairs."""

import json

import numpy as np
import pytest

from neural_guide.data.format import replay
from neural_guide.data.format.violations import RULE_DUPLICATE, RULE_LABELS, RULE_NAMES, RULE_REPLAY, Violations
from neural_guide.data.store import dataset_checks, staging
from neural_guide.data.store.build import build_files
from neural_guide.data.store.store import open_store
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import V2, WIDE
from neural_guide.errors import UserError
from support.record_strategies import make_record, write_values


def make_ours(number, task=None, **changes):
    """Make a record whose program is ours and replays: `make_record` mirrors its input."""
    return make_record(number, task or f"t{number}", primitives=["vmirror"]) | changes


def make_wrong(number, task=None, name="vmirror"):
    """Make a record whose program is ours and gives another output."""
    return make_ours(number, task, primitives=[name], output=[[9]])


def build(tmp_path, values, **options):
    """Build the files; return their meta data and the violations."""
    folder = tmp_path / f"built-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    meta = build_files(write_values(tmp_path / "data.json", values), folder, lambda _: None, **options)
    return meta, Violations.from_dict(json.loads(json.dumps(meta["faults"])))


def assert_example(tmp_path, violations, rule, record, *facts):
    """Check number, position and facts of the first example of a rule."""
    example = violations.examples[rule][0]
    assert example.record == record
    content = (tmp_path / "data.json").read_bytes()
    assert content[: example.byte].count(b'"input"') == record
    assert content[example.byte :].startswith(b"{")
    for fact in facts:
        assert fact in example.fact


def test_a_few_foreign_names_among_ours_are_mistakes(tmp_path):
    values = [make_ours(number) for number in range(200)]
    values[70]["primitives"] = ["vmirror", "vmiror"]
    values[90]["primitives"] = ["rotate"]
    meta, violations = build(tmp_path, values)
    assert meta["vocabulary"] == list(V2.names)
    assert meta["ordered"]
    assert (meta["records"], meta["tasks"]) == (198, 198)
    assert violations.counts == {RULE_NAMES: 2}
    assert_example(tmp_path, violations, RULE_NAMES, 70, '"vmiror"')


def test_many_names_of_wide_make_the_vocabulary_wide(tmp_path):
    values = [make_ours(number) for number in range(200)]
    values[70] |= {"primitives": ["hmirror"], "output": values[70]["input"][::-1]}
    meta, violations = build(tmp_path, values)
    assert meta["vocabulary"] == list(V2.names)
    assert_example(tmp_path, violations, RULE_NAMES, 70, '"hmirror"')
    for number in range(100, 110):
        values[number] |= {"primitives": ["hmirror"], "output": values[number]["input"][::-1]}
    meta, violations = build(tmp_path, values)
    assert meta["vocabulary"] == list(WIDE.names)
    assert meta["ordered"]
    assert (meta["records"], violations.n_set_aside) == (200, 0)


def test_more_foreign_names_make_a_foreign_vocabulary(tmp_path):
    values = [make_ours(number) for number in range(200)]
    for number in (70, 90, 110):
        values[number]["primitives"] = ["rotate"]
    meta, violations = build(tmp_path, values)
    assert meta["vocabulary"] == ["rotate", "vmirror"]
    assert not meta["ordered"]
    assert meta["records"] == 200
    assert not violations.counts
    assert not violations.notes


def test_record_whose_program_makes_another_output_is_set_aside(tmp_path):
    values = [make_ours(number) for number in range(100)]
    values[42] = make_wrong(42)
    meta, violations = build(tmp_path, values)
    assert meta["ordered"]
    assert meta["records"] == 99
    assert violations.counts == {RULE_REPLAY: 1}
    assert_example(tmp_path, violations, RULE_REPLAY, 42, '"vmirror" makes another output')
    with pytest.raises(UserError, match=r"data\.check_replay=false"):
        violations.check(0)


def test_program_that_does_not_apply_or_is_endless_is_set_aside(tmp_path):
    values = [make_ours(number) for number in range(10)]
    values[3] = make_ours(3, primitives=["crop_content"], input=[[0]], output=[[0]])
    values[5] = make_ours(5, primitives=["vmirror"] * (replay.MAX_STEPS + 1))
    values[6] = make_ours(6, primitives=["vmirror"] * (replay.MAX_STEPS - 1))
    meta, violations = build(tmp_path, values)
    assert meta["records"] == 8
    assert [example.record for example in violations.examples[RULE_REPLAY]] == [3, 5]
    assert "more than 100 names" in violations.examples[RULE_REPLAY][1].fact


def test_mismatches_are_kept_where_the_check_is_off(tmp_path):
    values = [make_ours(number) if number > 3 else make_wrong(number) for number in range(100)]
    meta, violations = build(tmp_path, values, check_replay=False)
    assert (meta["records"], meta["ordered"]) == (100, True)
    assert not violations.counts
    values[4:7] = [make_wrong(number) for number in range(4, 7)]
    assert build(tmp_path, values, check_replay=False)[0]["ordered"] is False


@pytest.mark.parametrize(("mismatches", "other_meaning"), [(50, False), (51, True), (100, True)])
def test_if_most_programs_do_not_replay_names_mean_other_things(tmp_path, mismatches, other_meaning):
    values = [make_wrong(number) if number < mismatches else make_ours(number) for number in range(100)]
    meta, violations = build(tmp_path, values)
    assert meta["vocabulary"] == list(V2.names)
    assert meta["ordered"] is not other_meaning
    assert meta["records"] == (100 if other_meaning else 100 - mismatches)
    assert violations.n_set_aside == (0 if other_meaning else mismatches)
    if other_meaning:
        assert f"{mismatches} of 100 records" in violations.summarize()
        assert "the names mean something else here" in violations.summarize()


def test_a_pair_that_stands_twice_in_its_task_is_kept_once(tmp_path):
    values = [make_ours(number, f"t{number % 4}") for number in range(20)]
    values[13] = values[5] | {"quality": 0.1}
    values[14] = make_ours(0, "t2")  # the same pair in another task
    values.append(values[5])
    meta, violations = build(tmp_path, values)
    assert meta["records"] == 19
    assert violations.counts == {RULE_DUPLICATE: 2}
    assert_example(tmp_path, violations, RULE_DUPLICATE, 13, 'the same pair stands in task "t1" before')


def test_the_same_cells_in_another_shape_are_another_pair(tmp_path):
    grids = [[[1, 2], [3, 4]], [[1, 2, 3, 4]], [[1], [2], [3], [4]]]
    values = [make_record(task="t", input=one, output=other) for one in grids for other in grids]
    assert build(tmp_path, values)[0]["records"] == 9


def test_a_record_set_aside_for_itself_counts_for_no_other(tmp_path):
    values = [make_ours(number) for number in range(300)]
    values[0] = make_wrong(1, "a", "rot90")  # neither gives its task its labels
    values[1] = make_ours(1, "a")
    values[2] = make_ours(1, "b", primitives=["mirrored"])  # nor is the first of two equal pairs
    values[3] = make_ours(1, "b")
    values[4] = make_ours(2, "c", primitives=["vmirror", "vmirror", "vmirror"])  # the same set is the same label
    values[5] = make_ours(3, "c")
    turned = run(("rot90",), np.array(values[6]["input"], np.uint8)).tolist()
    values[6] = make_ours(6, "c", output=turned, primitives=["rot90"])
    meta, violations = build(tmp_path, values)
    numbers = {rule: [example.record for example in examples] for rule, examples in violations.examples.items()}
    assert numbers == {RULE_REPLAY: [0], RULE_NAMES: [2], RULE_LABELS: [6]}
    assert meta["records"] == 297
    assert meta["tasks"] == 300 - 7 + 3


def test_too_many_names_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(replay, "MAX_NAMES", 20)
    values = [make_record(number, f"t{number}", primitives=[f"name {number}"]) for number in range(21)]
    assert len(build(tmp_path, values[:20])[0]["vocabulary"]) == 20
    with pytest.raises(UserError, match="more than 20 different names"):
        build(tmp_path, values)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_equal_keys_are_found_however_few_are_sorted_at_once(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(dataset_checks, "SORTED_AT_ONCE", at_once)
    monkeypatch.setattr(staging, "PIECE_ROWS", 5)
    values = [
        make_ours(number, f"t{number % 11}", input=[[number % 3, 1]], output=[[1, number % 3]]) for number in range(60)
    ]
    values += [make_wrong(60, "t3"), make_ours(61, "t4", primitives=["hmirror", "rot180"])]
    store = open_store(
        write_values(tmp_path / "data.json", values), bad_record_limit=1, check_replay=False, progress=False
    )
    seen, expected = set(), []
    for number in range(60):
        if (pair := (number % 11, number % 3)) not in seen:
            seen.add(pair)
            expected.append(number % 11)
    expected.append(3)  # another pair of task t3, by its labels
    assert store.task_of.tolist() == expected
    assert store.violations.counts == {RULE_DUPLICATE: 60 - len(seen), RULE_LABELS: 1}
