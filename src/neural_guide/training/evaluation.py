"""What a guide predicts for a split, and its metrics beside the baselines'."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neural_guide.features.handcrafted import compute_handcrafted_features
from neural_guide.guide.baselines import Baselines, fit_baselines
from neural_guide.guide.network import GuideNetwork
from neural_guide.training.batches import Batch
from neural_guide.training.loader import TaskLoader
from neural_guide.training.metrics import GuideMetrics, exact_set, f1, headline_metrics

BASELINE_TASKS = 8_000  # tasks the linear baseline is fitted on: bounds its seconds and its memory
CALIBRATION_PRIOR = 10  # tasks: on 30 validation tasks a weaker one raised the loss on test tasks
WORST = 8  # tasks kept at each end


@dataclass(frozen=True)
class Answers:
    """What the network says of every task of a split, beside the truth."""

    logits: Tensor  # float [n, vocabulary], not calibrated
    labels: Tensor  # bool [n, vocabulary]
    lengths: Tensor  # int64 [n]
    tasks: Tensor  # int64 [n], numbers in the store
    handmade: Tensor  # float [n, feature]


def calibrated(network: GuideNetwork, answers: Answers) -> Tensor:
    """Calibrated probabilities of every answer, float [n, vocabulary], on the processor."""
    with torch.no_grad():
        return network.probabilities(answers.logits.to(network.calibration_scale.device)).cpu()


@torch.no_grad()
def answer(network: GuideNetwork, loader: TaskLoader) -> Answers:
    """Ask the network, on the device where it is, about every task of a loader."""
    device = network.calibration_scale.device
    was_training = network.training
    network.eval()
    logits, labels, lengths, tasks, handmade = [], [], [], [], []
    for batch in loader:
        features = None if batch.features is None else batch.features.to(device)
        seen = (batch.inputs.to(device), batch.outputs.to(device), batch.pair_mask.to(device), features)
        logits.append(network(*seen).program.float().cpu())
        labels.append(batch.labels)
        lengths.append(batch.lengths)
        tasks.append(batch.tasks)
        handmade.append(torch.from_numpy(_handmade(batch)))
    network.train(was_training)
    return Answers(*(torch.cat(parts) for parts in (logits, labels, lengths, tasks, handmade)))


def baselines_of(loader: TaskLoader) -> Baselines:
    """Baselines fitted on the training split; the linear one on a sample of its tasks."""
    handmade, labels, seen = [], [], 0
    for batch in loader:
        handmade.append(_handmade(batch))
        labels.append(batch.labels.numpy())
        seen += len(batch.labels)
        if seen >= BASELINE_TASKS:
            break
    rates = loader.store.labels[loader.tasks].mean(axis=0, dtype=np.float32)
    return fit_baselines(np.concatenate(handmade), np.concatenate(labels), rates)


@torch.no_grad()
def metrics_by_pairs(network: GuideNetwork, loader: TaskLoader, pairs: int) -> dict[str, float]:
    """How well the network answers when it is shown one pair, two, and so on: `pairs_1/f1_micro`, `pairs_1/exact_set`.

    Args:
        network: in evaluation mode.
        loader: tasks that are shown in a fixed order.
        pairs: most that are shown; tasks with fewer are left out, so that each figure is of the same tasks.
    """
    device = network.calibration_scale.device
    probabilities: list[list[Tensor]] = [[] for _ in range(pairs)]
    labels = []
    for batch in loader:
        whole = batch.pair_mask.sum(dim=1) >= pairs
        if not whole.any():
            continue
        labels.append(batch.labels[whole])
        for shown, found in enumerate(probabilities, 1):
            parts = (batch.inputs, batch.outputs, batch.pair_mask, batch.features)
            seen = [None if part is None else part[whole, :shown].to(device) for part in parts]
            found.append(network.probabilities(network(*seen).program.float()).cpu())
    if not labels:
        return {}
    truth, measured = torch.cat(labels), {}
    for shown, found in enumerate(probabilities, 1):
        measured[f"pairs_{shown}/f1_micro"] = f1(torch.cat(found), truth, "micro")
        measured[f"pairs_{shown}/exact_set"] = exact_set(torch.cat(found), truth)
    return measured


def metrics_of(network: GuideNetwork, baselines: Baselines, answers: Answers, names: Sequence[str]) -> dict[str, float]:
    """Every metric of a split, calibrated, with `uncalibrated/...` and `baseline/<name>/...` beside."""
    metrics = GuideMetrics(names)
    metrics.update(calibrated(network, answers), answers.labels, answers.lengths)
    found = metrics.compute()
    raw = headline_metrics(torch.sigmoid(answers.logits), answers.labels)
    found |= {f"uncalibrated/{name}": value for name, value in raw.items()}
    for baseline, predicted in baselines.predictions(answers.handmade).items():
        scores = headline_metrics(predicted, answers.labels)
        found |= {f"baseline/{baseline}/{name}": value for name, value in scores.items()}
    return found


def calibrate(network: GuideNetwork, answers: Answers) -> None:
    """Fit a scale and a shift of each primitive's logit on the validation split (Platt, 1999).

    Args:
        network: its calibration is replaced.
        answers: of the validation split.
    """
    logits, labels = answers.logits.double(), answers.labels.double()
    log_scale = torch.zeros(logits.shape[1], dtype=torch.double, requires_grad=True)
    shift = torch.zeros(logits.shape[1], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits * log_scale.exp() + shift, labels)
        # Where the split is small the logits stay as they are: the prior weighs as CALIBRATION_PRIOR tasks do.
        loss = loss + CALIBRATION_PRIOR * (log_scale.square() + shift.square()).mean() / len(labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        network.calibration_scale.copy_(log_scale.exp())
        network.calibration_shift.copy_(shift)


def extremes(network: GuideNetwork, answers: Answers) -> tuple[list[int], list[int]]:
    """Positions in `answers` of the tasks that are predicted worst and best, by cross-entropy."""
    certain = calibrated(network, answers).clamp(1e-7, 1 - 1e-7)
    loss = torch.nn.functional.binary_cross_entropy(certain, answers.labels.float(), reduction="none").mean(1)
    order = loss.argsort(stable=True).tolist()
    return order[::-1][:WORST], order[:WORST]


def _handmade(batch: Batch) -> npt.NDArray[np.float32]:
    return compute_handcrafted_features(batch.inputs.numpy(), batch.outputs.numpy(), batch.pair_mask.numpy())
