"""Results and findings of audits of datasets with known content."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neural_guide.data.audit.audit import audit_store, select_for_training
from neural_guide.data.audit.findings import MEND, NOTE, STOP, format_verdict, list_findings
from neural_guide.data.generation.input_sets import apply_symmetry
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import select_records, split_tasks
from neural_guide.data.store.store import open_store
from neural_guide.dsl.program import run
from support.record_strategies import make_record

SHARES = {"quality_threshold": 0.0, "val_share": 0.3, "test_share": 0.2}


def audit_records(path, records, **config):
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records))
    store = open_store(path, bad_record_limit=1.0, progress=False)
    config = DataSettings(path=str(path), **(SHARES | config))
    return store, audit_store(store, config, select_for_training(store, config, 0), lambda _: None), config


def make_foreign_record(rng, number, **changes):
    """A record of a one-pair task of foreign names; `left` and `right` always occur together."""
    grid = rng.integers(0, 10, (6, 7))
    names = [["left", "right"], ["left", "right", "third"], ["third"], ["fourth", "third"]][number % 4]
    values = {"input": grid.tolist(), "output": grid[::-1].tolist(), "primitives": names, "quality": number % 10 / 10}
    return make_record(task=f"t{number}", **(values | changes))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """200 records, 3 copies, 2 copies up to symmetry and colours, 4 with output = input, 1 contradiction, 5 invalid."""
    rng = np.random.default_rng(0)
    records = [make_foreign_record(rng, number) for number in range(200)]
    copies = [dict(records[original], task_id=f"copy{number}") for number, original in enumerate((0, 0, 7))]
    palette = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    near = []
    for original in (10, 11):
        grids = {
            key: apply_symmetry(palette[np.array(records[original][key])], 5).tolist() for key in ("input", "output")
        }
        near.append(dict(records[original], task_id=f"near{original}", **grids))
    equal = [dict(make_foreign_record(rng, number), task_id=f"equal{number}") for number in range(4)]
    equal = [dict(record, output=record["input"]) for record in equal]
    contradiction = dict(records[20], task_id="wrong", primitives=["fourth"])
    broken = [make_record(task=f"b{number}", quality=2) for number in range(3)] + [
        make_record(task="c", output=[]),
        "{}",
    ]
    path = tmp_path_factory.mktemp("inspect") / "mixed.jsonl"
    return audit_records(path, [*records, *copies, *near, *equal, contradiction, *broken])


def test_counts_and_reasons(mixed):
    _, results, _ = mixed
    assert (results.records["seen"], results.records["kept"], results.records["set_aside"]) == (215, 210, 5)
    assert [reason["count"] for reason in results.records["reasons"]] == [3, 1, 1]
    assert results.records["reasons"][0]["examples"][0]["record"] == 210
    assert results.tasks == {"count": 210, "by_pairs": {1: 210}}
    assert results.vocabulary == {"size": 4, "ours": 0, "executable": False, "ordered": False}


def test_copies_contradictions_and_records_without_change(mixed):
    store, results, _ = mixed
    assert results.copies["exact"].records == 4  # the contradiction is a copy as well
    assert results.copies["exact"].groups == 3
    assert results.copies["exact"].largest == 3
    assert results.copies["near"].records == 2
    assert {tuple(group) for group in results.copies["near"].examples} == {(10, 203), (11, 204)}
    assert results.contradictions.records == 2
    assert results.contradictions.examples == [[20, 209]]
    assert results.equal == {"records": 4, "examples": [205, 206, 207, 208]}
    assert results.grids["equal"] == pytest.approx(4 / 210)
    for record in results.equal["examples"]:
        assert np.array_equal(*store.grids(record))


def test_labels_and_quality(mixed):
    store, results, _ = mixed
    programs = store.programs()
    assert {label.name: label.tasks for label in results.labels} == {
        name: sum(name in program for program in programs) for name in ("left", "right", "third", "fourth")
    }
    assert [label.tasks for label in results.labels] == sorted((label.tasks for label in results.labels), reverse=True)
    assert results.aliases["always_together"] == [["left", "right"]]
    assert results.aliases["inputs"] == 0  # foreign names are not executed
    assert sum(counts["tasks"] for counts in results.lengths.values()) == 210
    for row in results.quality:
        assert row.records == int((store.quality >= np.float32(row.threshold)).sum())
        assert row.share == row.records / 210
    assert results.quality[0].records == 210
    assert results.quality[-1].records == 0


def test_splits_are_those_of_training_and_have_the_right_leaks(mixed):
    store, results, config = mixed
    selected = select_records(store, config, 0)
    splits = split_tasks(store, selected, config)
    assert results.splits == {
        name: {"tasks": len(splits.tasks(name)), "records": len(splits.tasks(name))}
        for name in ("train", "val", "test")
    }
    split_by_task = {int(task): name for name in ("train", "val", "test") for task in splits.tasks(name)}
    order = ["train", "val", "test"]
    for leak in results.leaks:
        sets = [{0, 200, 201}, {7, 202}, {20, 209}, *([{10, 203}, {11, 204}] if leak.kind == "near" else [])]
        expected = sum(
            split_by_task[record] == leak.split and any(split_by_task[other] == leak.known for other in group)
            for group in sets
            for record in group
        )
        assert leak.records == expected
        assert order.index(leak.known) < order.index(leak.split)
    for label in results.labels:
        for name in order:
            programs = [store.programs()[task] for task in splits.tasks(name)]
            assert getattr(label, name) == sum(label.name in program for program in programs)


def test_findings_are_listed_worst_first(mixed):
    _, results, _ = mixed
    listed = list_findings(results)
    assert [finding.severity for finding in listed] == sorted(
        (finding.severity for finding in listed), key=[STOP, MEND, NOTE].index
    )
    assert listed[0].severity == STOP  # 5 of 215 are more than 1 %
    assert "2.3%" in listed[0].fact
    facts = "\n".join(finding.fact for finding in listed)
    assert "left, right are used together" in facts
    assert "4 records (1.9%) have an output that equals the input" in facts
    assert "5 of 215 records (2.3%) are set aside" in facts
    assert "would refuse" in format_verdict(listed)


def test_filters_without_matching_records_are_a_finding(tmp_path):
    rng = np.random.default_rng(1)
    records = [make_foreign_record(rng, number, quality=0.1) for number in range(30)]
    _, results, _ = audit_records(tmp_path / "low.jsonl", records, quality_threshold=0.7)
    assert results.passing == 0
    assert results.leaks == []
    assert results.splits["train"]["tasks"] == 0
    assert [finding.severity for finding in list_findings(results)].count(STOP) == 1
    assert "none of 30 records passes" in list_findings(results)[0].fact


def test_a_single_record(tmp_path):
    _, results, _ = audit_records(tmp_path / "one.jsonl", [make_record()])
    assert results.records["kept"] == 1
    assert results.copies["exact"].largest == 1
    listed = list_findings(results)
    assert listed[0].severity == STOP
    assert "val split" in listed[0].fact
    json.dumps(results.as_dict())


def test_all_records_the_same(tmp_path):
    _, results, _ = audit_records(tmp_path / "same.jsonl", [make_record(task=f"t{number}") for number in range(50)])
    assert results.copies["exact"].records == 49
    assert results.copies["exact"].groups == 1
    assert results.copies["near"].records == 0
    for leak in results.leaks:
        assert leak.share == 1.0
    listed = list_findings(results)
    assert any("nothing to learn" in finding.fact for finding in listed)
    assert any("49 records (98.0%) repeat an earlier pair" in finding.fact for finding in listed)


def make_program_record(task, program, grid):
    output = run(tuple(program), np.asarray(grid, np.uint8))
    return make_record(task=task, input=grid.tolist(), output=output.tolist(), primitives=program)


def test_known_primitives_are_executed(tmp_path):
    """On inputs that no symmetry changes, rot90 and vmirror have the same effect."""
    corners = [np.random.default_rng(number).integers(0, 10, (4, 4)) for number in range(40)]
    quarters = [corner + corner.T for corner in corners]
    symmetric = [np.block([[q, q[:, ::-1]], [q[::-1], q[::-1, ::-1]]]) % 10 for q in quarters]
    programs = (["rot90", "mirror_right"], ["vmirror", "mirror_right"])
    records = [
        make_program_record(f"{program[0]}{number}", program, grid)
        for number, grid in enumerate(symmetric)
        for program in programs
    ]
    store, results, _ = audit_records(tmp_path / "symmetric.jsonl", records)
    assert store.has_programs
    assert results.aliases["inputs"] == 40  # each is in two records
    assert [set(group) for group in results.aliases["same_effect"]] == [{"rot90", "vmirror"}]
    assert set(results.aliases["no_effect"]) == {"rot90", "vmirror"}
    assert set(results.unused) == set(store.vocabulary.names) - {"rot90", "vmirror", "mirror_right"}
    listed = [finding.fact for finding in list_findings(results) if finding.severity == MEND]
    assert any("give the same grids on 40 different inputs" in fact for fact in listed)
    odd = [make_program_record(f"odd{number}", ["rot90"], corner[:3] + 0) for number, corner in enumerate(corners)]
    _, results, _ = audit_records(tmp_path / "odd.jsonl", [*records, *odd])
    assert (results.aliases["same_effect"], results.aliases["no_effect"]) == ([], [])


def test_labels_that_need_too_much_memory_are_a_finding(mixed):
    _, results, _ = mixed
    assert not any("labels alone" in finding.fact for finding in list_findings(results))
    many = replace(results, vocabulary=results.vocabulary | {"size": 100_000_000})
    listed = [finding for finding in list_findings(many) if "labels alone would take 20 GiB" in finding.fact]
    assert [finding.severity for finding in listed] == [MEND]
