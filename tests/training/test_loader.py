"""Batches: the same for a seed, every task once an epoch, exact after a stop."""

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
from neural_guide.training import loader
from neural_guide.training.batches import NO_STEP
from neural_guide.training.datamodule import TaskDataModule


@pytest.fixture(scope="module")
def data(dataset):
    config = DataSettings(path=str(dataset), quality_threshold=0.0, batch_size=16)
    module = TaskDataModule(config, seed=3, processes=2)
    module.setup()
    return module


def flat(batches) -> list[bytes]:
    return [b"".join(part.numpy().tobytes() for part in (*batch[:-1], *batch.underway)) for batch in batches]


def test_same_seed_same_batches_and_epochs_differ(data):
    one, two = data.loader("train", shuffle=True), data.loader("train", shuffle=True)
    first = flat(one)
    assert first == flat(two)
    second = flat(one)
    assert first != second
    assert second == flat(two)


def test_an_epoch_holds_every_task_once(data):
    loader = data.loader("train", shuffle=True)
    for _ in range(2):
        seen = torch.cat([batch.tasks for batch in loader])
        assert sorted(seen.tolist()) == data.splits.train.tolist()
    assert len(loader) == -(-len(data.splits.train) // 16)


def test_resumed_in_the_middle_it_goes_on_exactly(data):
    whole = data.loader("train", shuffle=True)
    expected = flat(whole) + flat(whole)
    stopped = data.loader("train", shuffle=True)
    iterator = iter(stopped)
    seen = flat(next(iterator) for _ in range(5))
    resumed = data.loader("train", shuffle=True)
    resumed.load_state_dict(stopped.state_dict())
    assert seen + flat(resumed) + flat(resumed) == expected


@pytest.mark.parametrize("workers", [0, 2])
def test_resumed_anywhere_among_batches_made_together_it_goes_on_exactly(data, monkeypatch, workers):
    monkeypatch.setattr(loader, "AT_ONCE", 16 * 4 * 3)  # three batches
    monkeypatch.setattr(data.config, "workers", workers)
    expected = flat(data.loader("train", shuffle=True))
    assert len(expected) > 8
    for position in range(len(expected)):
        resumed = data.loader("train", shuffle=True)
        resumed.load_state_dict({"epoch": 0, "position": position})
        assert flat(resumed) == expected[position:]


def test_batches_made_together_are_cut_each_to_its_own_size(data, monkeypatch):
    monkeypatch.setattr(data.config, "batch_size", 10_000)
    whole = next(iter(data.loader("val")))
    monkeypatch.setattr(data.config, "batch_size", 2)
    small = data.loader("val")
    seen = set()
    for number, batch in enumerate(small):
        rows = slice(2 * number, 2 * number + 2)
        pairs, side = batch.inputs.shape[1:3]
        seen.add((pairs, side))
        records = np.flatnonzero(np.isin(data.store.task_of, batch.tasks))
        assert side == max(data.store.side[records])
        assert torch.equal(batch.pair_mask, whole.pair_mask[rows, :pairs])
        assert torch.equal(batch.inputs, whole.inputs[rows, :pairs, :side, :side])
        assert torch.equal(batch.outputs, whole.outputs[rows, :pairs, :side, :side])
        assert torch.equal(batch.features, whole.features[rows, :pairs])
        assert torch.equal(batch.underway.features, whole.underway.features[rows, :pairs])
        assert (whole.inputs[rows, :pairs, side:] == PAD).all()
        assert not whole.pair_mask[rows, pairs:].any()
    assert len({side for _, side in seen}) > 1


def test_a_taker_that_stops_after_the_last_batch_gets_a_new_epoch(data):
    loader = data.loader("train", shuffle=True)
    iterator = iter(loader)
    first = flat(next(iterator) for _ in range(len(loader)))
    assert len(flat(loader)) == len(loader)
    assert loader.state_dict() == {"epoch": 2, "position": 0}
    assert len(first) == len(loader)


def test_batches_hold_the_records_of_the_store(data):
    batch = next(iter(data.loader("val")))
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


def test_states_underway_are_those_of_the_programs(data):
    functions = [PRIMITIVES[name] for name in data.vocabulary.names]
    programs, seen = data.store.programs(), set()
    for batch in islice(data.loader("train", shuffle=True), 3):
        underway = batch.underway
        for row, task in enumerate(batch.tasks.tolist()):
            program = programs[task]
            places = [*map(data.vocabulary.names.index, program), NO_STEP]
            pairs = [data.store.grids(int(record)) for record in np.flatnonzero(data.store.task_of == task)]
            rows = {made.tobytes() for made in underway.features[row].numpy()}

            def executed(steps: int, program: tuple = program, pairs: list = pairs) -> set[bytes]:
                states = [(run(program[:steps], shown), made) for shown, made in pairs]
                return {compute_executed_features(*state, functions).tobytes() for state in states}

            taken = [
                steps
                for steps in range(len(program))
                if rows
                == {
                    compute_executed_features(run(program[:steps], shown), made, functions).tobytes()
                    for shown, made in pairs
                }
                and [underway.following[row], underway.second[row]] == places[steps : steps + 2]
                and underway.needed[row].tolist() == data.vocabulary.encode_labels(program[steps:]).tolist()
            ]
            assert taken
            assert not all(steps and is_held_out(program[steps:], data.config.test_share) for steps in taken)
            seen.update((len(program), steps) for steps in taken)
    assert {(2, 0), (2, 1), (3, 2)} <= seen


@pytest.fixture(scope="module")
def recoloured(dataset):
    config = DataSettings(
        path=str(dataset), quality_threshold=0.0, batch_size=16, drop_pairs=0.3, colour_augmentation=0.4
    )
    module = TaskDataModule(config, seed=3, processes=2)
    module.setup()
    return module


def test_a_share_of_training_is_shown_in_other_colours(recoloured):
    data, functions = recoloured, [PRIMITIVES[name] for name in recoloured.vocabulary.names]
    maps, programs, changed = draw_colour_maps(data.store), data.store.programs(), []
    for batch in islice(data.train_dataloader(), 8):
        for row, task in enumerate(batch.tasks.tolist()):
            pairs = [data.store.grids(int(record)) for record in np.flatnonzero(data.store.task_of == task)]

            def features(other: bool, steps: int, task: int = task, pairs: list = pairs) -> set[bytes]:
                ends = [maps[task][made] if other else made for _, made in pairs]
                states = [run(programs[task][:steps], shown) for shown, _ in pairs]
                grids = zip(states, ends, strict=True)
                return {compute_executed_features(state, end, functions).tobytes() for state, end in grids}

            mask = batch.pair_mask[row].numpy()
            shown = {canvas[canvas != PAD].tobytes() for canvas in batch.outputs[row].numpy()[mask]}
            first = {made.tobytes() for made in batch.features[row].numpy()[mask]}
            later = {made.tobytes() for made in batch.underway.features[row].numpy()[mask]}
            outputs = {each: {(maps[task][made] if each else made).tobytes() for _, made in pairs} for each in (0, 1)}
            as_drawn = [
                other
                for other in (False, True)
                if shown <= outputs[other]
                and first <= features(other, 0)
                and any(later <= features(other, steps) for steps in range(len(programs[task])))
            ]
            assert as_drawn
            changed += as_drawn if len(as_drawn) == 1 else []
    assert 0.25 < np.mean(changed) < 0.55


def test_nothing_but_training_is_shown_in_other_colours(recoloured, data):
    assert flat(recoloured.loader("val")) == flat(data.loader("val"))
    same = TaskDataModule(replace(recoloured.config, colour_augmentation=0.0), seed=3)
    same.setup()
    of_baselines = flat(recoloured.loader("train", shuffle=True))
    assert of_baselines == flat(same.train_dataloader())
    assert of_baselines != flat(recoloured.train_dataloader())


def test_in_other_colours_it_goes_on_exactly(recoloured):
    whole = recoloured.train_dataloader()
    expected = flat(whole)
    stopped = recoloured.train_dataloader()
    seen = flat(islice(stopped, 3))
    resumed = recoloured.train_dataloader()
    resumed.load_state_dict(stopped.state_dict())
    assert seen + flat(resumed) == expected


def test_a_batch_may_have_nothing_in_other_colours(recoloured):
    rarely = TaskDataModule(replace(recoloured.config, colour_augmentation=1e-9), seed=3)
    rarely.setup()
    assert flat(rarely.train_dataloader()) == flat(recoloured.loader("train", shuffle=True))


def test_foreign_primitives_are_not_shown_in_other_colours(dataset, tmp_path):
    text = dataset.read_text()
    for name in V2.names:
        text = text.replace(f'"{name}"', f'"foreign_{name}"')
    (tmp_path / "foreign.json").write_text(text)
    config = DataSettings(path=str(tmp_path / "foreign.json"), quality_threshold=0.0, colour_augmentation=0.1)
    with pytest.raises(UserError, match=r"data\.colour_augmentation=0\.1: .* Use data\.colour_augmentation=0\."):
        TaskDataModule(config, seed=0).setup()


def test_tasks_with_more_pairs_show_others_each_epoch(dataset):
    config = DataSettings(path=str(dataset), quality_threshold=0.0, batch_size=200, pairs_per_task=2)
    module = TaskDataModule(config, seed=0)
    module.setup()
    loader = module.loader("train", shuffle=True)
    shown: dict[int, set[bytes]] = {}
    for _ in range(8):
        for batch in loader:
            assert batch.pair_mask.shape[1] == 2
            for task, grids in zip(batch.tasks.tolist(), batch.inputs, strict=True):
                shown.setdefault(task, set()).update(grid[grid != PAD].numpy().tobytes() for grid in grids)
    assert max(map(len, shown.values())) >= 4


def test_another_order_of_names_moves_labels_and_features_together(data):
    order = list(range(len(data.vocabulary)))[::-1]
    here, there = next(iter(data.loader("val"))), next(iter(data.loader("val", order=order)))
    assert torch.equal(there.labels, here.labels.flip(1))
    assert torch.equal(there.features[:, :, 0], here.features[:, :, 0])
    assert torch.equal(there.features[:, :, 1:], here.features[:, :, 1:].flip(2))


def test_no_program_in_two_splits_of_real_data(data):
    programs = data.store.programs()
    by_split = {name: {programs[task] for task in data.splits.tasks(name)} for name in ("train", "val", "test")}
    assert data.store.has_programs
    assert by_split["train"].isdisjoint(by_split["test"])
    assert by_split["val"] <= by_split["train"]
