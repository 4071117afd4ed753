"""What the guide is compared with: predicting nothing, base rates, a linear model on hand-made features."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Baselines:
    """Predictors that need no network, fitted on the training split.

    Args:
        base_rates: float [vocabulary], share of training tasks that use each primitive.
        weights: float [feature, vocabulary], of one logistic regression per primitive.
        bias: float [vocabulary].
    """

    base_rates: Tensor
    weights: Tensor
    bias: Tensor

    def predictions(self, handmade: Tensor) -> dict[str, Tensor]:
        """Probabilities float [n, vocabulary] of each baseline, from hand-made features float [n, feature]."""
        rates = self.base_rates.expand(len(handmade), -1)
        return {
            "nothing": torch.zeros_like(rates),
            "base_rates": rates,
            "linear": torch.sigmoid(handmade @ self.weights + self.bias),
        }


def fit_baselines(handmade: FloatArray, labels: npt.NDArray[np.bool_], base_rates: FloatArray) -> Baselines:
    """Fit the linear model of each primitive.

    Args:
        handmade: float32 [n, feature] of training tasks.
        labels: bool [n, vocabulary] of the same tasks.
        base_rates: float32 [vocabulary] over all training tasks.
    """
    from sklearn.linear_model import LogisticRegression  # only now: whoever loads a guide need not wait for it
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(handmade)
    scaled = scaler.transform(handmade)
    weights = np.zeros((handmade.shape[1], labels.shape[1]))
    rates = base_rates.clip(1e-6, 1 - 1e-6)
    bias = np.log(rates / (1 - rates)).astype(np.float64)
    for column in range(labels.shape[1]):
        if 0 < labels[:, column].sum() < len(labels):  # else there is nothing to tell apart
            model = LogisticRegression(max_iter=300).fit(scaled, labels[:, column])
            weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    weights = weights / scaler.scale_[:, None]
    bias = bias - scaler.mean_ @ weights
    return Baselines(*(torch.tensor(values, dtype=torch.float32) for values in (base_rates, weights, bias)))
