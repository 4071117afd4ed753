"""The compiled forward pass has the output of the network that was trained."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.features.executed import FEATURES
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.compiled_inference import infer_program, infer_steps
from neural_guide.guide.guide import Guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import HEADS, NetworkSettings


def build_guide(primitives: int, sizes: NetworkSettings) -> Guide:
    """A guide of an untrained network; parameters that start as 0 or 1 are moved, as training does."""
    torch.manual_seed(0)
    network = GuideNetwork(primitives, (1 + primitives, len(FEATURES)), sizes).eval()
    with torch.no_grad():
        for parameter in (*network.parameters(), network.calibration_scale, network.calibration_shift):
            parameter += 0.3 * torch.randn_like(parameter)
    names = Vocabulary(tuple(map(str, range(primitives))))
    return Guide.from_network(network, names, sizes, Baselines(*(np.zeros((1, 1), np.float32),) * 3))


STEP_GUIDES = {
    (primitives, width, layers): build_guide(
        primitives, NetworkSettings(width=8, row_width=width, row_layers=layers, grid_channels=4)
    )
    for primitives, width, layers in ((17, 64, 2), (5, 2 * HEADS, 1), (1, HEADS, 0), (123, 32, 3))
}
PROGRAM_GUIDES = {
    (primitives, layers, summary): build_guide(
        primitives,
        NetworkSettings(width=24, row_width=16, row_layers=layers, row_summary=summary, steps=False, grids=False),
    )
    for primitives, layers, summary in ((17, 2, None), (1, 0, 3), (123, 0, 4))
}


def draw_features(guide: Guide, seed: int, pairs: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (pairs, *guide.feature_shape), np.uint8)


@pytest.mark.parametrize("guide", STEP_GUIDES.values(), ids=map(str, STEP_GUIDES))
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), pairs=st.integers(1, 5))
def test_compiled_logits_equal_those_of_the_network(guide, seed, pairs):
    features = draw_features(guide, seed, pairs)
    logits, transition = infer_steps(features, guide.branch, guide.steps)
    with torch.inference_mode():
        steps = guide.network.features(torch.from_numpy(features)[None], torch.ones(1, pairs, dtype=torch.bool))
    for compiled, expected in (
        (logits[:, 0], steps.next_primitive),
        (logits[:, 1], steps.remaining),
        (transition, steps.transition),
    ):
        assert compiled.dtype == np.float32
        np.testing.assert_allclose(compiled, expected[0].numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("guide", PROGRAM_GUIDES.values(), ids=map(str, PROGRAM_GUIDES))
@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), pairs=st.integers(1, 5))
def test_compiled_probabilities_equal_those_of_the_network(guide, seed, pairs):
    features = draw_features(guide, seed, pairs)
    grids = torch.zeros(1, pairs, 3, 3, dtype=torch.uint8)
    with torch.inference_mode():
        mask = torch.ones(1, pairs, dtype=torch.bool)
        logits = guide.network(grids, grids, mask, torch.from_numpy(features)[None]).program
        expected = guide.network.probabilities(logits)[0].numpy()
    compiled = infer_program(features, guide.branch, guide.head)
    assert compiled.dtype == np.float32
    np.testing.assert_allclose(compiled, expected, atol=1e-5)


def test_inference_leaves_the_weights_unchanged():
    guide = STEP_GUIDES[5, 2 * HEADS, 1]
    before = {name: value.copy() for name, value in guide.parameters.items()}
    features = np.zeros((2, *guide.feature_shape), np.uint8)
    first = infer_steps(features, guide.branch, guide.steps)
    second = infer_steps(features, guide.branch, guide.steps)
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert all(np.array_equal(value, before[name]) for name, value in guide.parameters.items())


@pytest.mark.parametrize("guide", [STEP_GUIDES[5, 2 * HEADS, 1], PROGRAM_GUIDES[1, 0, 3]], ids=["steps", "program"])
@pytest.mark.parametrize("name", ["features.pair_layer.weight", "features.norm.bias"])
def test_parameters_of_another_shape_are_refused_with_their_name(guide, name):
    parameters = guide.parameters | {name: np.zeros((3, 2), np.float32)}
    damaged = Guide(guide.vocabulary, guide.settings, guide.feature_shape, parameters, guide.baselines)
    with pytest.raises(ValueError, match=rf"{name} is of shape \[3, 2\], shape \[\d+"):
        _ = damaged.branch
