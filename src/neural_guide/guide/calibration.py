"""Platt scaling: a scale and a shift of each primitive's logit, fitted after training on the validation split."""

import torch
from torch import Tensor

from neural_guide.guide.network import GuideNetwork

PRIOR_TASKS = 10  # weight of the prior; on 30 validation tasks a weaker one raised the loss on test tasks


def fit_calibration(network: GuideNetwork, logits: Tensor, labels: Tensor) -> None:
    """Fit a scale and a shift of each primitive's logit (Platt, 1999).

    Args:
        network: network whose calibration is replaced.
        logits: float [n, vocabulary], not calibrated, of the validation split.
        labels: bool [n, vocabulary] of the same tasks.
    """
    logits, labels = logits.double(), labels.double()
    log_scale = torch.zeros(logits.shape[1], dtype=torch.double, requires_grad=True)
    shift = torch.zeros(logits.shape[1], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits * log_scale.exp() + shift, labels)
        # On a small split the logits stay nearly unchanged: the prior weighs as much as PRIOR_TASKS tasks.
        loss = loss + PRIOR_TASKS * (log_scale.square() + shift.square()).mean() / len(labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        network.calibration_scale.copy_(log_scale.exp())
        network.calibration_shift.copy_(shift)


def apply_calibration(network: GuideNetwork, logits: Tensor) -> Tensor:
    """Calibrated probabilities of logits float [n, vocabulary], the same shape, on the CPU."""
    with torch.no_grad():
        return network.probabilities(logits.to(network.calibration_scale.device)).cpu()
