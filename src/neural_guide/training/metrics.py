"""Metrics of multi-label predictions.

Element-wise accuracy is left out: predicting nothing scores over 90 % on it.
"""

import warnings
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.functional.classification import (
    binary_calibration_error,
    multilabel_average_precision,
    multilabel_exact_match,
    multilabel_f1_score,
)
from torchmetrics.utilities import dim_zero_cat

from neural_guide.search.words import find_group

THRESHOLD = 0.5
CALIBRATION_BINS = 15


class GuideMetrics(Metric):
    """Collect probabilities and labels of a split, over processes too, and compute every metric once.

    Args:
        names: the vocabulary, for the names of per-primitive metrics.
    """

    full_state_update = False
    probabilities: list[Tensor]
    labels: list[Tensor]
    lengths: list[Tensor]

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        for state in ("probabilities", "labels", "lengths"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    def update(self, probabilities: Tensor, labels: Tensor, lengths: Tensor) -> None:
        """Add a batch: float and bool [batch, vocabulary], program lengths int [batch]."""
        self.probabilities.append(probabilities.float())
        self.labels.append(labels)
        self.lengths.append(lengths)

    def compute(self) -> dict[str, float]:
        """Every metric of `compute_metrics`, the exact set and micro-F1 by program length, and those of groups."""
        probabilities, labels = dim_zero_cat(self.probabilities), dim_zero_cat(self.labels)
        lengths = dim_zero_cat(self.lengths)
        metrics = compute_metrics(probabilities, labels, self.names)
        for length in lengths.unique().tolist():
            rows = lengths == length
            metrics[f"length_{length}/f1_micro"] = f1(probabilities[rows], labels[rows], "micro")
            metrics[f"length_{length}/exact_set"] = exact_set(probabilities[rows], labels[rows])
        return metrics | compute_group_metrics(probabilities, labels, self.names)


class NextPrimitiveMetrics(Metric):
    """Loss and top-1 accuracy of the next step from intermediate states, over processes too."""

    full_state_update = False
    loss_sum: Tensor
    hits: Tensor
    states: Tensor

    def __init__(self) -> None:
        super().__init__()
        for state in ("loss_sum", "hits", "states"):
            self.add_state(state, default=torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, logits: Tensor, next_primitive: Tensor) -> None:
        """Add a batch: float [batch, vocabulary] and the true next steps, int64 [batch]."""
        self.loss_sum += torch.nn.functional.cross_entropy(logits, next_primitive, reduction="sum").double()
        self.hits += (logits.argmax(dim=1) == next_primitive).sum()
        self.states += len(next_primitive)

    def has_states(self) -> bool:
        """Return whether any state was added."""
        return bool(self.states > 0)

    def compute(self) -> dict[str, float]:
        """`loss`: mean cross-entropy; `top1`: share of states whose likeliest step is the true one."""
        return {"loss": float(self.loss_sum / self.states), "top1": float(self.hits / self.states)}


def compute_metrics(probabilities: Tensor, labels: Tensor, names: Sequence[str]) -> dict[str, float]:
    """Compute every metric of a split.

    Args:
        probabilities: float [n, vocabulary] in [0, 1].
        labels: bool [n, vocabulary], at least one true a row.
        names: the vocabulary.

    Returns:
        `loss` (binary cross-entropy), `f1_micro`, `f1_macro`, `exact_set`, `map`, `worst_rank`, `ece`,
        `brier`; and `ap/<name>`, `f1/<name>`, `support/<name>` for each primitive. The average precision of a
        primitive without a positive is NaN, and `map` leaves it out.
    """
    probabilities = probabilities.float()
    precision = average_precision(probabilities, labels)
    scores = multilabel_f1_score(probabilities, labels.long(), len(names), threshold=THRESHOLD, average="none")
    metrics = compute_headline_metrics(probabilities, labels, precision)
    metrics |= {f"ap/{name}": value for name, value in zip(names, precision.tolist(), strict=True)}
    metrics |= {f"f1/{name}": value for name, value in zip(names, scores.tolist(), strict=True)}
    support = labels.sum(dim=0).tolist()
    return metrics | {f"support/{name}": float(count) for name, count in zip(names, support, strict=True)}


def compute_group_metrics(probabilities: Tensor, labels: Tensor, names: Sequence[str]) -> dict[str, float]:
    """Compute the micro-F1 of each group of words: `group/<group>/f1_micro`; nothing for primitives alone.

    The arguments are those of `compute_metrics`; names of other datasets count as primitives.
    """
    groups = list(map(find_group, names))
    metrics = {}
    for group in dict.fromkeys(groups) if len(set(groups)) > 1 else ():
        columns = torch.tensor([other == group for other in groups])
        metrics[f"group/{group}/f1_micro"] = f1(probabilities[:, columns], labels[:, columns], "micro")
    return metrics


def compute_headline_metrics(
    probabilities: Tensor, labels: Tensor, precision: Tensor | None = None
) -> dict[str, float]:
    """Compute the metrics on which a guide and its baselines are compared.

    Args:
        probabilities: float [n, vocabulary] in [0, 1].
        labels: bool [n, vocabulary], at least one true a row.
        precision: float [vocabulary], see `average_precision`; None: computed here.
    """
    precision = average_precision(probabilities, labels) if precision is None else precision
    clamped = probabilities.clamp(1e-7, 1 - 1e-7)
    return {
        "loss": torch.nn.functional.binary_cross_entropy(clamped, labels.float()).item(),
        "f1_micro": f1(probabilities, labels, "micro"),
        "f1_macro": f1(probabilities, labels, "macro"),
        "exact_set": exact_set(probabilities, labels),
        "map": precision[~precision.isnan()].mean().item(),
        "worst_rank": worst_rank(probabilities, labels).float().mean().item(),
        "ece": expected_calibration_error(probabilities, labels),
        "brier": (probabilities - labels.float()).square().mean().item(),
    }


def average_precision(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Average precision of each primitive, float [vocabulary]; NaN for one without a positive."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No positive samples")  # the NaN says so
        precision = multilabel_average_precision(probabilities, labels.long(), labels.shape[1], average="none")
    return torch.where(labels.any(dim=0), torch.atleast_1d(precision), torch.nan)


def f1(probabilities: Tensor, labels: Tensor, average: Literal["micro", "macro"]) -> float:
    """F1 at threshold 0.5, `micro` or `macro` over primitives."""
    return multilabel_f1_score(
        probabilities, labels.long(), labels.shape[1], threshold=THRESHOLD, average=average
    ).item()


def exact_set(probabilities: Tensor, labels: Tensor) -> float:
    """Share of tasks whose predicted set at threshold 0.5 is the true one."""
    return multilabel_exact_match(probabilities, labels.long(), labels.shape[1], threshold=THRESHOLD).item()


def worst_rank(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Rank (1 is best) of the true primitive that is ranked worst, int64 [n]; ties count against the guide.

    A search that tries primitives in this order needs so many of them to have the whole program. The mean over tasks
    is the coverage error (`multilabel_coverage_error` of torchmetrics).
    """
    lowest_true = probabilities.masked_fill(~labels, torch.inf).amin(dim=1, keepdim=True)
    return (probabilities >= lowest_true).sum(dim=1)


def expected_calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """Mean gap between probability and frequency over 15 equal bins (l1), all primitives together."""
    return binary_calibration_error(
        probabilities.flatten(), labels.flatten().long(), n_bins=CALIBRATION_BINS, norm="l1"
    ).item()
