"""Slow proof, run by `make soak`: the emergency plan's data trains in fp16 and in bf16 as in fp32."""

from itertools import pairwise

import pytest
import torch

from neural_guide.app.command import load_settings
from neural_guide.config import SURFACE
from support.half_precision import train

STEPS = 300
LAST_STEPS = 50  # whose mean is the final loss
SETTLED = 5  # steps until the scaler has found its scale


@pytest.mark.soak
def test_the_emergency_plan_trains_alike_in_half_precision(default_dataset, capsys):
    """Ten minutes on one core: fp16 is slow on a processor."""
    overrides = [f"data.path={default_dataset}", f"trainer.max_steps={STEPS}", "trainer.max_epochs=100"]
    settings = load_settings("train", ["experiment=emergency", *overrides], SURFACE)
    records = {precision: train(settings, precision) for precision in ("32-true", "bf16-mixed", "16-mixed")}
    whole = records["32-true"]
    for precision, record in records.items():
        assert len(record.losses) == STEPS
        assert torch.tensor(record.losses).isfinite().all(), precision
        assert all(step < SETTLED for step in record.skipped), precision
        assert record.last_loss(LAST_STEPS) == pytest.approx(whole.last_loss(LAST_STEPS), rel=0.02), precision
        assert record.val_losses[-1] == pytest.approx(whole.val_losses[-1], rel=0.02), precision
        with capsys.disabled():
            falls = [step for step, (one, two) in enumerate(pairwise(record.scales), 1) if two < one]
            print(
                f"\n{precision}: loss {record.last_loss(LAST_STEPS):.4f} over the last {LAST_STEPS} of {STEPS} steps, "
                f"validation loss {record.val_losses[-1]:.5f}; skipped steps {record.skipped}, scale at the end "
                f"{record.scales[-1]:,.0f}, lowered after the first step at {falls}"
            )
