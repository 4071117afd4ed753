"""Logits of a network for a split, and their metrics beside those of the baselines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neural_guide.features.handcrafted import compute_handcrafted_features
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.calibration import apply_calibration
from neural_guide.guide.network import GuideNetwork
from neural_guide.training.baseline_fitting import fit_baselines
from neural_guide.training.batch_loader import TaskLoader
from neural_guide.training.batch_types import Batch
from neural_guide.training.metrics import GuideMetrics, compute_headline_metrics, exact_set, f1

BASELINE_TASKS = 8_000  # tasks that the linear baseline is fitted on: bounds its seconds and its memory
EXTREMES = 8  # tasks listed as the worst and as the best predicted


@dataclass(frozen=True)
class SplitLogits:
    """The logits of every task of a split, with its true labels."""

    logits: Tensor  # float [n, vocabulary], not calibrated
    labels: Tensor  # bool [n, vocabulary]
    lengths: Tensor  # int64 [n]
    tasks: Tensor  # int64 [n], numbers in the store
    handcrafted: Tensor  # float [n, feature]


@torch.no_grad()
def compute_logits(network: GuideNetwork, loader: TaskLoader) -> SplitLogits:
    """Run the network, on the device where it is, over every task of a loader."""
    device = network.calibration_scale.device
    was_training = network.training
    network.eval()
    logits, labels, lengths, tasks, handcrafted = [], [], [], [], []
    for batch in loader:
        features = None if batch.features is None else batch.features.to(device)
        tensors = (batch.inputs.to(device), batch.outputs.to(device), batch.pair_mask.to(device), features)
        logits.append(network(*tensors).program.float().cpu())
        labels.append(batch.labels)
        lengths.append(batch.lengths)
        tasks.append(batch.tasks)
        handcrafted.append(torch.from_numpy(_handcrafted_features(batch)))
    network.train(was_training)
    return SplitLogits(
        logits=torch.cat(logits),
        labels=torch.cat(labels),
        lengths=torch.cat(lengths),
        tasks=torch.cat(tasks),
        handcrafted=torch.cat(handcrafted),
    )


def fit_split_baselines(loader: TaskLoader) -> Baselines:
    """Fit the baselines on the training split; the linear one on a sample of its tasks."""
    features, labels, count = [], [], 0
    for batch in loader:
        features.append(_handcrafted_features(batch))
        labels.append(batch.labels.numpy())
        count += len(batch.labels)
        if count >= BASELINE_TASKS:
            break
    rates = loader.store.labels[loader.tasks].mean(axis=0, dtype=np.float32)
    return fit_baselines(np.concatenate(features), np.concatenate(labels), rates)


@torch.no_grad()
def compute_metrics_by_pairs(network: GuideNetwork, loader: TaskLoader, pairs: int) -> dict[str, float]:
    """Metrics of the network given one pair, two, and so on: `pairs_1/f1_micro`, `pairs_1/exact_set`, ...

    Args:
        network: network in evaluation mode.
        loader: tasks in a fixed order.
        pairs: largest number of pairs; tasks with fewer are left out, so that each figure is of the same tasks.
    """
    device = network.calibration_scale.device
    probabilities: list[list[Tensor]] = [[] for _ in range(pairs)]
    labels = []
    for batch in loader:
        complete = batch.pair_mask.sum(dim=1) >= pairs
        if not complete.any():
            continue
        labels.append(batch.labels[complete])
        for count, collected in enumerate(probabilities, 1):
            parts = (batch.inputs, batch.outputs, batch.pair_mask, batch.features)
            tensors = [None if part is None else part[complete, :count].to(device) for part in parts]
            collected.append(network.probabilities(network(*tensors).program.float()).cpu())
    if not labels:
        return {}
    all_labels, metrics = torch.cat(labels), {}
    for count, collected in enumerate(probabilities, 1):
        metrics[f"pairs_{count}/f1_micro"] = f1(torch.cat(collected), all_labels, "micro")
        metrics[f"pairs_{count}/exact_set"] = exact_set(torch.cat(collected), all_labels)
    return metrics


def compute_split_metrics(
    network: GuideNetwork, baselines: Baselines, logits: SplitLogits, names: Sequence[str]
) -> dict[str, float]:
    """Every metric of a split, calibrated, with `uncalibrated/...` and `baseline/<name>/...` beside.

    Args:
        network: network with its calibration.
        baselines: baselines fitted on the training split.
        logits: logits of the network.
        names: the vocabulary.
    """
    collected = GuideMetrics(names)
    collected.update(apply_calibration(network, logits.logits), logits.labels, logits.lengths)
    metrics = collected.compute()
    uncalibrated = compute_headline_metrics(torch.sigmoid(logits.logits), logits.labels)
    metrics |= {f"uncalibrated/{name}": value for name, value in uncalibrated.items()}
    for baseline, probabilities in baselines.predict(logits.handcrafted).items():
        scores = compute_headline_metrics(probabilities, logits.labels)
        metrics |= {f"baseline/{baseline}/{name}": value for name, value in scores.items()}
    return metrics


def find_extremes(network: GuideNetwork, logits: SplitLogits) -> tuple[list[int], list[int]]:
    """Positions in `logits` of the tasks predicted worst and of those predicted best, by cross-entropy."""
    clamped = apply_calibration(network, logits.logits).clamp(1e-7, 1 - 1e-7)
    labels = logits.labels.float()
    loss = torch.nn.functional.binary_cross_entropy(clamped, labels, reduction="none").mean(1)
    order = loss.argsort(stable=True).tolist()
    return order[::-1][:EXTREMES], order[:EXTREMES]


def _handcrafted_features(batch: Batch) -> npt.NDArray[np.float32]:
    return compute_handcrafted_features(batch.inputs.numpy(), batch.outputs.numpy(), batch.pair_mask.numpy())
