"""What plans promise: parts that add up, verdicts, and settings that fit."""

from dataclasses import replace

import pytest

from neural_guide.config import Config
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.errors import UserError
from neural_guide.features import FEATURES
from neural_guide.learn.footprint import footprint
from neural_guide.planning import old_trainer
from neural_guide.planning.fitting import fitted, smaller
from neural_guide.planning.limits import most_time
from neural_guide.planning.machines import RENTED
from neural_guide.planning.memory import ROOM, memory, most_tasks
from neural_guide.planning.plans import Plan, Times, problems
from neural_guide.planning.remedies import remedies

SHAPE = (1 + len(PRIMITIVES), len(FEATURES))


@pytest.fixture(scope="module")
def small():
    config = Config()
    config.network.width, config.network.row_width = 32, 16
    return config


@pytest.fixture(scope="module")
def print_of(small):
    return footprint(small, len(PRIMITIVES), SHAPE)


def planned(print_of, profile="c5", batch_size=64, epoch=60.0, epochs=8) -> Plan:
    spec = RENTED[profile]
    found = memory(print_of, batch_size=batch_size, records=20_000, features=True, on_gpu=bool(spec.gpu_memory_gib))
    settings = {"batch_size": batch_size, "accumulate": 1, "records": 20_000, "run_gib": 0.1, "step_seconds": 0.1}
    return Plan(spec, settings, Times(8, 0, epoch, epochs, 20), found, 0.5, measured=False)


def test_memory_grows_with_the_batch_and_is_the_sum_of_its_parts(print_of):
    one, many = (memory(print_of, batch_size=size, records=1000, features=True, on_gpu=False) for size in (1, 101))
    assert many.host - one.host == pytest.approx(100 * one.sample)
    parts = (one.runtime, one.data, one.beside, one.parameters, one.gradients, one.optimizer, one.activations)
    assert one.host == pytest.approx(sum(parts))
    on_gpu = memory(print_of, batch_size=101, records=1000, features=True, on_gpu=True)
    assert on_gpu.gpu > many.activations
    assert on_gpu.host < on_gpu.runtime + 0.5


def test_the_footprint_follows_the_network(small, print_of):
    wide = Config()
    wide.network.width = 1024
    larger = footprint(wide, len(PRIMITIVES), SHAPE)
    assert larger.parameters > print_of.parameters
    assert larger.flops > print_of.flops
    assert larger.activation_bytes > print_of.activation_bytes
    again = footprint(small, len(PRIMITIVES), SHAPE)
    assert again == print_of


@pytest.mark.parametrize("profile", RENTED)
def test_the_largest_batch_that_fits_fits_and_one_more_does_not(print_of, profile):
    spec, plan = RENTED[profile], planned(print_of, profile)
    most = most_tasks(plan.memory, 64, spec.memory_gib, spec.gpu_memory_gib)
    assert not problems(planned(print_of, profile, most), None, None)
    assert "memory" in problems(planned(print_of, profile, most + 1), None, None)[0]


def test_what_does_not_fit_is_named_with_settings_that_do(print_of):
    deadline, dollars = 3600.0, 0.02
    plan = planned(print_of, batch_size=10**6, epoch=3600.0)
    plan = replace(plan, problems=problems(plan, deadline, dollars))
    assert [word for problem in plan.problems for word in ("memory", "deadline", "budget") if word in problem] == [
        *("memory", "deadline", "budget")
    ]
    other = planned(print_of, "g4dn", epoch=10.0)
    told = remedies(plan, [other], None, None)
    micro, together = (int(part.split("=")[1].rstrip(":")) for part in told[0].split()[:2])
    assert micro * together >= 10**6
    assert micro <= most_tasks(plan.memory, 10**6, 30.0, None)
    assert told[-1].startswith("hardware=g4dn")
    in_time = remedies(replace(plan, problems=("late",)), [], 2.5 * 3600, None)
    assert any(each.startswith("trainer.max_epochs=2:") for each in in_time)
    assert any(each.startswith("data.max_samples=6000:") for each in in_time)


def test_a_plan_that_fits_needs_no_remedy(print_of):
    plan = planned(print_of)
    assert not problems(plan, 3600, 4)
    assert remedies(plan, [], 3600, 4) == []
    assert 0 < plan.cost(spot=True) < plan.cost(spot=False) < 4


@pytest.mark.parametrize(("batch", "most", "made"), [(64, 64, (64, 1)), (64, 63, (32, 2)), (65, 10, (10, 7))])
def test_smaller_batches_make_the_same_step(batch, most, made):
    assert smaller(batch, most) == made


def test_what_cannot_fit_is_refused_or_made_to_fit(small):
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


def test_training_stops_at_the_earliest_limit():
    config = Config()
    assert most_time(config) is None
    config.deadline, config.trainer.max_time = "2h", "00:01:00:00"
    assert most_time(config).total_seconds() == 3600
    config.budget.dollars = 0.34
    with pytest.raises(UserError, match=r"hardware\.price="):
        most_time(config)
    config.hardware.name = "c5"
    assert most_time(config).total_seconds() == pytest.approx(1800)
    config.hardware.price = 3.4
    assert most_time(config).total_seconds() == pytest.approx(360)


def test_the_old_trainer_is_explained():
    told = "\n".join(old_trainer.explanation())
    assert "4,608 tokens" in told
    assert "attempt 4, batch 8: 52.9 GiB, killed" in told
    assert old_trainer.gib(4) == pytest.approx(26.6, abs=0.1)


def test_room_is_left():
    assert 0.8 < ROOM < 1
