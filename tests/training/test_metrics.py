"""Metrics against hand-computed values and against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score

from neural_guide.training.metrics import GuideMetrics, all_metrics, expected_calibration_error, worst_rank

NAMES = ("a", "b", "c")


def test_hand_computed():
    probabilities = torch.tensor([[0.9, 0.2, 0.6], [0.1, 0.8, 0.3]])
    labels = torch.tensor([[True, False, False], [False, True, True]])
    found = all_metrics(probabilities, labels, NAMES)
    # At 0.5: predicted {a, c} and {b}; true {a} and {b, c}: 2 hits, 1 false alarm, 1 miss.
    assert found["f1_micro"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found["f1_macro"] == pytest.approx((1 + 1 + 0) / 3)
    assert found["exact_set"] == 0
    assert found["ap/c"] == pytest.approx(0.5)  # the one positive comes second
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.01 + 0.04 + 0.49) / 6)
    assert found["worst_rank"] == pytest.approx((1 + 2) / 2)
    assert found["support/c"] == 1
    expected = -sum(map(math.log, (0.9, 0.8, 0.4, 0.9, 0.8, 0.3))) / 6
    assert found["loss"] == pytest.approx(expected, rel=1e-5)


def test_calibration_error_of_a_constant():
    labels = torch.zeros(10, 1, dtype=torch.bool)
    labels[:3] = True
    assert expected_calibration_error(torch.full((10, 1), 0.5), labels) == pytest.approx(0.2)
    assert expected_calibration_error(torch.full((10, 1), 0.3), labels) == pytest.approx(0.0, abs=1e-6)


def test_ties_count_against_the_guide():
    labels = torch.tensor([[True, False, False]])
    assert worst_rank(torch.zeros(1, 3), labels).tolist() == [3]


def test_a_primitive_without_a_positive_has_no_precision():
    labels = torch.tensor([[True, False, True], [False, False, True]])
    found = all_metrics(torch.rand(2, 3), labels, NAMES)
    assert math.isnan(found["ap/b"])
    assert math.isfinite(found["map"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(2, 6))
def test_agrees_with_scikit_learn(seed, rows, columns):
    rng = np.random.default_rng(seed)
    labels = rng.random((rows, columns)) < 0.4
    labels[0], labels[1] = True, False
    probabilities = rng.random((rows, columns)).astype(np.float32)
    names = tuple(map(str, range(columns)))
    found = all_metrics(torch.tensor(probabilities), torch.tensor(labels), names)
    predicted = probabilities > 0.5
    assert found["f1_micro"] == pytest.approx(f1_score(labels, predicted, average="micro"))
    assert found["f1_macro"] == pytest.approx(f1_score(labels, predicted, average="macro", zero_division=0))
    assert found["map"] == pytest.approx(average_precision_score(labels, probabilities, average="macro"), rel=1e-5)
    assert found["exact_set"] == pytest.approx((labels == predicted).all(axis=1).mean())
    assert found["brier"] == pytest.approx(brier_score_loss(labels.ravel(), probabilities.ravel()), rel=1e-5)


def test_batches_add_up_to_the_whole():
    torch.manual_seed(0)
    probabilities, labels = torch.rand(20, 3), torch.rand(20, 3) < 0.5
    labels[:, 0] |= ~labels.any(dim=1)
    lengths = labels.sum(dim=1)
    metrics = GuideMetrics(NAMES)
    for part in range(0, 20, 7):
        metrics.update(probabilities[part : part + 7], labels[part : part + 7], lengths[part : part + 7])
    found = metrics.compute()
    whole = all_metrics(probabilities, labels, NAMES)
    assert {name: found[name] for name in whole} == pytest.approx(whole)
    assert {f"length_{length}/exact_set" for length in lengths.tolist()} <= found.keys()
