"""Calibration, baselines and hand-made features."""

import numpy as np
import torch

from neural_guide.arc.grid import PAD
from neural_guide.features.handcrafted import compute_handcrafted_features
from neural_guide.guide.baselines import fit_baselines
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.evaluation import Answers, calibrate
from neural_guide.training.metrics import headline_metrics


def test_calibration_mends_overconfidence():
    torch.manual_seed(0)
    truth = torch.randn(4000, 3)
    labels = torch.rand(4000, 3) < torch.sigmoid(truth)
    network = GuideNetwork(3, None, NetworkSettings(width=8, grid_channels=4))
    claimed = 4 * truth + 1  # too sure, and shifted
    halves = [
        Answers(claimed[part], labels[part], torch.ones(2000), torch.arange(2000), torch.zeros(2000, 1))
        for part in (slice(0, 2000), slice(2000, 4000))
    ]
    before = headline_metrics(torch.sigmoid(halves[1].logits), halves[1].labels)
    calibrate(network, halves[0])
    after = headline_metrics(network.probabilities(halves[1].logits), halves[1].labels)
    assert after["ece"] < 0.03 < before["ece"]
    assert after["loss"] < before["loss"]
    assert torch.allclose(network.calibration_scale, torch.tensor(0.25), atol=0.06)


def test_linear_baseline_finds_a_linear_rule():
    rng = np.random.default_rng(0)
    handmade = rng.normal(3, 5, size=(3000, 4)).astype(np.float32)
    labels = np.stack([handmade[:, 0] > 3, np.zeros(3000, dtype=bool)], axis=1)
    rates = labels.mean(axis=0).astype(np.float32)
    predicted = fit_baselines(handmade, labels, rates).predictions(torch.tensor(handmade))
    assert ((predicted["linear"][:, 0] > 0.5).numpy() == labels[:, 0]).mean() > 0.98
    assert predicted["linear"][:, 1].max() < 0.01  # never true in training
    assert torch.equal(predicted["nothing"], torch.zeros(3000, 2))
    assert np.allclose(predicted["base_rates"].numpy(), rates)


def test_handmade_features_leave_padding_and_pair_order_out():
    rng = np.random.default_rng(1)
    grids = np.full((2, 1, 2, 10, 10), PAD, dtype=np.uint8)
    grids[:, :, :, :4, :3] = rng.integers(0, 10, size=(2, 1, 2, 4, 3))
    wide = np.full((2, 1, 2, 30, 30), PAD, dtype=np.uint8)
    wide[..., :10, :10] = grids
    mask = np.ones((1, 2), dtype=bool)
    here = compute_handcrafted_features(grids[0], grids[1], mask)
    np.testing.assert_allclose(here, compute_handcrafted_features(wide[0], wide[1], mask), rtol=1e-6)
    np.testing.assert_allclose(
        here, compute_handcrafted_features(grids[0][:, ::-1], grids[1][:, ::-1], mask), rtol=1e-5
    )
