"""What inspect measures of datasets whose content is known, and what it says about them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neural_guide.data.audit.audit import audit_store, select_for_training
from neural_guide.data.audit.findings import MEND, NOTE, STOP, format_verdict, list_findings
from neural_guide.data.generation.input_sets import turn
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import select_records, split_tasks
from neural_guide.data.store.store import open_store
from neural_guide.dsl.program import run
from support.record_strategies import make_record

SHARES = {"quality_threshold": 0.0, "val_share": 0.3, "test_share": 0.2}


def inspected(path, records, **config):
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    store = open_store(path, bad_record_limit=1.0, progress=False)
    config = DataSettings(path=str(path), **(SHARES | config))
    return store, audit_store(store, config, select_for_training(store, config, 0), lambda _: None), config


def foreign(rng, number, **changes):
    """A one-pair task of foreign names; `left` and `right` always come together."""
    grid = rng.integers(0, 10, (6, 7))
    names = [["left", "right"], ["left", "right", "third"], ["third"], ["fourth", "third"]][number % 4]
    values = {"input": grid.tolist(), "output": grid[::-1].tolist(), "primitives": names, "quality": number % 10 / 10}
    return make_record(task=f"t{number}", **(values | changes))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """200 records; then 3 copies, 2 turned and recoloured copies, 4 with output = input, 5 broken ones."""
    rng = np.random.default_rng(0)
    records = [foreign(rng, number) for number in range(200)]
    copies = [dict(records[at], task_id=f"copy{number}") for number, at in enumerate((0, 0, 7))]
    palette = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    near = []
    for at in (10, 11):
        grids = {key: turn(palette[np.array(records[at][key])], 5).tolist() for key in ("input", "output")}
        near.append(dict(records[at], task_id=f"near{at}", **grids))
    equal = [dict(foreign(rng, at), task_id=f"equal{at}") for at in range(4)]
    equal = [dict(record, output=record["input"]) for record in equal]
    wrong = dict(records[20], task_id="wrong", primitives=["fourth"])
    broken = [make_record(task=f"b{at}", quality=2) for at in range(3)] + [make_record(task="c", output=[]), "{}"]
    path = tmp_path_factory.mktemp("inspect") / "mixed.jsonl"
    return inspected(path, [*records, *copies, *near, *equal, wrong, *broken])


def test_counts_and_reasons(mixed):
    _, found, _ = mixed
    assert (found.records["seen"], found.records["kept"], found.records["set_aside"]) == (215, 210, 5)
    assert [reason["count"] for reason in found.records["reasons"]] == [3, 1, 1]
    assert found.records["reasons"][0]["examples"][0]["record"] == 210
    assert found.tasks == {"count": 210, "by_pairs": {1: 210}}
    assert found.vocabulary == {"size": 4, "ours": 0, "executable": False, "ordered": False}


def test_copies_contradictions_and_records_without_change(mixed):
    store, found, _ = mixed
    assert found.copies["exact"].records == 4  # the contradiction is a copy as well
    assert found.copies["exact"].groups == 3
    assert found.copies["exact"].largest == 3
    assert found.copies["near"].records == 2
    assert {tuple(group) for group in found.copies["near"].examples} == {(10, 203), (11, 204)}
    assert found.contradictions.records == 2
    assert found.contradictions.examples == [[20, 209]]
    assert found.equal == {"records": 4, "examples": [205, 206, 207, 208]}
    assert found.grids["equal"] == pytest.approx(4 / 210)
    for record in found.equal["examples"]:
        assert np.array_equal(*store.grids(record))


def test_labels_and_quality(mixed):
    store, found, _ = mixed
    programs = store.programs()
    assert {label.name: label.tasks for label in found.labels} == {
        name: sum(name in program for program in programs) for name in ("left", "right", "third", "fourth")
    }
    assert [label.tasks for label in found.labels] == sorted((label.tasks for label in found.labels), reverse=True)
    assert found.aliases["always_together"] == [["left", "right"]]
    assert found.aliases["inputs"] == 0  # foreign names are not executed
    assert sum(of["tasks"] for of in found.lengths.values()) == 210
    for row in found.quality:
        assert row.records == int((store.quality >= np.float32(row.threshold)).sum())
        assert row.share == row.records / 210
    assert found.quality[0].records == 210
    assert found.quality[-1].records == 0


def test_splits_are_those_of_training_and_leaks_lie_between_them(mixed):
    store, found, config = mixed
    passes = select_records(store, config, 0)
    splits = split_tasks(store, passes, config)
    assert found.splits == {
        name: {"tasks": len(splits.tasks(name)), "records": len(splits.tasks(name))}
        for name in ("train", "val", "test")
    }
    side = {int(task): name for name in ("train", "val", "test") for task in splits.tasks(name)}
    order = ["train", "val", "test"]
    for leak in found.leaks:
        sets = [{0, 200, 201}, {7, 202}, {20, 209}, *([{10, 203}, {11, 204}] if leak.kind == "near" else [])]
        expected = sum(
            side[record] == leak.split and any(side[other] == leak.known for other in group)
            for group in sets
            for record in group
        )
        assert leak.records == expected
        assert order.index(leak.known) < order.index(leak.split)
    for label in found.labels:
        for name in order:
            programs = [store.programs()[task] for task in splits.tasks(name)]
            assert getattr(label, name) == sum(label.name in program for program in programs)


def test_the_worst_is_told_first(mixed):
    _, found, _ = mixed
    told = list_findings(found)
    assert [finding.severity for finding in told] == sorted(
        (finding.severity for finding in told), key=[STOP, MEND, NOTE].index
    )
    assert told[0].severity == STOP  # 5 of 215 are more than 1 %
    assert "2.3%" in told[0].fact
    words = "\n".join(finding.fact for finding in told)
    assert "left, right are used together" in words
    assert "4 records (1.9%) have an output that equals the input" in words
    assert "5 of 215 records (2.3%) are set aside" in words
    assert "would refuse" in format_verdict(told)


def test_filters_that_nothing_passes_are_a_finding_and_no_error(tmp_path):
    rng = np.random.default_rng(1)
    records = [foreign(rng, number, quality=0.1) for number in range(30)]
    _, found, _ = inspected(tmp_path / "low.jsonl", records, quality_threshold=0.7)
    assert found.passing == 0
    assert found.leaks == []
    assert found.splits["train"]["tasks"] == 0
    assert [finding.severity for finding in list_findings(found)].count(STOP) == 1
    assert "none of 30 records passes" in list_findings(found)[0].fact


def test_a_single_record(tmp_path):
    _, found, _ = inspected(tmp_path / "one.jsonl", [make_record()])
    assert found.records["kept"] == 1
    assert found.copies["exact"].largest == 1
    told = list_findings(found)
    assert told[0].severity == STOP
    assert "val split" in told[0].fact
    json.dumps(found.as_dict())


def test_all_records_the_same(tmp_path):
    _, found, _ = inspected(tmp_path / "same.jsonl", [make_record(task=f"t{at}") for at in range(50)])
    assert found.copies["exact"].records == 49
    assert found.copies["exact"].groups == 1
    assert found.copies["near"].records == 0
    for leak in found.leaks:
        assert leak.share == 1.0
    told = list_findings(found)
    assert any("nothing to learn" in finding.fact for finding in told)
    assert any("49 records (98.0%) repeat an earlier pair" in finding.fact for finding in told)


def ours(task, program, grid):
    made = run(tuple(program), np.asarray(grid, np.uint8))
    return make_record(task=task, input=grid.tolist(), output=made.tolist(), primitives=program)


def test_primitives_of_ours_are_executed(tmp_path):
    """On inputs that are the same however they are turned, rot90 and vmirror cannot be told apart."""
    corners = [np.random.default_rng(number).integers(0, 10, (4, 4)) for number in range(40)]
    quarters = [corner + corner.T for corner in corners]
    turned = [np.block([[q, q[:, ::-1]], [q[::-1], q[::-1, ::-1]]]) % 10 for q in quarters]
    programs = (["rot90", "mirror_right"], ["vmirror", "mirror_right"])
    records = [
        ours(f"{program[0]}{number}", program, grid) for number, grid in enumerate(turned) for program in programs
    ]
    store, found, _ = inspected(tmp_path / "symmetric.jsonl", records)
    assert store.has_programs
    assert found.aliases["inputs"] == 40  # each stands in two records
    assert [set(group) for group in found.aliases["same_effect"]] == [{"rot90", "vmirror"}]
    assert set(found.aliases["no_effect"]) == {"rot90", "vmirror"}
    assert set(found.unused) == set(store.vocabulary.names) - {"rot90", "vmirror", "mirror_right"}
    told = [finding.fact for finding in list_findings(found) if finding.severity == MEND]
    assert any("give the same grids on 40 different inputs" in fact for fact in told)
    odd = [ours(f"odd{number}", ["rot90"], corner[:3] + 0) for number, corner in enumerate(corners)]
    _, found, _ = inspected(tmp_path / "odd.jsonl", [*records, *odd])
    assert (found.aliases["same_effect"], found.aliases["no_effect"]) == ([], [])


def test_names_that_are_as_many_as_tasks(mixed):
    _, found, _ = mixed
    assert not any("labels alone" in finding.fact for finding in list_findings(found))
    many = replace(found, vocabulary=found.vocabulary | {"size": 100_000_000})
    told = [finding for finding in list_findings(many) if "labels alone would take 20 GiB" in finding.fact]
    assert [finding.severity for finding in told] == [MEND]
