"""A compiled question has the answers of the network that was trained."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.features.executed import FEATURES
from neural_guide.guide.compiled_inference import ask, weights_of
from neural_guide.guide.network import HEADS, FeatureBranch
from neural_guide.guide.settings import NetworkSettings


def branch_of(primitives: int, width: int, layers: int) -> FeatureBranch:
    """Untrained; numbers that start as 0 or 1 are others, as after training."""
    torch.manual_seed(0)
    config = NetworkSettings(row_width=width, row_layers=layers)
    branch = FeatureBranch((1 + primitives, len(FEATURES)), config).eval()
    with torch.no_grad():
        for parameter in branch.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return branch


BRANCHES = {
    (primitives, width, layers): branch_of(primitives, width, layers)
    for primitives, width, layers in ((17, 64, 2), (5, 2 * HEADS, 1), (1, HEADS, 0), (166, 32, 3))
}


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=map(str, BRANCHES))
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), pairs=st.integers(1, 5))
def test_it_answers_as_the_network_does(branch, seed, pairs):
    rows = branch.row_names.shape[0]
    features = np.random.default_rng(seed).integers(0, 256, (pairs, rows, len(FEATURES)), np.uint8)
    answers, second = ask(features, weights_of(branch))
    with torch.inference_mode():
        steps = branch(torch.from_numpy(features)[None], torch.ones(1, pairs, dtype=torch.bool))
    for ours, theirs in ((answers[:, 0], steps.following), (answers[:, 1], steps.needed), (second, steps.second)):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs[0].numpy(), rtol=1e-4, atol=1e-4)


def test_the_weights_stay_as_they_were():
    branch = branch_of(5, 2 * HEADS, 1)
    before = {name: value.clone() for name, value in branch.state_dict().items()}
    features = np.zeros((2, 6, len(FEATURES)), np.uint8)
    first = ask(features, weights_of(branch))
    again = ask(features, weights_of(branch))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert all(torch.equal(value, before[name]) for name, value in branch.state_dict().items())
