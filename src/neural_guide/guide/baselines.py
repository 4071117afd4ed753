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
