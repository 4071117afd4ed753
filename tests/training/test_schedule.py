"""The learning rate over a training, however short it is."""

import pytest
import torch

from neural_guide.training.module import build_one_cycle
from neural_guide.training.settings import OptimizerSettings


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 0.5])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 8, 10, 40])
def test_the_rate_stays_positive_and_ends_near_zero(steps, share):
    settings = OptimizerSettings(lr=1e-3, warmup_share=share)
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=settings.lr)
    schedule = build_one_cycle(optimizer, settings, steps)
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(steps - 1):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert all(0 < rate <= settings.lr * 1.0001 for rate in rates)
    assert steps == 1 or rates[-1] < 0.01 * settings.lr
