"""Plans: parts that add up, verdicts, and settings that fit."""

from dataclasses import replace

import pytest

from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from neural_guide.planning.limits import find_time_limit
from neural_guide.planning.machines import RENTED
from neural_guide.planning.memory import ROOM, compute_memory, find_max_batch
from neural_guide.planning.memory_fit import estimate_memory, fit_to_memory, split_batch
from neural_guide.planning.plans import FINISH, START, Plan, Times, find_problems
from neural_guide.planning.remedies import find_remedies
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.tables import build_parts_sheet
from neural_guide.training.memory_footprint import measure_footprint
from support.gpus import A100, H200, T4, install_gpu

SHAPE = (1 + len(PRIMITIVES), len(FEATURES))


@pytest.fixture(scope="module")
def small():
    config = BoundedTrainingSettings()
    config.network.width, config.network.row_width = 32, 16
    return config


@pytest.fixture(scope="module")
def small_net(small):
    return measure_footprint(small, len(PRIMITIVES), SHAPE)


def make_plan(small_net, profile="c5", batch_size=64, epoch=60.0, epochs=8) -> Plan:
    spec = RENTED[profile]
    memory = compute_memory(
        small_net, batch_size=batch_size, records=20_000, features=1, on_gpu=bool(spec.gpu_memory_gib)
    )
    settings = {"batch_size": batch_size, "accumulate": 1, "records": 20_000, "run_gib": 0.1, "step_seconds": 0.1}
    return Plan(spec, settings, Times(8, 0, epoch, epochs, 20), memory, 0.5, measured=False)


def test_memory_grows_with_the_batch_and_is_the_sum_of_its_parts(small_net):
    one, many = (
        compute_memory(small_net, batch_size=size, records=1000, features=1, on_gpu=False) for size in (1, 101)
    )
    assert many.host - one.host == pytest.approx(100 * one.sample)
    parts = (one.runtime, one.data, one.beside, one.parameters, one.gradients, one.optimizer, one.activations)
    assert one.host == pytest.approx(sum(parts))
    on_gpu = compute_memory(small_net, batch_size=101, records=1000, features=1, on_gpu=True)
    assert on_gpu.gpu > many.activations
    assert on_gpu.host < on_gpu.runtime + 0.5


def test_the_footprint_follows_the_network(small, small_net):
    wide = BoundedTrainingSettings()
    wide.network.width = 1024
    larger = measure_footprint(wide, len(PRIMITIVES), SHAPE)
    assert larger.parameters > small_net.parameters
    assert larger.flops > small_net.flops
    assert larger.activation_bytes > small_net.activation_bytes
    again = measure_footprint(small, len(PRIMITIVES), SHAPE)
    assert again == small_net


@pytest.mark.parametrize("profile", RENTED)
def test_the_largest_batch_fits_and_one_task_more_does_not(small_net, profile):
    spec, plan = RENTED[profile], make_plan(small_net, profile)
    most = find_max_batch(plan.memory, 64, spec.memory_gib, spec.gpu_memory_gib)
    assert not find_problems(make_plan(small_net, profile, most), None, None)
    assert "memory" in find_problems(make_plan(small_net, profile, most + 1), None, None)[0]


def judge(plan: Plan, deadline=None, dollars=None) -> Plan:
    return replace(plan, problems=find_problems(plan, deadline, dollars))


def parse_overrides(remedy: str) -> dict[str, int]:
    """Parse the settings that a remedy names."""
    return {key: int(value) for key, value in (override.split("=") for override in remedy.partition(":")[0].split())}


def test_each_broken_limit_is_named(small_net):
    plan = judge(make_plan(small_net, batch_size=10**6, epoch=3600.0), 3600.0, 0.02)
    assert [word for problem in plan.problems for word in ("memory", "deadline", "budget") if word in problem] == [
        *("memory", "deadline", "budget")
    ]


def test_each_remedy_fits_by_itself(small_net):
    late = judge(make_plan(small_net, epoch=3600.0), 2.5 * 3600)
    assert [parse_overrides(remedy) for remedy in find_remedies(late, [], 2.5 * 3600, None)] == [
        {"trainer.max_epochs": 2},
        {"data.max_samples": 6000},
    ]
    large = judge(make_plan(small_net, batch_size=10**6, epoch=3600.0))
    (overrides,) = map(parse_overrides, find_remedies(large, [], None, None))
    assert overrides["data.batch_size"] * overrides["trainer.accumulate"] >= 10**6
    assert overrides["data.batch_size"] <= find_max_batch(large.memory, 10**6, 30.0, None)
    both = find_remedies(judge(large, 2.5 * 3600), [make_plan(small_net, "g4dn", epoch=10.0)], 2.5 * 3600, None)
    assert both[-1].startswith("hardware=g4dn")
    assert [set(parse_overrides(remedy)) - overrides.keys() for remedy in both[:-1]] == [
        {"trainer.max_epochs"},
        {"data.max_samples"},
    ]


def test_data_that_fills_the_memory_is_cut(small_net):
    plan = make_plan(small_net)
    records = 40_000_000
    memory = compute_memory(small_net, batch_size=64, records=records, features=1, on_gpu=False)
    large = judge(replace(plan, memory=memory, settings={**plan.settings, "records": records}))
    (overrides,) = map(parse_overrides, find_remedies(large, [], None, None))
    most = overrides.pop("data.max_samples")
    assert not overrides
    assert 20_000_000 < most < records
    fits = compute_memory(small_net, batch_size=64, records=most, features=1, on_gpu=False)
    assert 0.99 < fits.host / (ROOM * plan.spec.memory_gib) <= 1


def test_a_budget_is_judged_by_a_price_and_the_disk_by_what_is_free(small_net):
    plan = make_plan(small_net, "g4dn", epoch=3600.0)
    (problem,) = find_problems(plan, None, 2.0)
    assert "costs $4.30 on demand, the budget is $2.00; as spot about $1.29, judged by hardware.price=0.15" in problem
    yours = replace(plan, spec=replace(plan.spec, on_demand=None, spot=None))
    assert "set hardware.price=DOLLARS_AN_HOUR" in find_problems(yours, None, 2.0)[0]
    full = replace(plan, spec=replace(plan.spec, disk_gib=0.4))
    assert find_problems(full, None, None) == ("needs 0.50 GiB of disk, g4dn.xlarge has 0.40",)


def test_a_plan_that_fits_needs_no_remedy(small_net):
    plan = make_plan(small_net)
    assert not find_problems(plan, 3600, 4)
    assert find_remedies(plan, [], 3600, 4) == []
    assert 0 < plan.cost(spot=True) < plan.cost(spot=False) < 4


def test_the_cost_in_s3_is_a_part_of_its_own(small_net):
    plan = make_plan(small_net)
    assert plan.as_dict()["dollars"]["s3_month"] == pytest.approx(plan.settings["run_gib"] * 0.023)
    assert [cell.text for cell in build_parts_sheet(plan).rows[-1]] == [
        "money: the run in S3, a month",
        f"${plan.s3_cost:.4f}",
    ]


@pytest.mark.parametrize(("batch", "most", "made"), [(64, 64, (64, 1)), (64, 63, (32, 2)), (65, 10, (10, 7))])
def test_smaller_batches_make_the_same_step(batch, most, made):
    assert split_batch(batch, most) == made


def test_a_batch_that_cannot_fit_is_refused_or_made_smaller(small):
    small.data.batch_size, small.hardware.accelerator = 10**7, "cpu"
    with pytest.raises(UserError, match=r"Use data.batch_size=\d+ trainer.accumulate=\d+") as refused:
        fit_to_memory(small)
    assert "activations of a batch" in str(refused.value)
    small.hardware.fit = "auto"
    changed = fit_to_memory(small)
    assert changed.data.batch_size * changed.trainer.accumulate >= 10**7
    assert fit_to_memory(changed) == changed
    small.hardware.fit = "off"
    assert fit_to_memory(small) is small
    small.data.batch_size = 4
    small.hardware.fit = "refuse"
    assert fit_to_memory(small) is small


def test_a_larger_gpu_takes_a_larger_batch(small, monkeypatch):
    small.data.batch_size, small.hardware.accelerator, small.hardware.fit = 10**7, "auto", "auto"
    batches = {}
    for gpu in (T4, A100, H200):
        install_gpu(gpu, monkeypatch)
        fitting = fit_to_memory(small).data.batch_size
        memory = estimate_memory(small, on_gpu=True)
        needed = memory.gpu - memory.activations + fitting * memory.sample
        assert 0.8 * ROOM < needed / (gpu.memory_mib / 1024) <= ROOM
        batches[gpu] = fitting
    assert batches[T4] < batches[A100] < batches[H200]
    small.hardware.fit = "refuse"
    with pytest.raises(UserError, match=r"GiB of GPU memory and 140\.4 are free.*Use data\.batch_size=\d+"):
        fit_to_memory(small)
    small.data.batch_size = 64
    install_gpu(T4, monkeypatch)
    assert fit_to_memory(small) is small


def test_too_much_data_is_refused_with_fewer_records(small):
    small.data.batch_size, small.hardware.accelerator, small.hardware.fit = 4, "cpu", "refuse"
    small.data.max_samples = 10**9
    with pytest.raises(UserError, match=r"for the data, .* or data\.max_samples=\d+"):
        fit_to_memory(small)
    small.data.max_samples = None


def test_training_stops_at_the_earliest_limit():
    config, around = BoundedTrainingSettings(), START + FINISH
    assert find_time_limit(config) is None
    config.deadline, config.trainer.max_time = "2h", "00:01:00:00"
    assert find_time_limit(config).total_seconds() == 3600
    config.trainer.max_time = None
    assert find_time_limit(config).total_seconds() == 7200 - around
    config.deadline = "30s"
    assert find_time_limit(config).total_seconds() == 15
    config.deadline, config.trainer.max_time = "2h", "00:01:00:00"
    config.budget.dollars = 0.34
    with pytest.raises(UserError, match=r"hardware\.price="):
        find_time_limit(config)
    config.hardware.name = "c5"
    assert find_time_limit(config).total_seconds() == pytest.approx(1800 - around)
    config.hardware.price = 3.4
    assert find_time_limit(config).total_seconds() == pytest.approx(360 - around)


def test_room_is_left():
    assert 0.8 < ROOM < 1
