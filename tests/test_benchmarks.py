"""The benchmarks, run as a user runs them, on little."""

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest
import torch

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.submission import build_submission, write_submission
from neural_guide.arc.task import Pair
from neural_guide.arc.task_files import write_tasks
from neural_guide.data.format.records import Violations, read_records
from neural_guide.data.generation.concepts.tasks import draw_task
from neural_guide.dsl.program import replays, run
from neural_guide.dsl.vocabulary import V2
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import NetworkSettings
from neural_guide.search.settings import SearchBudget
from neural_guide.search.words import LANGUAGE
from support.commands import command, run_script, skip_report

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
    report = json.loads((folder / "data_path.json").read_text())
    assert report["skipped"] == {}
    return report["sizes"]["generated"]["medians"]


@pytest.fixture
def benchmarks(monkeypatch):
    """The scripts can be imported."""
    monkeypatch.syspath_prepend(FOLDER.parent)


@pytest.mark.soak
def test_every_way_hands_over_the_records_of_enough_quality(outcome, dataset):
    kept = sum(record.quality >= 0.8 for record in islice(read_records(dataset, Violations()), 400))
    assert 0 < kept < 400
    assert {
        name: measurements["workers_0"]["epoch_records"] for name, measurements in outcome.items()
    } == dict.fromkeys(CONTENDERS, kept)
    assert len({measurements["workers_0"]["checksum"] for measurements in outcome.values()}) == 1


@pytest.mark.soak
def test_what_is_measured_is_plausible(outcome):
    for name, measurements in outcome.items():
        assert set(measurements) == {"workers_0", "workers_2"} | ({"convert"} if name == "ours" else set())
        for key, values in measurements.items():
            assert 50 < values["imports_mib"] <= values["peak_mib"] < 4_000, (name, key)
            if key != "convert":
                assert values["cpu_rate"] > 0
                assert 0 < values["first_s"] <= values["first_epoch_s"] + 60
    assert outcome["ours"]["convert"]["disk_mib"] > 0.05


def test_our_way_and_json_hand_over_the_same_records(monkeypatch, few_records, tmp_path):
    """Those of enough quality, as one epoch in this process measures them."""
    monkeypatch.syspath_prepend(FOLDER)
    from child import measure_conversion, measure_epochs
    from contenders import BY_NAME
    from material import write_datasets

    records = write_datasets("generated", few_records, 400, tmp_path)["records"]
    kept = sum(record.quality >= 0.8 for record in read_records(records, Violations()))
    assert 0 < kept < 400
    measurements = []
    for contender in map(BY_NAME.get, CONTENDERS):
        folder = tmp_path / contender.name
        folder.mkdir()
        if contender.name == "ours":
            measure_conversion(contender, records, folder)
        measurements.append(measure_epochs(contender, records, folder, workers=0, seconds=0, has_check=True))
    assert [measurement["epoch_records"] for measurement in measurements] == [kept, kept]
    assert measurements[0]["checksum"] == measurements[1]["checksum"]


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
    ended = run_script(FOLDER.parent / "search_cost.py", "--tasks", "2", "--depth", "2", "--repeats", "1")
    assert ended.returncode == 0, ended.stderr
    assert "bookkeeping" in ended.stdout
    nodes = int(re.search(r"([\d,]+) nodes", ended.stdout)[1].replace(",", ""))
    assert 2 * 17 < nodes <= 2 * (17 + 17 * 17)


@pytest.mark.soak
def test_a_row_of_the_field_report_is_trained_and_measured(benchmarks, dataset, tmp_path, monkeypatch, capsys):
    """The training that it starts is a fork."""
    import training

    def fork(line, **_):
        return command(line[2].removeprefix("neural_guide."), *line[3:], prepare=skip_report)

    monkeypatch.setattr(training.subprocess, "run", fork)
    asked = ("--rows", "emergency", "--profiles", "cpu", "--steps", "12", "--data", str(dataset))
    monkeypatch.setattr(sys, "argv", ["training.py", *asked, "--folder", str(tmp_path)])
    threads = torch.get_num_threads()
    training.main()
    torch.set_num_threads(threads)
    (measurement,) = json.loads((tmp_path / "training.json").read_text())
    assert (measurement["row"], measurement["steps"]) == ("emergency", 12)
    assert 0 < measurement["data_wait"] < 1
    assert 0 < measurement["utilisation"] < 1
    assert 0.3 < measurement["peak_gib"] < 2
    assert "every row under 2 GiB" in capsys.readouterr().out


@pytest.mark.parametrize("program", [("rot90",), ("rot90", "mirror_right"), ("mirror_down", "mirror_right")])
def test_all_shortest_programs_that_explain_a_task_are_counted(benchmarks, program):
    from ceiling import find_explanations

    grids = [np.random.default_rng(seed).integers(0, 4, (3, 3), dtype=np.uint8) for seed in range(2)]
    pairs = [Pair(grid, run(program, grid)) for grid in grids]
    for length in range(1, len(program) + 1):
        programs = [names for names in product(V2.names, repeat=length) if all(replays(names, pair) for pair in pairs)]
        if programs:
            break
    explanations = find_explanations(pairs, len(program))
    assert explanations.length == length
    assert explanations.sets == Counter(frozenset(map(V2.names.index, names)) for names in programs)
    impossible = [Pair(grid, np.full_like(grid, 9)) for grid in grids]
    assert find_explanations(impossible, 1) == (0, Counter())


def test_a_program_is_ranked_among_all_by_its_cost(benchmarks):
    from transfer import rank_program

    step = np.array([1.0, 2.5, 4.5])
    costs = [step, step[:, None] + step]
    ordered = sorted((sum(step[list(places)]), places) for n in (1, 2) for places in product(range(3), repeat=n))
    assert rank_program(costs, (0,)) == 1
    assert rank_program(costs, (2, 2)) == len(ordered) == 12
    for cost, places in ordered:
        assert rank_program(costs, places) == sum(other <= cost for other, _ in ordered)


def test_chances_that_are_too_sure_want_a_temperature(benchmarks):
    from calibration import TEMPERATURES, find_best_temperature

    torch.manual_seed(0)
    logits = torch.randn(20_000, 5)
    truth = torch.distributions.Categorical(logits=logits).sample()
    loss = [
        torch.nn.functional.cross_entropy(1.5 * logits / temperature, truth).item()
        for temperature in TEMPERATURES.tolist()
    ]
    temperature, gain = find_best_temperature(loss)
    assert temperature == pytest.approx(1.5, abs=0.1)
    assert gain > 0.01


def test_finished_ablations_are_read_and_summed(benchmarks, tmp_path):
    from ablations import METRICS, SETTINGS

    runs = {0: 0.5, 1: 0.7}
    for seed, value in runs.items():
        folder = tmp_path / SETTINGS[0].find_folder(400) / f"seed{seed}"
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text(json.dumps(dict.fromkeys(METRICS, value) | {"n_train": 80.0}))
        (folder / "cpu.json").write_text("30.0")
    (tmp_path / SETTINGS[0].find_folder(400) / "seed2").mkdir()  # was stopped
    line = ("--data", "none.json", "--folder", str(tmp_path), "--finished", "--seeds", "0", "1", "2")
    ended = run_script(FOLDER.parent / "ablations.py", *line)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("0.600 ± 0.141") == len(METRICS)  # mean of the two, and deviation of a sample
    assert len(json.loads((tmp_path / "ablations.json").read_text())) == len(runs)
    assert (tmp_path / "ablations.png").stat().st_size > 10_000


def test_a_threshold_ends_a_recorded_search_before_the_first_job_below_it(benchmarks):
    from stop_curve import JobStart, Record

    record = Record([JobStart(0.0, 4.0), JobStart(1.0, 0.3), JobStart(2.0, 0.5), JobStart(3.0, 0.1)], 9.0, [0.5])
    assert [record.find_end(threshold) for threshold in (5, 0.4, 0.3, 0.1, 0)] == [0.0, 1.0, 3.0, 9.0, 9.0]


def test_a_search_is_recorded_with_the_times_of_its_right_answers(benchmarks):
    from stop_curve import search_task

    arc = next(arc for arc in load_tasks("arc1-training") if arc.task.task_id == "67a3c6ac")
    record = search_task(arc, None, SearchBudget(nodes=500))
    assert [start.seconds for start in record.starts] == sorted(start.seconds for start in record.starts)
    (found,) = record.right_seconds
    assert 0 < found <= record.seconds == record.find_end(0)


def test_blank_rows_and_missing_parts_reach_the_network(benchmarks):
    import word_ablations

    sizes = NetworkSettings(width=8, row_width=8, row_layers=0, row_summary=2, steps=False, grids=False)
    torch.manual_seed(0)
    shape = (1 + len(LANGUAGE), 31)
    network = GuideNetwork(len(LANGUAGE), shape, sizes).eval()
    features = torch.randint(0, 256, (1, 2, *shape), dtype=torch.uint8)
    batch = (torch.zeros(1), torch.zeros(1), torch.ones(1, 2, dtype=torch.bool), features)
    with torch.no_grad():
        whole = network(*batch).program
        parts = [skip(network, *batch).program for skip in (word_ablations.skip_trunk, word_ablations.skip_rows)]
        assert torch.allclose(sum(parts), whole, atol=1e-5)
        rows = network.features(features, batch[2]).rows
        blank = word_ablations.blank_rows(("unit",))(network.features, features, batch[2]).rows
    is_unit = torch.tensor([word.startswith("unit: ") for word in LANGUAGE.names])
    is_changed = (rows != blank).any(dim=2)[0]
    assert (is_changed == is_unit).all()


def test_a_page_keeps_all_but_what_is_between_the_marks(benchmarks, tmp_path):
    from ablations import BEGIN, END, replace_section

    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    replace_section(page, "new")
    replace_section(page, "newer")
    assert page.read_text() == f"before\n{BEGIN}\n\nnewer\n{END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="to replace"):
        replace_section(page, "new")


def test_coverage_tells_what_each_vocabulary_expresses(tmp_path):
    out = tmp_path / "found.json"
    few = ("--tasks", "5", "--depth", "1", "--processes", "1", "--out", str(out))
    line = [sys.executable, "benchmarks/dsl_coverage.py", *few]  # its own processes need it as their main module
    ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1])
    assert ended.returncode == 0, ended.stderr
    outcomes = json.loads(out.read_text())
    assert [title.split(",")[0] for title in outcomes] == ["v2", "wide"]
    narrow, wide = ([outcome["task"] for outcome in tasks if outcome["routes"]] for tasks in outcomes.values())
    assert narrow
    assert set(narrow) <= set(wide)  # wide has all of v2
    for outcome in (outcome for tasks in outcomes.values() for outcome in tasks):
        assert (outcome["depth"] is None) != (outcome["failure"] is None)


def test_a_run_on_concepts_is_summed_up_and_its_failures_are_drawn(benchmarks, tmp_path):
    from concepts import read_run, write_report

    solved, half, unexplained = tasks = [draw_task(name, 0) for name in ("fall", "rings", "row_fill")]
    write_tasks(tmp_path / "tasks.json", tasks)
    (tmp_path / "config.yaml").write_text(f"tasks: {tmp_path / 'tasks.json'}")
    attempts = {solved.task.task_id: [(answer, answer) for answer in solved.answers]}
    wrong = [(grid, grid) for grid in half.task.test_inputs]
    attempts[half.task.task_id] = [(half.answers[0], wrong[0][0]), (wrong[1][0], half.answers[1]), wrong[2]]
    write_submission(
        tmp_path / "submission.json",
        build_submission([task.task for task in tasks], attempts),
        [task.task for task in tasks],
    )
    rows = ["task,output,solved,right_attempt,program,confidence_1"]
    rows += [f"{solved.task.task_id},{output},yes,1,drop,0.8" for output in (1, 2, 3)]
    rows += [f"{half.task.task_id},1,yes,1,halo,0.6", f"{half.task.task_id},2,yes,2,halo,0.6"]
    rows += [f"{half.task.task_id},3,no,,halo,0.3"]
    rows += [f"{unexplained.task.task_id},{output},no,,," for output in (1, 2, 3)]
    (tmp_path / "outputs.csv").write_text("\n".join(rows))
    family, _, reliability = write_report(read_run(tmp_path), tmp_path, "command")
    cells = [[cell.text for cell in row] for row in family.rows]
    assert [row[0] for row in cells] == ["rows", "halos", "motion", "all"]  # the least solved first
    assert cells[0][1:] == ["1", "0", "3", "0", "0.00", "0", "3", "-", "-"]
    assert cells[1][1:] == ["1", "0", "3", "2", "0.67", "1", "0", "0.50", "0.33"]
    assert cells[3][1:] == ["3", "1", "9", "5", "0.56", "1", "3", "0.65", "0.67"]
    assert len(reliability.rows) == 3
    assert {path.name for path in tmp_path.glob("*.png")} == {"failures_halos.png", "failures_rows.png"}
    content = json.loads((tmp_path / "concepts.json").read_text())
    assert content["concepts"]["rings"]["solved"] == content["all"]["solved"] - 3 == 2
    assert "failures_halos.png" in (tmp_path / "concepts.md").read_text()


@pytest.mark.soak
def test_concepts_are_solved_by_the_command_that_users_type(tmp_path):
    line = [sys.executable, "benchmarks/concepts.py", "--concepts", "tile,rings", "--folder", str(tmp_path)]
    line += ["budget.nodes=2000", "workers=1"]
    for _ in range(2):  # the second time it reports on the finished run
        ended = subprocess.run(line, capture_output=True, text=True, check=False, cwd=FOLDER.parents[1])
        assert ended.returncode == 0, ended.stderr
    content = json.loads((tmp_path / "concepts.json").read_text())
    assert content["concepts"]["tile"]["outputs"] == 3
    assert content["all"]["tasks"] == 2
