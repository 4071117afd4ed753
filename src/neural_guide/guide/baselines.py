"""Baselines of the guide: an empty prediction, base rates, and a linear model on handcrafted features."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Baselines:
    """Predictors without a network, fitted on the training split.

    Args:
        base_rates: float32 [vocabulary], share of training tasks that use each primitive.
        weights: float32 [feature, vocabulary], of one logistic regression per primitive.
        bias: float32 [vocabulary].
    """

    base_rates: FloatArray
    weights: FloatArray
    bias: FloatArray

    def predict(self, features: "Tensor") -> "dict[str, Tensor]":
        """Probabilities float [n, vocabulary] by baseline, from handcrafted features float [n, feature]."""
        import torch  # imported late: a search needs the base rates alone

        rates = torch.from_numpy(self.base_rates).expand(len(features), -1)
        return {
            "nothing": torch.zeros_like(rates),
            "base_rates": rates,
            "linear": torch.sigmoid(features @ torch.from_numpy(self.weights) + torch.from_numpy(self.bias)),
        }


def fit_baselines(features: FloatArray, labels: npt.NDArray[np.bool_], base_rates: FloatArray) -> Baselines:
    """Fit one logistic regression per primitive, on standardised features.

    Args:
        features: float32 [n, feature], handcrafted features of training tasks.
        labels: bool [n, vocabulary] of the same tasks.
        base_rates: float32 [vocabulary] over all training tasks.
    """
    from sklearn.linear_model import LogisticRegression  # imported late: loading a guide does not need it
    from sklearn.preprocessing import StandardScaler

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
