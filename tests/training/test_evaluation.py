"""Calibration, baselines and handcrafted features."""

import numpy as np
import torch

from neural_guide.arc.grid import PAD
from neural_guide.features.handcrafted import compute_handcrafted_features
from neural_guide.guide.calibration import fit_calibration
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import NetworkSettings
from neural_guide.training.baseline_fitting import fit_baselines
from neural_guide.training.metrics import compute_headline_metrics


def test_calibration_corrects_overconfidence():
    torch.manual_seed(0)
    true_logits = torch.randn(4000, 3)
    labels = torch.rand(4000, 3) < torch.sigmoid(true_logits)
    network = GuideNetwork(3, None, NetworkSettings(width=8, grid_channels=4))
    logits = 4 * true_logits + 1  # overconfident, and shifted
    before = compute_headline_metrics(torch.sigmoid(logits[2000:]), labels[2000:])
    fit_calibration(network, logits[:2000], labels[:2000])
    after = compute_headline_metrics(network.probabilities(logits[2000:]), labels[2000:])
    assert after["ece"] < 0.03 < before["ece"]
    assert after["loss"] < before["loss"]
    assert torch.allclose(network.calibration_scale, torch.tensor(0.25), atol=0.06)


def test_linear_baseline_finds_a_linear_rule():
    rng = np.random.default_rng(0)
    features = rng.normal(3, 5, size=(3000, 4)).astype(np.float32)
    labels = np.stack([features[:, 0] > 3, np.zeros(3000, dtype=bool)], axis=1)
    rates = labels.mean(axis=0).astype(np.float32)
    predictions = fit_baselines(features, labels, rates).predict(torch.tensor(features))
    assert ((predictions["linear"][:, 0] > 0.5).numpy() == labels[:, 0]).mean() > 0.98
    assert predictions["linear"][:, 1].max() < 0.01  # never true in training
    assert torch.equal(predictions["nothing"], torch.zeros(3000, 2))
    assert np.allclose(predictions["base_rates"].numpy(), rates)


def test_handcrafted_features_ignore_padding_and_pair_order():
    rng = np.random.default_rng(1)
    grids = np.full((2, 1, 2, 10, 10), PAD, dtype=np.uint8)
    grids[:, :, :, :4, :3] = rng.integers(0, 10, size=(2, 1, 2, 4, 3))
    wide = np.full((2, 1, 2, 30, 30), PAD, dtype=np.uint8)
    wide[..., :10, :10] = grids
    mask = np.ones((1, 2), dtype=bool)
    expected = compute_handcrafted_features(grids[0], grids[1], mask)
    np.testing.assert_allclose(expected, compute_handcrafted_features(wide[0], wide[1], mask), rtol=1e-6)
    reversed_pairs = compute_handcrafted_features(grids[0][:, ::-1], grids[1][:, ::-1], mask)
    np.testing.assert_allclose(expected, reversed_pairs, rtol=1e-5)
