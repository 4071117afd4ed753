"""Metrics against hand-computed values and against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score

from neural_guide.training.metrics import GuideMetrics, compute_metrics, expected_calibration_error, worst_rank

NAMES = ("a", "b", "c")


def test_metrics_equal_hand_computed_ones():
    probabilities = torch.tensor([[0.9, 0.2, 0.6], [0.1, 0.8, 0.3]])
    labels = torch.tensor([[True, False, False], [False, True, True]])
    metrics = compute_metrics(probabilities, labels, NAMES)
    # At 0.5: predicted {a, c} and {b}; true {a} and {b, c}: 2 hits, 1 false alarm, 1 miss.
    assert metrics["f1_micro"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert metrics["f1_macro"] == pytest.approx((1 + 1 + 0) / 3)
    assert metrics["exact_set"] == 0
    assert metrics["ap/c"] == pytest.approx(0.5)  # the one positive comes second
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.01 + 0.04 + 0.49) / 6)
    assert metrics["worst_rank"] == pytest.approx((1 + 2) / 2)
    assert metrics["support/c"] == 1
    expected = -sum(map(math.log, (0.9, 0.8, 0.4, 0.9, 0.8, 0.3))) / 6
    assert metrics["loss"] == pytest.approx(expected, rel=1e-5)


def test_calibration_error_of_a_constant_prediction():
    labels = torch.zeros(10, 1, dtype=torch.bool)
    labels[:3] = True
    assert expected_calibration_error(torch.full((10, 1), 0.5), labels) == pytest.approx(0.2)
    assert expected_calibration_error(torch.full((10, 1), 0.3), labels) == pytest.approx(0.0, abs=1e-6)


def test_ties_count_against_the_guide():
    labels = torch.tensor([[True, False, False]])
    assert worst_rank(torch.zeros(1, 3), labels).tolist() == [3]


def test_a_primitive_without_a_positive_has_no_precision():
    labels = torch.tensor([[True, False, True], [False, False, True]])
    metrics = compute_metrics(torch.rand(2, 3), labels, NAMES)
    assert math.isnan(metrics["ap/b"])
    assert math.isfinite(metrics["map"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(2, 6))
def test_metrics_agree_with_scikit_learn(seed, rows, columns):
    rng = np.random.default_rng(seed)
    labels = rng.random((rows, columns)) < 0.4
    labels[0], labels[1] = True, False
    probabilities = rng.random((rows, columns)).astype(np.float32)
    names = tuple(map(str, range(columns)))
    metrics = compute_metrics(torch.tensor(probabilities), torch.tensor(labels), names)
    predicted = probabilities > 0.5
    assert metrics["f1_micro"] == pytest.approx(f1_score(labels, predicted, average="micro"))
    assert metrics["f1_macro"] == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))
    assert metrics["map"] == pytest.approx(average_precision_score(labels, probabilities, average="macro"), rel=1e-5)
    assert metrics["exact_set"] == pytest.approx((labels == predicted).all(axis=1).mean())
    assert metrics["brier"] == pytest.approx(brier_score_loss(labels.ravel(), probabilities.ravel()), rel=1e-5)


def test_metrics_of_batches_equal_those_of_the_whole():
    torch.manual_seed(0)
    probabilities, labels = torch.rand(20, 3), torch.rand(20, 3) < 0.5
    labels[:, 0] |= ~labels.any(dim=1)
    lengths = labels.sum(dim=1)
    collected = GuideMetrics(NAMES)
    for start in range(0, 20, 7):
        collected.update(probabilities[start : start + 7], labels[start : start + 7], lengths[start : start + 7])
    metrics = collected.compute()
    expected = compute_metrics(probabilities, labels, NAMES)
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    assert {f"length_{length}/exact_set" for length in lengths.tolist()} <= metrics.keys()
