"""A task's policy predicts what the network predicts from the grids of a state."""

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
from neural_guide.guide.priors import build_frequency_prior, build_guide_prior, build_oracle_prior
from neural_guide.guide.search_queries import TaskPolicy
from neural_guide.guide.settings import NetworkSettings
from neural_guide.search.settings import SearchBudget, SearchSettings
from neural_guide.search.solver import solve

FUNCTIONS = [PRIMITIVES[name] for name in V2.names]
TASK = load_tasks("arc1-training")[0].task


@pytest.fixture(scope="module")
def guide() -> Guide:
    """An untrained guide: its predictions are arbitrary, but always the same."""
    torch.manual_seed(0)
    settings = NetworkSettings(width=32, grid_channels=4, row_width=16)
    network = GuideNetwork(len(V2), (1 + len(V2), len(FEATURES)), settings).eval()
    network.calibration_scale.fill_(0.5)
    rates = np.linspace(0.1, 0.9, len(V2), dtype=np.float32)
    return Guide.from_network(network, V2, settings, Baselines(rates, np.zeros((1, len(V2)), np.float32), rates))


def query(policy: TaskPolicy, grids: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    return policy(grids, [[function(grid) for function in FUNCTIONS] for grid in grids])


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_policy_follows_from_the_features_of_a_state(guide, quarters):
    policy = TaskPolicy(guide, TASK)
    query(policy, [pair.input for pair in TASK.pairs])
    states = [np.rot90(pair.input, quarters).copy() for pair in TASK.pairs]
    pairs = zip(states, TASK.pairs, strict=True)
    rows = [compute_executed_features(state, pair.output, FUNCTIONS) for state, pair in pairs]
    mask = torch.ones(1, len(rows), dtype=torch.bool)
    with torch.no_grad():
        _, next_primitive, remaining, transition = guide.network.features(torch.from_numpy(np.stack(rows))[None], mask)
    output = query(policy, states)
    assert np.allclose(output[0], next_primitive[0].softmax(0), atol=1e-6)
    assert np.allclose(output[1], remaining[0].sigmoid(), atol=1e-6)
    assert np.allclose(output[2], transition[0].softmax(1), atol=1e-6)
    assert np.isclose(output[0].sum(), 1)
    assert np.allclose(output[2].sum(axis=1), 1)


def test_only_the_first_five_pairs_are_used(guide):
    many = Task("many", TASK.pairs * 2, ())
    few = Task("few", many.pairs[:5], ())
    assert len(many.pairs) > 5
    grids = [pair.input for pair in many.pairs]
    of_many, of_few = query(TaskPolicy(guide, many), grids), query(TaskPolicy(guide, few), grids[:5])
    for one, other in zip(of_many, of_few, strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_a_search_queries_the_policy_at_later_states(guide):
    hopeless = Task("hopeless", (Pair(TASK.pairs[0].input, np.full((7, 2), 9, np.uint8)),), ())
    prior, budget = build_guide_prior(guide, hopeless), SearchBudget(nodes=600, length=3)
    always = solve(hopeless, V2, prior, budget, SearchSettings(query_depth=8, query_threshold=1.0))
    prior = build_guide_prior(guide, hopeless)
    once = solve(hopeless, V2, prior, budget, SearchSettings(query_depth=0))
    assert always.query_count > 5
    assert once.query_count == 1


def test_frequency_and_oracle_priors(guide):
    assert np.allclose(build_frequency_prior(guide).probabilities, np.linspace(0.1, 0.9, len(V2)))
    oracle = build_oracle_prior(V2, ("vmirror", "rot90", "vmirror")).probabilities
    assert {name for name, chance in zip(V2.names, oracle, strict=True) if chance} == {"vmirror", "rot90"}
