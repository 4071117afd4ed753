"""Plans from a few measured steps: here as measured, elsewhere each profile with its own settings."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from neural_guide.data.audit.results import Cost
from neural_guide.dsl.vocabulary import PRIMITIVES
from neural_guide.features.executed import FEATURES
from neural_guide.planning.machines import RENTED, describe_this_machine
from neural_guide.planning.probe import COMPILE_CPU, Probe, compute_peak_share, plan_here, plan_rented_machines
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.planning.speed import estimate_step_seconds
from neural_guide.training.hardware_profile import Machine
from neural_guide.training.memory_footprint import measure_footprint

MACHINE = Machine("cpu", "32-true", threads=1, processes=4, choices=())
ON_GPU = replace(MACHINE, accelerator="gpu")
COST = Cost(
    steps=20,
    step_seconds=0.1,
    check_seconds=0.05,
    data_share=0.1,
    batches=800,
    val_batches=80,
    epoch_seconds=84.0,
    epochs=8,
    features_seconds=30.0,
    memory_gib=1.0,
    memory_limit_gib=30.0,
    gpu_memory_gib=None,
    machine="",
    load=0.0,
    cores=4,
)


@pytest.fixture(scope="module")
def probe():
    network = measure_footprint(BoundedTrainingSettings(), len(PRIMITIVES), (1 + len(PRIMITIVES), len(FEATURES)))
    return Probe(COST, network, 800.0, 100_000, True, False, 0.2, 50.0, 64)


@pytest.fixture
def with_gpu(monkeypatch):
    """What torch would say of a GPU of 16 GiB; there is none to ask."""
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=16 * 2**30))


def test_features_take_measured_time_here_and_all_cores_elsewhere(probe):
    assert plan_here(probe, BoundedTrainingSettings(), MACHINE).times.features == 30
    (c5,) = plan_rented_machines(probe, {"c5": BoundedTrainingSettings()}, MACHINE)
    assert c5.times.features == 30 * 4 / 16


def test_colour_augmentation_needs_more_memory_for_data(probe):
    config = BoundedTrainingSettings()
    config.data.colour_augmentation = 0.1
    plain, more = plan_here(probe, BoundedTrainingSettings(), MACHINE), plan_here(probe, config, MACHINE)
    assert more.memory.data > 1.1 * plain.memory.data
    assert more.memory.host - plain.memory.host == pytest.approx(more.memory.data - plain.memory.data)


def test_each_profile_is_planned_with_its_own_batch(probe):
    large = BoundedTrainingSettings()
    large.data.batch_size = 512
    small, hopper = plan_rented_machines(probe, {"g4dn": BoundedTrainingSettings(), "hopper": large}, MACHINE)
    assert (small.settings["batch_size"], small.settings["steps_per_epoch"]) == (64, 800)
    assert (hopper.settings["batch_size"], hopper.settings["steps_per_epoch"]) == (512, 100)
    assert hopper.memory.activations == pytest.approx(8 * small.memory.activations)


def test_a_budget_is_judged_here_if_a_price_is_known(probe):
    config = BoundedTrainingSettings()
    config.budget.dollars = 0.01
    assert "set hardware.price=" in plan_here(probe, config, MACHINE).problems[0]
    config.hardware.price = 3.0
    assert "the budget is $0.01" in plan_here(probe, config, MACHINE).problems[0]
    config.hardware.price, config.hardware.name = None, "c5"
    assert plan_here(probe, config, MACHINE).spec.on_demand == RENTED["c5"].on_demand
    (priced,) = plan_rented_machines(probe, {"c5": config}, MACHINE)
    config.hardware.price = 0.2
    (cheap,) = plan_rented_machines(probe, {"c5": config}, MACHINE)
    assert cheap.cost(spot=False) < priced.cost(spot=False) / 2


def test_a_plan_counts_the_memory_of_the_gpu_here(probe, with_gpu):
    plan = plan_here(probe, BoundedTrainingSettings(), ON_GPU)
    assert (plan.spec.gpu_memory_gib, plan.memory.on_gpu) == (16, True)
    large = BoundedTrainingSettings()
    large.data.batch_size = 10**6
    assert any("GPU memory, here has 16.0" in problem for problem in plan_here(probe, large, ON_GPU).problems)


def test_a_step_on_a_gpu_gives_no_share_of_the_processor_peak(probe, with_gpu):
    assert compute_peak_share(probe, BoundedTrainingSettings(), ON_GPU) is None
    assert 0 < compute_peak_share(probe, BoundedTrainingSettings(), MACHINE) < 1
    ours = describe_this_machine("auto", ON_GPU, 80.0)
    fast, slow = (estimate_step_seconds(probe.footprint, 64, RENTED["c5"], ours, measured) for measured in (0.001, 0.1))
    assert fast == slow


def test_compiling_on_a_processor_takes_the_measured_time(probe):
    config = BoundedTrainingSettings()
    assert plan_here(probe, config, MACHINE).times.compiling == 0
    config.compile.enabled = True
    assert plan_here(probe, config, MACHINE).times.compiling == COMPILE_CPU


def test_a_full_disk_is_a_problem(probe):
    assert "GiB of disk" in plan_here(replace(probe, free_gib=0.001), BoundedTrainingSettings(), MACHINE).problems[0]
