"""The compiled forward pass has the output of the network that was trained."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.features.executed import FEATURES
from neural_guide.guide.compiled_inference import extract_weights, infer
from neural_guide.guide.network import HEADS, FeatureBranch
from neural_guide.guide.settings import NetworkSettings


def build_branch(primitives: int, width: int, layers: int) -> FeatureBranch:
    """An untrained branch; parameters that start as 0 or 1 are moved, as training does."""
    torch.manual_seed(0)
    network = NetworkSettings(row_width=width, row_layers=layers)
    branch = FeatureBranch((1 + primitives, len(FEATURES)), network).eval()
    with torch.no_grad():
        for parameter in branch.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return branch


BRANCHES = {
    (primitives, width, layers): build_branch(primitives, width, layers)
    for primitives, width, layers in ((17, 64, 2), (5, 2 * HEADS, 1), (1, HEADS, 0), (123, 32, 3))
}


@pytest.mark.parametrize("branch", BRANCHES.values(), ids=map(str, BRANCHES))
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), pairs=st.integers(1, 5))
def test_compiled_logits_equal_those_of_the_network(branch, seed, pairs):
    rows = branch.primitive_embedding.shape[0]
    features = np.random.default_rng(seed).integers(0, 256, (pairs, rows, len(FEATURES)), np.uint8)
    logits, transition = infer(features, extract_weights(branch))
    with torch.inference_mode():
        steps = branch(torch.from_numpy(features)[None], torch.ones(1, pairs, dtype=torch.bool))
    for compiled, expected in (
        (logits[:, 0], steps.next_primitive),
        (logits[:, 1], steps.remaining),
        (transition, steps.transition),
    ):
        assert compiled.dtype == np.float32
        np.testing.assert_allclose(compiled, expected[0].numpy(), rtol=1e-4, atol=1e-4)


def test_inference_leaves_the_weights_unchanged():
    branch = build_branch(5, 2 * HEADS, 1)
    before = {name: value.clone() for name, value in branch.state_dict().items()}
    features = np.zeros((2, 6, len(FEATURES)), np.uint8)
    first = infer(features, extract_weights(branch))
    second = infer(features, extract_weights(branch))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(torch.equal(value, before[name]) for name, value in branch.state_dict().items())
