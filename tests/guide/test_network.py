"""What the network promises whatever its weights: pair order, padding and one pair."""

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


def canvas(grids: list[Tensor], side: int) -> Tensor:
    """Grids in the upper left corner of a canvas, [1, pair, side, side]."""
    made = torch.full((len(grids), side, side), PAD, dtype=torch.uint8)
    for place, grid in zip(made, grids, strict=True):
        place[: grid.shape[0], : grid.shape[1]] = grid
    return made[None]


def random_grids(seed: int, count: int = 3, limit: int = 9) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.randint(1, limit + 1, (count, 2), generator=generator).tolist()
    return [torch.randint(0, 10, size, dtype=torch.uint8, generator=generator) for size in sizes]


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS.keys())
def network(request):
    torch.manual_seed(0)
    shape, config = request.param
    return GuideNetwork(6, shape, config).eval()


FEATURES = torch.randint(0, 256, (1, 3, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(5))
UNDERWAY = FEATURES.flip(3)
MASK = torch.ones(1, 3, dtype=torch.bool)


def test_pair_order_does_not_matter(network):
    inputs, outputs = canvas(random_grids(1), 10), canvas(random_grids(2), 10)
    turned = torch.tensor([2, 0, 1])
    here = network(inputs, outputs, MASK, FEATURES, UNDERWAY)
    there = network(inputs[:, turned], outputs[:, turned], MASK, FEATURES[:, turned], UNDERWAY[:, turned])
    torch.testing.assert_close(here, there)


def test_a_larger_canvas_gives_the_same_logits(network):
    inputs, outputs = random_grids(3), random_grids(4)
    small = network(canvas(inputs, 10), canvas(outputs, 10), MASK, FEATURES)
    large = network(canvas(inputs, 30), canvas(outputs, 20), MASK, FEATURES)
    torch.testing.assert_close(small, large)


def test_missing_pairs_leave_no_trace(network):
    inputs, outputs = canvas(random_grids(5), 10), canvas(random_grids(6), 10)
    alone = network(inputs[:, :1], outputs[:, :1], MASK[:, :1], FEATURES[:, :1])
    mask = torch.tensor([[True, False, False]])
    padded = network(inputs, outputs, mask, FEATURES)
    assert alone.program.isfinite().all()
    torch.testing.assert_close(alone, padded)


def test_gradients_reach_every_parameter(network):
    inputs, outputs = canvas(random_grids(7), 10), canvas(random_grids(8), 10)
    logits = network(inputs, outputs, MASK, FEATURES, UNDERWAY)
    sum(part.square().sum() for part in logits if part is not None).backward()
    without = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert without == []


def test_grid_branch_sees_where_cells_are():
    """The same cells elsewhere give other logits: nothing pools positions away."""
    torch.manual_seed(0)
    network = GuideNetwork(6, None, NetworkSettings(width=32, grid_channels=4)).eval()
    left, right = torch.zeros(2, 1, 1, 6, 6, dtype=torch.uint8)
    left[..., 0, 0], right[..., 0, 5] = 3, 3
    mask = torch.ones(1, 1, dtype=torch.bool)
    assert not torch.allclose(network(left, left, mask).program, network(left, right, mask).program)


def test_a_state_is_asked_about_alone_as_beside_a_task():
    torch.manual_seed(0)
    network = GuideNetwork(6, *NETWORKS["both"]).eval()
    inputs, outputs = canvas(random_grids(9), 10), canvas(random_grids(10), 10)
    beside = network(inputs, outputs, MASK, FEATURES, UNDERWAY)
    torch.testing.assert_close(network.features(UNDERWAY, MASK)[1:], beside[1:])
    at_inputs = network(inputs, outputs, MASK, FEATURES)
    torch.testing.assert_close(network.features(FEATURES, MASK)[1:], at_inputs[1:])
    torch.testing.assert_close(at_inputs.program, beside.program)


def test_primitives_share_their_weights():
    """Without its name, a primitive is what its row says: rows that change places change answers with them."""
    torch.manual_seed(0)
    network = GuideNetwork(6, *NETWORKS["features only"]).eval()
    branch = network.features
    for names in (branch.pair_names, branch.row_names, branch.bias, branch.second_bias):
        torch.nn.init.zeros_(names)
    turned = torch.tensor([3, 0, 5, 1, 4, 2])
    rows = torch.cat([torch.zeros(1, dtype=torch.long), 1 + turned])
    here, there = network.features(FEATURES, MASK), network.features(FEATURES[:, :, rows], MASK)
    for one, other in zip(here[:3], there[:3], strict=True):
        torch.testing.assert_close(one[:, turned], other)
    torch.testing.assert_close(here.second[:, turned][:, :, turned], there.second)


def test_calibration_moves_probabilities_only(network):
    logits = torch.randn(4, 6)
    torch.testing.assert_close(network.probabilities(logits), logits.sigmoid())
    network.calibration_scale.fill_(0.5)
    torch.testing.assert_close(network.probabilities(logits), (0.5 * logits).sigmoid())
