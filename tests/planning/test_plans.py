"""What plans promise: parts that add up, verdicts, and settings that fit."""

from dataclasses import replace

import pytest

from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from neural_guide.planning.limits import most_time
from neural_guide.planning.machines import RENTED
from neural_guide.planning.memory import ROOM, memory, most_tasks
from neural_guide.planning.memory_fit import fitted, smaller
from neural_guide.planning.plans import FINISH, START, Plan, Times, problems
from neural_guide.planning.remedies import remedies
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.tables import parts_sheet
from neural_guide.training.memory_footprint import footprint

SHAPE = (1 + len(PRIMITIVES), len(FEATURES))


@pytest.fixture(scope="module")
def small():
    config = BoundedTrainingSettings()
    config.network.width, config.network.row_width = 32, 16
    return config


@pytest.fixture(scope="module")
def print_of(small):
    return footprint(small, len(PRIMITIVES), SHAPE)


def planned(print_of, profile="c5", batch_size=64, epoch=60.0, epochs=8) -> Plan:
    spec = RENTED[profile]
    found = memory(print_of, batch_size=batch_size, records=20_000, features=1, on_gpu=bool(spec.gpu_memory_gib))
    settings = {"batch_size": batch_size, "accumulate": 1, "records": 20_000, "run_gib": 0.1, "step_seconds": 0.1}
    return Plan(spec, settings, Times(8, 0, epoch, epochs, 20), found, 0.5, measured=False)


def test_memory_grows_with_the_batch_and_is_the_sum_of_its_parts(print_of):
    one, many = (memory(print_of, batch_size=size, records=1000, features=1, on_gpu=False) for size in (1, 101))
    assert many.host - one.host == pytest.approx(100 * one.sample)
    parts = (one.runtime, one.data, one.beside, one.parameters, one.gradients, one.optimizer, one.activations)
    assert one.host == pytest.approx(sum(parts))
    on_gpu = memory(print_of, batch_size=101, records=1000, features=1, on_gpu=True)
    assert on_gpu.gpu > many.activations
    assert on_gpu.host < on_gpu.runtime + 0.5


def test_the_footprint_follows_the_network(small, print_of):
    wide = BoundedTrainingSettings()
    wide.network.width = 1024
    larger = footprint(wide, len(PRIMITIVES), SHAPE)
    assert larger.parameters > print_of.parameters
    assert larger.flops > print_of.flops
    assert larger.activation_bytes > print_of.activation_bytes
    again = footprint(small, len(PRIMITIVES), SHAPE)
    assert again == print_of


@pytest.mark.parametrize("profile", RENTED)
def test_the_largest_batch_fits_and_one_task_more_does_not(print_of, profile):
    spec, plan = RENTED[profile], planned(print_of, profile)
    most = most_tasks(plan.memory, 64, spec.memory_gib, spec.gpu_memory_gib)
    assert not problems(planned(print_of, profile, most), None, None)
    assert "memory" in problems(planned(print_of, profile, most + 1), None, None)[0]


def judged(plan: Plan, deadline=None, dollars=None) -> Plan:
    return replace(plan, problems=problems(plan, deadline, dollars))


def asked_in(remedy: str) -> dict[str, int]:
    """The settings that a remedy names."""
    return {key: int(value) for key, value in (each.split("=") for each in remedy.partition(":")[0].split())}


def test_each_broken_limit_is_named(print_of):
    plan = judged(planned(print_of, batch_size=10**6, epoch=3600.0), 3600.0, 0.02)
    assert [word for problem in plan.problems for word in ("memory", "deadline", "budget") if word in problem] == [
        *("memory", "deadline", "budget")
    ]


def test_each_remedy_fits_by_itself(print_of):
    late = judged(planned(print_of, epoch=3600.0), 2.5 * 3600)
    assert [asked_in(each) for each in remedies(late, [], 2.5 * 3600, None)] == [
        {"trainer.max_epochs": 2},
        {"data.max_samples": 6000},
    ]
    large = judged(planned(print_of, batch_size=10**6, epoch=3600.0))
    (told,) = map(asked_in, remedies(large, [], None, None))
    assert told["data.batch_size"] * told["trainer.accumulate"] >= 10**6
    assert told["data.batch_size"] <= most_tasks(large.memory, 10**6, 30.0, None)
    both = remedies(judged(large, 2.5 * 3600), [planned(print_of, "g4dn", epoch=10.0)], 2.5 * 3600, None)
    assert both[-1].startswith("hardware=g4dn")
    assert [set(asked_in(each)) - told.keys() for each in both[:-1]] == [{"trainer.max_epochs"}, {"data.max_samples"}]


def test_data_that_fills_the_memory_is_cut(print_of):
    plan = planned(print_of)
    records = 40_000_000
    found = memory(print_of, batch_size=64, records=records, features=1, on_gpu=False)
    large = judged(replace(plan, memory=found, settings={**plan.settings, "records": records}))
    (told,) = map(asked_in, remedies(large, [], None, None))
    most = told.pop("data.max_samples")
    assert not told
    assert 20_000_000 < most < records
    fits = memory(print_of, batch_size=64, records=most, features=1, on_gpu=False)
    assert 0.99 < fits.host / (ROOM * plan.spec.memory_gib) <= 1


def test_a_budget_is_judged_by_a_price_and_the_disk_by_what_is_free(print_of):
    plan = planned(print_of, "g4dn", epoch=3600.0)
    (problem,) = problems(plan, None, 2.0)
    assert "costs $4.30 on demand, the budget is $2.00; as spot about $1.29, judged by hardware.price=0.15" in problem
    yours = replace(plan, spec=replace(plan.spec, on_demand=None, spot=None))
    assert "set hardware.price=DOLLARS_AN_HOUR" in problems(yours, None, 2.0)[0]
    full = replace(plan, spec=replace(plan.spec, disk_gib=0.4))
    assert problems(full, None, None) == ("needs 0.50 GiB of disk, g4dn.xlarge has 0.40",)


def test_a_plan_that_fits_needs_no_remedy(print_of):
    plan = planned(print_of)
    assert not problems(plan, 3600, 4)
    assert remedies(plan, [], 3600, 4) == []
    assert 0 < plan.cost(spot=True) < plan.cost(spot=False) < 4


def test_the_cost_in_s3_is_a_part_of_its_own(print_of):
    plan = planned(print_of)
    assert plan.as_dict()["dollars"]["s3_month"] == pytest.approx(plan.settings["run_gib"] * 0.023)
    assert [cell.text for cell in parts_sheet(plan).rows[-1]] == ["money: the run in S3, a month", f"${plan.kept:.4f}"]


@pytest.mark.parametrize(("batch", "most", "made"), [(64, 64, (64, 1)), (64, 63, (32, 2)), (65, 10, (10, 7))])
def test_smaller_batches_make_the_same_step(batch, most, made):
    assert smaller(batch, most) == made


def test_a_batch_that_cannot_fit_is_refused_or_made_smaller(small):
    small.data.batch_size, small.hardware.accelerator = 10**7, "cpu"
    with pytest.raises(UserError, match=r"Use data.batch_size=\d+ trainer.accumulate=\d+") as refused:
        fitted(small)
    assert "activations of a batch" in str(refused.value)
    small.hardware.fit = "auto"
    changed = fitted(small)
    assert changed.data.batch_size * changed.trainer.accumulate >= 10**7
    assert fitted(changed) == changed
    small.hardware.fit = "off"
    assert fitted(small) is small
    small.data.batch_size = 4
    small.hardware.fit = "refuse"
    assert fitted(small) is small


def test_too_much_data_is_refused_with_fewer_records(small):
    small.data.batch_size, small.hardware.accelerator, small.hardware.fit = 4, "cpu", "refuse"
    small.data.max_samples = 10**9
    with pytest.raises(UserError, match=r"for the data, .* or data\.max_samples=\d+"):
        fitted(small)
    small.data.max_samples = None


def test_training_stops_at_the_earliest_limit():
    config, around = BoundedTrainingSettings(), START + FINISH
    assert most_time(config) is None
    config.deadline, config.trainer.max_time = "2h", "00:01:00:00"
    assert most_time(config).total_seconds() == 3600
    config.trainer.max_time = None
    assert most_time(config).total_seconds() == 7200 - around
    config.deadline = "30s"
    assert most_time(config).total_seconds() == 15
    config.deadline, config.trainer.max_time = "2h", "00:01:00:00"
    config.budget.dollars = 0.34
    with pytest.raises(UserError, match=r"hardware\.price="):
        most_time(config)
    config.hardware.name = "c5"
    assert most_time(config).total_seconds() == pytest.approx(1800 - around)
    config.hardware.price = 3.4
    assert most_time(config).total_seconds() == pytest.approx(360 - around)


def test_room_is_left():
    assert 0.8 < ROOM < 1
