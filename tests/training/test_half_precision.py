"""fp16 as on a T4, on the processor: finite losses, no skipped steps, the loss of fp32, no question to the device."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from neural_guide.guide.network import GuideNetwork, Logits
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.batch_types import Batch
from neural_guide.training.losses import compute_losses
from neural_guide.training.precision import ScaledPrecision
from neural_guide.training.settings import TrainingSettings
from support.half_precision import train

SETTLED = 5  # steps until the scaler has found its scale


@pytest.fixture(scope="module")
def records(dataset):
    """The same short training in each number format."""
    settings = TrainingSettings()
    settings.data.path, settings.data.quality_threshold, settings.data.batch_size = str(dataset), 0.0, 16
    settings.network.width, settings.network.row_width, settings.network.grid_channels = 32, 16, 4
    settings.trainer.max_steps = 24
    return {precision: train(settings, precision) for precision in ("32-true", "16-mixed", "bf16-mixed")}


@pytest.mark.parametrize("precision", ["16-mixed", "bf16-mixed"])
def test_half_precision_trains_as_fp32_does(records, precision):
    record, whole = records[precision], records["32-true"]
    assert torch.tensor(record.losses).isfinite().all()
    assert record.losses != whole.losses  # so it was another format
    assert record.last_loss(10) == pytest.approx(whole.last_loss(10), rel=0.02)
    assert all(step < SETTLED for step in record.skipped)
    assert len(set(record.scales[SETTLED:])) == 1


def test_sums_beyond_fp16_leave_the_loss_finite():
    """Without intermediate states all logits of steps are summed: 64 x 17 x 17 of them."""
    logits = Logits(
        program=torch.zeros(64, 17, dtype=torch.float16),
        next_primitive=torch.full((64, 17), 100.0, dtype=torch.float16),
        remaining=torch.zeros(64, 17, dtype=torch.float16),
        transition=torch.full((64, 17, 17), 100.0, dtype=torch.float16),
    )
    assert logits.transition.sum().isinf()
    batch = Batch(*[torch.zeros(1)] * 3, None, torch.zeros(64, 17, dtype=torch.bool), *[torch.zeros(64)] * 2)
    losses = compute_losses(logits, batch)
    assert losses.total.dtype == torch.float32
    assert float(losses.total) == pytest.approx(0.6931, abs=1e-3)


def test_missing_pairs_give_finite_gradients_in_fp16():
    """The maximum over pairs masks missing ones with minus infinity."""
    torch.manual_seed(0)
    network = GuideNetwork(6, (7, 7), NetworkSettings(width=32, row_width=8, grid_channels=4))
    grids = torch.randint(0, 10, (2, 3, 5, 5), dtype=torch.uint8)
    features = torch.randint(0, 256, (2, 3, 7, 7), dtype=torch.uint8)
    mask = torch.tensor([[True, False, False], [True, True, True]])
    with torch.autocast("cpu", torch.float16):
        logits = network(grids, grids, mask, features, features)
    sum(part.float().square().mean() for part in logits).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.isfinite().all(), name


class NoValues(TorchDispatchMode):
    """Refuse operators that hand a value of a tensor to Python."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func is not torch.ops.aten._local_scalar_dense.default
        return func(*args, **(kwargs or {}))


class Model:
    """The part of a LightningModule that a precision plugin uses: the clipping of gradients."""

    automatic_optimization = True

    def __init__(self, precision, limit):
        self.precision, self.limit = precision, limit
        self.trainer = self

    def clip(self, optimizer):
        self.precision.clip_gradients(optimizer, self.limit)


@pytest.mark.parametrize("is_finite", [True, False])
def test_a_scaled_step_of_a_fused_optimizer_asks_for_no_value(monkeypatch, is_finite):
    """It clips unscaled gradients, and where one is infinite it leaves the weights and lowers the scale."""
    torch.manual_seed(0)
    weights = torch.nn.Parameter(torch.ones(4))
    before = weights.detach().clone()
    optimizer = torch.optim.SGD([weights], lr=1.0, fused=True)
    precision = ScaledPrecision("cpu")
    model = Model(precision, 0.5)
    monkeypatch.setattr(precision, "_after_closure", lambda model, optimizer: model.clip(optimizer))
    scale = precision.scaler.scale(torch.ones(())).item()

    def closure():
        loss = weights.sum() if is_finite else weights.sum() * torch.inf
        precision.scaler.scale(loss).backward()
        return loss

    with NoValues():
        precision.optimizer_step(optimizer, model, closure)
    moved = before - weights.detach()
    if is_finite:
        torch.testing.assert_close(moved, torch.full((4,), 0.25))  # of norm 0.5; unclipped it would be 2
    else:
        assert not moved.any()
        assert precision.scaler.get_scale() == scale / 2
