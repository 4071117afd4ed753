"""Batches: equal for equal seeds, every task once an epoch, resumed exactly."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from neural_guide.arc.grid import PAD
from neural_guide.data.colour_augmentation import draw_colour_maps
from neural_guide.data.settings import DataSettings
from neural_guide.data.splits import is_held_out
from neural_guide.dsl.program import run
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.errors import UserError
from neural_guide.features.executed import compute_executed_features
from neural_guide.training import batch_loader
from neural_guide.training.batch_types import NO_STEP
from neural_guide.training.datamodule import TaskDataModule


@pytest.fixture(scope="module")
def data(dataset):
    settings = DataSettings(path=str(dataset), quality_threshold=0.0, batch_size=16)
    module = TaskDataModule(settings, seed=3, processes=2)
    module.setup()
    return module


def to_bytes(batches) -> list[bytes]:
    return [b"".join(part.numpy().tobytes() for part in (*batch[:-1], *batch.intermediate)) for batch in batches]


def test_equal_seeds_give_equal_batches_and_epochs_differ(data):
    one, two = data.make_loader("train", shuffle=True), data.make_loader("train", shuffle=True)
    first = to_bytes(one)
    assert first == to_bytes(two)
    second = to_bytes(one)
    assert first != second
    assert second == to_bytes(two)


def test_an_epoch_contains_every_task_once(data):
    loader = data.make_loader("train", shuffle=True)
    for _ in range(2):
        tasks = torch.cat([batch.tasks for batch in loader])
        assert sorted(tasks.tolist()) == data.splits.train.tolist()
    assert len(loader) == -(-len(data.splits.train) // 16)


def test_a_loader_resumed_within_an_epoch_continues_exactly(data):
    whole = data.make_loader("train", shuffle=True)
    expected = to_bytes(whole) + to_bytes(whole)
    stopped = data.make_loader("train", shuffle=True)
    iterator = iter(stopped)
    before = to_bytes(next(iterator) for _ in range(5))
    resumed = data.make_loader("train", shuffle=True)
    resumed.load_state_dict(stopped.state_dict())
    assert before + to_bytes(resumed) + to_bytes(resumed) == expected


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_resumes_exactly_at_any_batch_of_a_group(data, monkeypatch, workers):
    monkeypatch.setattr(batch_loader, "GROUP_PAIRS", 16 * 4 * 3)  # three batches
    monkeypatch.setattr(data.settings, "workers", workers)
    expected = to_bytes(data.make_loader("train", shuffle=True))
    assert len(expected) > 8
    for position in range(len(expected)):
        resumed = data.make_loader("train", shuffle=True)
        resumed.load_state_dict({"epoch": 0, "position": position})
        assert to_bytes(resumed) == expected[position:]


def test_each_batch_of_a_group_has_its_own_size(data, monkeypatch):
    monkeypatch.setattr(data.settings, "batch_size", 10_000)
    whole = next(iter(data.make_loader("val")))
    monkeypatch.setattr(data.settings, "batch_size", 2)
    small = data.make_loader("val")
    shapes = set()
    for number, batch in enumerate(small):
        rows = slice(2 * number, 2 * number + 2)
        pairs, side = batch.inputs.shape[1:3]
        shapes.add((pairs, side))
        records = np.flatnonzero(np.isin(data.store.task_of, batch.tasks))
        assert side == max(data.store.side[records])
        assert torch.equal(batch.pair_mask, whole.pair_mask[rows, :pairs])
        assert torch.equal(batch.inputs, whole.inputs[rows, :pairs, :side, :side])
        assert torch.equal(batch.outputs, whole.outputs[rows, :pairs, :side, :side])
        assert torch.equal(batch.features, whole.features[rows, :pairs])
        assert torch.equal(batch.intermediate.features, whole.intermediate.features[rows, :pairs])
        assert (whole.inputs[rows, :pairs, side:] == PAD).all()
        assert not whole.pair_mask[rows, pairs:].any()
    assert len({side for _, side in shapes}) > 1


def test_after_the_last_batch_the_loader_begins_a_new_epoch(data):
    loader = data.make_loader("train", shuffle=True)
    iterator = iter(loader)
    first = to_bytes(next(iterator) for _ in range(len(loader)))
    assert len(to_bytes(loader)) == len(loader)
    assert loader.state_dict() == {"epoch": 2, "position": 0}
    assert len(first) == len(loader)


def test_batches_contain_the_records_of_the_store(data):
    batch = next(iter(data.make_loader("val")))
    for row, task in enumerate(batch.tasks.tolist()):
        records = np.flatnonzero(data.store.task_of == task)[:4]
        assert batch.pair_mask[row].sum() == len(records)
        assert batch.labels[row].tolist() == data.store.labels[task].tolist()
        for pair, record in enumerate(records):
            grid, _ = data.store.grids(int(record))
            height, width = grid.shape
            canvas = batch.inputs[row, pair].numpy()
            assert np.array_equal(canvas[:height, :width], grid)
            assert (canvas[height:] == PAD).all()
            assert (canvas[:, width:] == PAD).all()
            assert np.array_equal(batch.features[row, pair].numpy(), data.features[records[pair : pair + 1]][0])


def test_intermediate_states_are_those_of_the_programs(data):
    functions = [PRIMITIVES[name] for name in data.vocabulary.names]
    programs, cases = data.store.programs(), set()
    for batch in islice(data.make_loader("train", shuffle=True), 3):
        states = batch.intermediate
        for row, task in enumerate(batch.tasks.tolist()):
            program = programs[task]
            positions = [*map(data.vocabulary.names.index, program), NO_STEP]
            pairs = [data.store.grids(int(record)) for record in np.flatnonzero(data.store.task_of == task)]
            rows = {features.tobytes() for features in states.features[row].numpy()}

            def execute(steps: int, program: tuple = program, pairs: list = pairs) -> set[bytes]:
                reached = [(run(program[:steps], input_grid), output_grid) for input_grid, output_grid in pairs]
                return {compute_executed_features(*state, functions).tobytes() for state in reached}

            matches = [
                steps
                for steps in range(len(program))
                if rows == execute(steps)
                and [states.next_primitive[row], states.transition[row]] == positions[steps : steps + 2]
                and states.remaining[row].tolist() == data.vocabulary.encode_labels(program[steps:]).tolist()
            ]
            assert matches
            assert not all(steps and is_held_out(program[steps:], data.settings.test_share) for steps in matches)
            cases.update((len(program), steps) for steps in matches)
    assert {(2, 0), (2, 1), (3, 2)} <= cases


@pytest.fixture(scope="module")
def relabelled(dataset):
    settings = DataSettings(
        path=str(dataset), quality_threshold=0.0, batch_size=16, drop_pairs=0.3, colour_augmentation=0.4
    )
    module = TaskDataModule(settings, seed=3, processes=2)
    module.setup()
    return module


def test_a_share_of_training_outputs_has_other_colours(relabelled):
    data, functions = relabelled, [PRIMITIVES[name] for name in relabelled.vocabulary.names]
    maps, programs, changed = draw_colour_maps(data.store), data.store.programs(), []
    for batch in islice(data.train_dataloader(), 8):
        for row, task in enumerate(batch.tasks.tolist()):
            pairs = [data.store.grids(int(record)) for record in np.flatnonzero(data.store.task_of == task)]

            def features(is_changed: bool, steps: int, task: int = task, pairs: list = pairs) -> set[bytes]:
                ends = [maps[task][output_grid] if is_changed else output_grid for _, output_grid in pairs]
                states = [run(programs[task][:steps], input_grid) for input_grid, _ in pairs]
                grids = zip(states, ends, strict=True)
                return {compute_executed_features(state, end, functions).tobytes() for state, end in grids}

            mask = batch.pair_mask[row].numpy()
            shown = {canvas[canvas != PAD].tobytes() for canvas in batch.outputs[row].numpy()[mask]}
            first = {rows.tobytes() for rows in batch.features[row].numpy()[mask]}
            later = {rows.tobytes() for rows in batch.intermediate.features[row].numpy()[mask]}
            outputs = {
                is_changed: {(maps[task][grid] if is_changed else grid).tobytes() for _, grid in pairs}
                for is_changed in (False, True)
            }
            consistent = [
                is_changed
                for is_changed in (False, True)
                if shown <= outputs[is_changed]
                and first <= features(is_changed, 0)
                and any(later <= features(is_changed, steps) for steps in range(len(programs[task])))
            ]
            assert consistent
            changed += consistent if len(consistent) == 1 else []
    assert 0.25 < np.mean(changed) < 0.55


def test_only_training_outputs_have_other_colours(relabelled, data):
    assert to_bytes(relabelled.make_loader("val")) == to_bytes(data.make_loader("val"))
    unchanged = TaskDataModule(replace(relabelled.settings, colour_augmentation=0.0), seed=3)
    unchanged.setup()
    batches = to_bytes(relabelled.make_loader("train", shuffle=True))
    assert batches == to_bytes(unchanged.train_dataloader())
    assert batches != to_bytes(relabelled.train_dataloader())


def test_a_loader_with_other_colours_resumes_exactly(relabelled):
    whole = relabelled.train_dataloader()
    expected = to_bytes(whole)
    stopped = relabelled.train_dataloader()
    before = to_bytes(islice(stopped, 3))
    resumed = relabelled.train_dataloader()
    resumed.load_state_dict(stopped.state_dict())
    assert before + to_bytes(resumed) == expected


def test_a_batch_may_have_no_output_in_other_colours(relabelled):
    rarely = TaskDataModule(replace(relabelled.settings, colour_augmentation=1e-9), seed=3)
    rarely.setup()
    assert to_bytes(rarely.train_dataloader()) == to_bytes(relabelled.make_loader("train", shuffle=True))


def test_colours_of_foreign_primitives_are_not_changed(dataset, tmp_path):
    text = dataset.read_text()
    for name in V2.names:
        text = text.replace(f'"{name}"', f'"foreign_{name}"')
    (tmp_path / "foreign.json").write_text(text)
    settings = DataSettings(path=str(tmp_path / "foreign.json"), quality_threshold=0.0, colour_augmentation=0.1)
    with pytest.raises(UserError, match=r"data\.colour_augmentation=0\.1: .* Use data\.colour_augmentation=0\."):
        TaskDataModule(settings, seed=0).setup()


def test_tasks_with_more_pairs_show_other_pairs_each_epoch(dataset):
    settings = DataSettings(path=str(dataset), quality_threshold=0.0, batch_size=200, pairs_per_task=2)
    module = TaskDataModule(settings, seed=0)
    module.setup()
    loader = module.make_loader("train", shuffle=True)
    shown: dict[int, set[bytes]] = {}
    for _ in range(8):
        for batch in loader:
            assert batch.pair_mask.shape[1] == 2
            for task, grids in zip(batch.tasks.tolist(), batch.inputs, strict=True):
                shown.setdefault(task, set()).update(grid[grid != PAD].numpy().tobytes() for grid in grids)
    assert max(map(len, shown.values())) >= 4


def test_another_order_of_names_reorders_labels_and_features(data):
    order = list(range(len(data.vocabulary)))[::-1]
    original = next(iter(data.make_loader("val")))
    reordered = next(iter(data.make_loader("val", order=order)))
    assert torch.equal(reordered.labels, original.labels.flip(1))
    assert torch.equal(reordered.features[:, :, 0], original.features[:, :, 0])
    assert torch.equal(reordered.features[:, :, 1:], original.features[:, :, 1:].flip(2))


def test_no_program_is_in_two_splits(data):
    programs = data.store.programs()
    by_split = {name: {programs[task] for task in data.splits.tasks(name)} for name in ("train", "val", "test")}
    assert data.store.has_programs
    assert by_split["train"].isdisjoint(by_split["test"])
    assert by_split["val"] <= by_split["train"]
