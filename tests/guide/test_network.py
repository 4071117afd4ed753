"""Invariants of the network for any weights: pair order, padding, a single pair."""

import pytest
import torch
from torch import Tensor

from neural_guide.arc.grid import PAD
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import NetworkSettings

SHAPE = (7, 7)  # of six primitives
NETWORKS = {
    "grids only": (None, NetworkSettings(width=32, grid_channels=4)),
    "features only": (SHAPE, NetworkSettings(width=32, row_width=8, grids=False)),
    "both": (SHAPE, NetworkSettings(width=32, row_width=8, grid_channels=4)),
}


def place_on_canvas(grids: list[Tensor], side: int) -> Tensor:
    """Grids in the upper left corner of a canvas, [1, pair, side, side]."""
    canvases = torch.full((len(grids), side, side), PAD, dtype=torch.uint8)
    for canvas, grid in zip(canvases, grids, strict=True):
        canvas[: grid.shape[0], : grid.shape[1]] = grid
    return canvases[None]


def draw_grids(seed: int, count: int = 3, limit: int = 9) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.randint(1, limit + 1, (count, 2), generator=generator).tolist()
    return [torch.randint(0, 10, size, dtype=torch.uint8, generator=generator) for size in sizes]


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys())
def network(request):
    torch.manual_seed(0)
    shape, settings = request.param
    return GuideNetwork(6, shape, settings).eval()


FEATURES = torch.randint(0, 256, (1, 3, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
INTERMEDIATE = FEATURES.flip(3)
MASK = torch.ones(1, 3, dtype=torch.bool)


def test_pair_order_does_not_matter(network):
    inputs, outputs = place_on_canvas(draw_grids(1), 10), place_on_canvas(draw_grids(2), 10)
    order = torch.tensor([2, 0, 1])
    original = network(inputs, outputs, MASK, FEATURES, INTERMEDIATE)
    permuted = network(inputs[:, order], outputs[:, order], MASK, FEATURES[:, order], INTERMEDIATE[:, order])
    torch.testing.assert_close(original, permuted)


def test_a_larger_canvas_gives_the_same_logits(network):
    inputs, outputs = draw_grids(3), draw_grids(4)
    small = network(place_on_canvas(inputs, 10), place_on_canvas(outputs, 10), MASK, FEATURES)
    large = network(place_on_canvas(inputs, 30), place_on_canvas(outputs, 20), MASK, FEATURES)
    torch.testing.assert_close(small, large)


def test_missing_pairs_have_no_influence(network):
    inputs, outputs = place_on_canvas(draw_grids(5), 10), place_on_canvas(draw_grids(6), 10)
    alone = network(inputs[:, :1], outputs[:, :1], MASK[:, :1], FEATURES[:, :1])
    mask = torch.tensor([[True, False, False]])
    padded = network(inputs, outputs, mask, FEATURES)
    assert alone.program.isfinite().all()
    torch.testing.assert_close(alone, padded)


def test_gradients_reach_every_parameter(network):
    inputs, outputs = place_on_canvas(draw_grids(7), 10), place_on_canvas(draw_grids(8), 10)
    logits = network(inputs, outputs, MASK, FEATURES, INTERMEDIATE)
    sum(part.square().sum() for part in logits if part is not None).backward()
    without = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert without == []


def test_grid_branch_distinguishes_positions_of_cells():
    """The same cells elsewhere give other logits: no pooling over positions."""
    torch.manual_seed(0)
    network = GuideNetwork(6, None, NetworkSettings(width=32, grid_channels=4)).eval()
    left, right = torch.zeros(2, 1, 1, 6, 6, dtype=torch.uint8)
    left[..., 0, 0], right[..., 0, 5] = 3, 3
    mask = torch.ones(1, 1, dtype=torch.bool)
    assert not torch.allclose(network(left, left, mask).program, network(left, right, mask).program)


def test_a_state_has_the_same_logits_alone_and_beside_its_task():
    torch.manual_seed(0)
    network = GuideNetwork(6, *NETWORKS["both"]).eval()
    inputs, outputs = place_on_canvas(draw_grids(9), 10), place_on_canvas(draw_grids(10), 10)
    beside = network(inputs, outputs, MASK, FEATURES, INTERMEDIATE)
    torch.testing.assert_close(network.features(INTERMEDIATE, MASK)[1:], beside[1:])
    at_inputs = network(inputs, outputs, MASK, FEATURES)
    torch.testing.assert_close(network.features(FEATURES, MASK)[1:], at_inputs[1:])
    torch.testing.assert_close(at_inputs.program, beside.program)


def test_primitives_share_their_weights():
    """Without embeddings and biases, permuted rows of features give permuted logits."""
    torch.manual_seed(0)
    network = GuideNetwork(6, *NETWORKS["features only"]).eval()
    branch = network.features
    for parameter in (branch.pair_embedding, branch.primitive_embedding, branch.bias, branch.transition_bias):
        torch.nn.init.zeros_(parameter)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    rows = torch.cat([torch.zeros(1, dtype=torch.long), 1 + order])
    original, permuted = network.features(FEATURES, MASK), network.features(FEATURES[:, :, rows], MASK)
    for one, other in zip(original[:3], permuted[:3], strict=True):
        torch.testing.assert_close(one[:, order], other)
    torch.testing.assert_close(original.transition[:, order][:, :, order], permuted.transition)


def test_calibration_changes_probabilities_only(network):
    logits = torch.randn(4, 6)
    torch.testing.assert_close(network.probabilities(logits), logits.sigmoid())
    network.calibration_scale.fill_(0.5)
    torch.testing.assert_close(network.probabilities(logits), (0.5 * logits).sigmoid())
