"""A guide asked about the states of a task: what it says is what its network says of their grids."""

import numpy as np
import pytest
import torch

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.task import Pair, Task
from neural_guide.dsl.vocabulary import PRIMITIVES, V2
from neural_guide.features.executed import FEATURES, compute_executed_features
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.guide import Guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.priors import frequency_prior, guide_prior, oracle_prior
from neural_guide.guide.settings import NetworkSettings
from neural_guide.guide.task_policy import TaskAdvisor
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve

FUNCTIONS = [PRIMITIVES[name] for name in V2.names]
TASK = load_tasks("arc1-training")[0].task


@pytest.fixture(scope="module")
def guide() -> Guide:
    """Untrained: what it says is noise, but always the same."""
    torch.manual_seed(0)
    config = NetworkSettings(width=32, grid_channels=4, row_width=16)
    network = GuideNetwork(len(V2), (1 + len(V2), len(FEATURES)), config).eval()
    network.calibration_scale.fill_(0.5)
    rates = torch.linspace(0.1, 0.9, len(V2))
    return Guide(network, V2, config, Baselines(rates, torch.zeros(1, len(V2)), torch.zeros(len(V2))))


def asked(advisor: TaskAdvisor, grids: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    return advisor(grids, [[function(grid) for function in FUNCTIONS] for grid in grids])


@pytest.mark.parametrize("quarters", [0, 1])
def test_of_a_state_it_says_what_its_features_say(guide, quarters):
    advisor = TaskAdvisor(guide, TASK)
    asked(advisor, [pair.input for pair in TASK.pairs])
    states = [np.rot90(pair.input, quarters).copy() for pair in TASK.pairs]
    rows = [
        compute_executed_features(state, pair.output, FUNCTIONS) for state, pair in zip(states, TASK.pairs, strict=True)
    ]
    mask = torch.ones(1, len(rows), dtype=torch.bool)
    with torch.no_grad():
        _, following, needed, second = guide.network.features(torch.from_numpy(np.stack(rows))[None], mask)
    said = asked(advisor, states)
    assert np.allclose(said[0], following[0].softmax(0), atol=1e-6)
    assert np.allclose(said[1], needed[0].sigmoid(), atol=1e-6)
    assert np.allclose(said[2], second[0].softmax(1), atol=1e-6)
    assert np.isclose(said[0].sum(), 1)
    assert np.allclose(said[2].sum(axis=1), 1)


def test_of_many_pairs_the_first_five_count(guide):
    many = Task("many", TASK.pairs * 2, ())
    few = Task("few", many.pairs[:5], ())
    assert len(many.pairs) > 5
    grids = [pair.input for pair in many.pairs]
    for one, other in zip(
        asked(TaskAdvisor(guide, many), grids), asked(TaskAdvisor(guide, few), grids[:5]), strict=True
    ):
        assert np.allclose(one, other, atol=1e-6)


def test_a_search_asks_it_on_its_way(guide):
    hopeless = Task("hopeless", (Pair(TASK.pairs[0].input, np.full((7, 2), 9, np.uint8)),), ())
    budget = SearchBudget(nodes=600, length=3)
    always = solve(
        hopeless, V2, guide_prior(guide, hopeless), budget, SearchSettings(query_depth=8, query_threshold=1.0)
    )
    once = solve(hopeless, V2, guide_prior(guide, hopeless), budget, SearchSettings(query_depth=0))
    assert always.query_count > 5
    assert once.query_count == 1


def test_priors_by_name(guide):
    assert np.allclose(frequency_prior(guide).probabilities, np.linspace(0.1, 0.9, len(V2)))
    known = oracle_prior(V2, ("vmirror", "rot90", "vmirror")).probabilities
    assert {name for name, chance in zip(V2.names, known, strict=True) if chance} == {"vmirror", "rot90"}
