"""The benchmarks, run as a user runs them, on little."""

import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from neural_guide.tasks.records import Faults, read_records

FOLDER = Path(__file__).parents[1] / "benchmarks" / "data_path"
CONTENDERS = ("ours", "json")


@pytest.fixture(scope="module")
def outcome(dataset, tmp_path_factory) -> dict:
    """400 records, one repeat."""
    folder = tmp_path_factory.mktemp("bench")
    few = ["--records", "400", "--repeats", "1", "--seconds", "0", "--sizes", "generated", "--contenders", *CONTENDERS]
    done = subprocess.run(
        [sys.executable, str(FOLDER), *few, "--data", str(dataset), "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "data_path.png").stat().st_size > 10_000
    found = json.loads((folder / "data_path.json").read_text())
    assert found["skipped"] == {}
    return found["sizes"]["generated"]["medians"]


def test_every_way_hands_over_the_records_of_enough_quality(outcome, dataset):
    kept = sum(record.quality >= 0.8 for record in islice(read_records(dataset, Faults()), 400))
    assert 0 < kept < 400
    assert {name: found["workers_0"]["epoch_records"] for name, found in outcome.items()} == dict.fromkeys(
        CONTENDERS, kept
    )
    assert len({found["workers_0"]["checksum"] for found in outcome.values()}) == 1


def test_what_is_measured_is_plausible(outcome):
    for name, found in outcome.items():
        assert set(found) == {"workers_0", "workers_2"} | ({"convert"} if name == "ours" else set())
        for key, values in found.items():
            assert 50 < values["imports_mib"] <= values["peak_mib"] < 4_000, (name, key)
            if key != "convert":
                assert values["cpu_rate"] > 0
                assert 0 < values["first_s"] <= values["first_epoch_s"] + 60
    assert outcome["ours"]["convert"]["disk_mib"] > 0.05


def test_the_checksum_sees_every_cell_and_label_and_neither_order_nor_padding(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    from batches import Checksum, Sample, collate

    rng = np.random.default_rng(0)

    def sample(side: int) -> Sample:
        grids = rng.integers(0, 10, (2, side, side), dtype=np.uint8)
        return Sample(grids[0], grids[1], rng.random(2) < 0.5)

    def checksum(*batches: list[Sample], names: tuple[str, ...] = ("a", "b")) -> str:
        total = Checksum(names)
        for batch in batches:
            total.add(collate(batch))
        return str(total)

    small, large = sample(3), sample(12)
    expected = checksum([small, large])
    assert checksum([large], [small]) == expected  # the small one is padded less here
    swapped = small._replace(labels=small.labels[::-1]), large._replace(labels=large.labels[::-1])
    assert checksum(list(swapped), names=("b", "a")) == expected
    changed = small.input.copy()
    changed[2, 2] ^= 1
    others = (
        small._replace(input=changed),
        small._replace(labels=~small.labels),
        small._replace(input=small.output, output=small.input),
    )
    assert len({expected, checksum([small]), *(checksum([other, large]) for other in others)}) == 5
    crossed = small._replace(output=large.output), large._replace(output=small.output)
    assert checksum(list(crossed)) != expected


def test_the_cost_of_a_search_is_split():
    line = [sys.executable, "benchmarks/search_cost.py", "--tasks", "2", "--depth", "2", "--repeats", "1"]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1])
    assert ended.returncode == 0, ended.stderr
    assert "bookkeeping" in ended.stdout
    nodes = int(re.search(r"([\d,]+) nodes", ended.stdout)[1].replace(",", ""))
    assert 2 * 17 < nodes <= 2 * (17 + 17 * 17)


def test_coverage_tells_what_each_vocabulary_expresses(tmp_path):
    out = tmp_path / "found.json"
    line = [
        sys.executable,
        "benchmarks/coverage.py",
        "--tasks",
        "5",
        "--depth",
        "1",
        "--processes",
        "1",
        "--out",
        str(out),
    ]
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1])
    assert ended.returncode == 0, ended.stderr
    found = json.loads(out.read_text())
    assert [title.split(",")[0] for title in found] == ["v2", "wide"]
    narrow, wide = ([each["task"] for each in tasks if each["routes"]] for tasks in found.values())
    assert narrow
    assert set(narrow) <= set(wide)  # wide has all of v2
    for each in (each for tasks in found.values() for each in tasks):
        assert (each["depth"] is None) != (each["failure"] is None)
