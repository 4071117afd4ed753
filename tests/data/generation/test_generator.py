import multiprocessing
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from io import StringIO

import numpy as np
import psutil
import pytest
from rich.console import Console

from neural_guide.arc.grid import is_equal, is_grid
from neural_guide.data.format.records import decode_record
from neural_guide.data.generation.generator import TASKS_PER_BLOCK, generate_records
from neural_guide.data.generation.settings import GeneratorSettings
from neural_guide.data.generation.statistics import THRESHOLDS, Tally, format_summary, summarize
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.errors import UserError

SETTINGS = GeneratorSettings(samples=8 * TASKS_PER_BLOCK)  # two whole blocks, drawn with seed 7


@pytest.fixture(scope="module")
def dataset():
    """Encoded records, and their tally."""
    tally, steps = Tally(), []
    lines = list(generate_records(SETTINGS, seed=7, processes=1, on_progress=steps.append, tally=tally))
    assert sum(steps) == len(lines) == SETTINGS.samples
    return lines, tally


@pytest.fixture(scope="module")
def tasks(dataset):
    records_by_task = defaultdict(list)
    for line in dataset[0]:
        record = decode_record(line)
        records_by_task[record.task_id].append(record)
    return list(records_by_task.values())


def is_explanation(program, records):
    results = (run(program, record.input) for record in records)
    return all(
        result is not None and is_equal(result, record.output) for result, record in zip(results, records, strict=True)
    )


def iterate_explanations(records, length):
    """Iterate over every program of a length that makes all outputs, by plain recursion over the first pair."""

    def extend(program, grid):
        if len(program) == length:
            if is_equal(grid, records[0].output) and is_explanation(program, records):
                yield program
            return
        for name in V2.names:
            result = PRIMITIVES[name](grid)
            if result is not None:
                yield from extend((*program, name), result)

    yield from extend((), records[0].input)


def test_the_bytes_depend_on_the_seed_and_not_on_processes(dataset):
    two_blocks = replace(SETTINGS, samples=4 * TASKS_PER_BLOCK + 101)
    assert list(generate_records(two_blocks, seed=7, processes=2)) == dataset[0][: two_blocks.samples]


def test_a_smaller_dataset_is_the_beginning_of_a_larger_one(dataset):
    assert list(generate_records(replace(SETTINGS, samples=101), seed=7, processes=1)) == dataset[0][:101]


def test_another_seed_gives_other_tasks(dataset):
    other = list(generate_records(replace(SETTINGS, samples=40), seed=8, processes=1))
    assert not set(other) & set(dataset[0])


def test_records_keep_the_contract(tasks):
    assert len(tasks) == 2 * TASKS_PER_BLOCK
    for records in tasks:
        assert len(records) == 4
        assert len({(record.primitives, record.quality, record.complexity) for record in records}) == 1
        for record in records:
            assert is_grid(record.input)
            assert is_grid(record.output)
            assert 1 <= len(record.primitives) <= 4
            assert set(record.primitives) <= set(V2.names)
            assert 0 <= record.quality <= 1
            assert 0 <= record.complexity <= 1


def test_programs_replay_and_every_step_changes_every_grid(tasks):
    for records in tasks:
        for record in records:
            grids = [record.input]
            for name in record.primitives:
                grids.append(PRIMITIVES[name](grids[-1]))
                assert not is_equal(grids[-1], grids[-2])
            assert is_equal(grids[-1], record.output)
            assert not is_equal(record.input, record.output)


def test_no_pair_is_repeated_and_no_output_degenerate(tasks):
    for records in tasks:
        assert len({(record.input.shape, record.input.tobytes()) for record in records}) == 4
        assert len({(record.output.shape, record.output.tobytes()) for record in records}) > 1
        assert all(record.output.any() for record in records)
        assert sum(record.output.min() == record.output.max() for record in records) <= 2


def test_no_shorter_program_explains_a_task(tasks):
    """By brute force, on a sample of each length."""
    for length, count in ((2, 60), (3, 60), (4, 30)):
        sample = [records for records in tasks if len(records[0].primitives) == length][:count]
        assert len(sample) == count
        for records in sample:
            for shorter in range(length):
                assert next(iterate_explanations(records, shorter), None) is None


def test_the_program_is_the_first_of_its_length_in_vocabulary_order(tasks):
    for length, count in ((1, 40), (2, 40), (3, 40), (4, 6)):
        sample = [records for records in tasks if len(records[0].primitives) == length][:count]
        for records in sample:
            assert next(iterate_explanations(records, length)) == records[0].primitives


def test_labels_lengths_and_quality_are_distributed_as_documented(tasks):
    count = len(tasks)
    uses = Counter(name for records in tasks for name in set(records[0].primitives))
    for name in V2.names:
        share = uses[name] / count
        assert share - 2 * np.sqrt(share * (1 - share) / count) >= 0.02, name
    lengths = Counter(len(records[0].primitives) for records in tasks)
    assert [lengths[length] / count for length in (1, 2, 3, 4)] == pytest.approx([0.1, 0.25, 0.35, 0.3], abs=0.06)
    quality = np.array([records[0].quality for records in tasks])
    # The default dataset must have 50,000, 20,000 and 15,000 of 100,000 records; and some below 0.7.
    assert 0.5 < (quality >= 0.7).mean() < 0.9
    assert (quality >= 0.85).mean() > 0.2
    assert (quality >= 0.9).mean() > 0.15


def test_the_tally_counts_the_records(dataset, tasks):
    summary = summarize(dataset[1], V2)
    assert (summary.records, summary.tasks) == (len(dataset[0]), len(tasks))
    for name in V2.names:
        assert summary.label_shares[name] == sum(name in records[0].primitives for records in tasks) / len(tasks)
    for threshold in THRESHOLDS:
        expected = sum(record.quality >= threshold for records in tasks for record in records)
        assert summary.quality_counts[threshold] == expected
    inputs = [record.input for records in tasks for record in records]
    assert summary.inputs[0] == pytest.approx(np.mean([sum(grid.shape) / 2 for grid in inputs]))
    assert summary.inputs[1] == pytest.approx(np.mean([np.unique(grid).size for grid in inputs]))
    assert summary.inputs[2] == pytest.approx(np.mean([(grid == 0).mean() for grid in inputs]))


def test_the_summary_is_printed_beside_arc(dataset):
    console = Console(width=100, record=True, file=StringIO())
    console.print(format_summary(summarize(dataset[1], V2)))
    text = console.export_text()
    assert all(name in text for name in (*V2.names, "quality >= 0.85", "length 4", "ARC-1 training"))
    assert summarize(Tally(), V2).records == 0


@pytest.mark.parametrize(("pairs", "samples"), [(1, 60), (3, 61), (8, 50)])
def test_any_number_of_pairs_and_the_last_task_cut(pairs, samples):
    lines = list(generate_records(GeneratorSettings(samples=samples, pairs_per_task=pairs), processes=1))
    records = [decode_record(line) for line in lines]
    sizes = list(Counter(record.task_id for record in records).values())
    assert sizes == [pairs] * (samples // pairs) + ([samples % pairs] if samples % pairs else [])
    assert all(is_explanation(record.primitives, [record]) for record in records)


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_programs_are_at_most_max_length_long(longest):
    lines = generate_records(GeneratorSettings(samples=400, max_length=longest), processes=1)
    assert {len(decode_record(line).primitives) for line in lines} == set(range(1, longest + 1))


def test_a_reader_that_stops_early_leaves_no_worker_behind():
    settings = GeneratorSettings(samples=100 * TASKS_PER_BLOCK, pairs_per_task=1, max_length=1)
    reader = generate_records(settings, processes=2)
    next(reader)
    reader.close()
    assert not multiprocessing.active_children()


def test_workers_exit_when_their_parent_is_killed():
    script = (
        "from neural_guide.data.generation.generator import generate_records\n"
        "from neural_guide.data.generation.settings import GeneratorSettings\n"
        "import multiprocessing, time\n"
        "if __name__ == '__main__':\n"
        "    next(records := generate_records(GeneratorSettings(), processes=2))\n"
        "    print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.kill()
    assert not psutil.wait_procs(workers, timeout=20)[1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("samples", 0), ("pairs_per_task", 9), ("max_length", 5), ("arc_share", -0.1), ("arc_share", 1.1)],
)
def test_settings_out_of_range_are_named(setting, value):
    with pytest.raises(UserError, match=f"{setting}={value} is out of range"):
        next(generate_records(replace(SETTINGS, **{setting: value}), seed=7))


@pytest.mark.parametrize(("argument", "value"), [("seed", -1), ("processes", 0)])
def test_arguments_out_of_range_are_named(argument, value):
    with pytest.raises(UserError, match=f"{argument}={value} is out of range"):
        next(generate_records(SETTINGS, **{argument: value}))
