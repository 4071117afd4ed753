"""Fitting of the baselines that a guide is compared with."""

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from neural_guide.guide.baselines import Baselines, FloatArray


def fit_baselines(features: FloatArray, labels: npt.NDArray[np.bool_], base_rates: FloatArray) -> Baselines:
    """Fit one logistic regression per primitive, on standardised features.

    Args:
        features: float32 [n, feature], handcrafted features of training tasks.
        labels: bool [n, vocabulary] of the same tasks.
        base_rates: float32 [vocabulary] over all training tasks.
    """
    scaler = StandardScaler().fit(features)
    scaled = scaler.transform(features)
    weights = np.zeros((features.shape[1], labels.shape[1]))
    rates = base_rates.clip(1e-6, 1 - 1e-6)
    bias = np.log(rates / (1 - rates)).astype(np.float64)
    for column in range(labels.shape[1]):
        if 0 < labels[:, column].sum() < len(labels):  # a regression needs both classes
            model = LogisticRegression(max_iter=300).fit(scaled, labels[:, column])
            weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    weights = weights / scaler.scale_[:, None]
    bias = bias - scaler.mean_ @ weights
    return Baselines(
        base_rates=base_rates.astype(np.float32),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
    )
