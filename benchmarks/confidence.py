"""Fit the weights of stated confidence to runs of `solve`, and measure how far it holds on other runs.

    python -m neural_guide.solve dsl=wide prior=uniform tasks=arc1-training-b hydra.run.dir=outputs/fit
    python -m neural_guide.solve dsl=wide prior=uniform tasks=arc2-new hydra.run.dir=outputs/check
    python benchmarks/confidence.py --fit outputs/fit --check outputs/check

The model is logistic regression with a ridge penalty over `search.confidence.Terms`, one sample for each first attempt
at an output, half the weight for each second one. It is fitted with the evidence of leaving pairs out, and without. The
printed weights belong into `search/confidence.py`. --check prints the reliability of what the runs stated themselves,
by the weights they ran with: outputs, share right at 0.9 or more, expected calibration error, second attempts.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from omegaconf import OmegaConf
from rich.console import Console

from neural_guide.arc.task_files import open_tasks
from neural_guide.harness.journal import JOURNAL_NAME, read_results
from neural_guide.harness.outcomes import Attempt, judge_outcome
from neural_guide.reporting.report_table import Cell, ReportTable
from neural_guide.search.confidence import Terms, compute_terms

RIDGE = 1.0
SECOND_WEIGHT = 0.5
BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)

Floats = npt.NDArray[np.float64]


class Sample(NamedTuple):
    """One attempt at an output: its number from 0, the test, the attempt."""

    place: int
    test: int
    attempt: Attempt


def read_samples(folder: Path) -> Iterator[Sample]:
    """Read the attempts of a run at outputs that are known."""
    settings = OmegaConf.load(folder / "config.yaml")
    arcs = {arc.task.task_id: arc for arc in open_tasks(settings.tasks, settings.solutions).tasks}
    for result in read_results(folder / JOURNAL_NAME):
        outcome = judge_outcome(result, arcs[result.task_id], ())
        for test, attempts in enumerate(outcome.outputs):
            for place, attempt in enumerate(attempts):
                if attempt.is_right is not None:
                    yield Sample(place, test, attempt)


def fit_weights(samples: Sequence[Sample], *, with_evidence: bool) -> Terms:
    """Fit the weights by Newton's method; the base is not penalized."""
    chosen = [sample for sample in samples if sample.attempt.candidate.evidence or not with_evidence]
    terms = np.array([compute_terms(sample.attempt.candidate, sample.test) for sample in chosen])
    if not with_evidence:
        terms[:, [Terms._fields.index("agreement"), Terms._fields.index("confirmed")]] = 0.0
    right = np.array([bool(sample.attempt.is_right) for sample in chosen], dtype=np.float64)
    importance = np.array([1.0 if sample.place == 0 else SECOND_WEIGHT for sample in chosen])
    scale = np.abs(terms).max(axis=0).clip(min=1.0)
    weights, penalty = np.zeros(terms.shape[1]), np.full(terms.shape[1], RIDGE)
    penalty[0] = 1e-3
    scaled: Floats = terms / scale
    for _ in range(100):
        stated = 1 / (1 + np.exp(-scaled @ weights))
        gradient = scaled.T @ (importance * (right - stated)) - penalty * weights
        hessian = (scaled.T * (importance * stated * (1 - stated))) @ scaled + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return Terms(*(weights / scale).tolist())


def tabulate_reliability(samples: Sequence[Sample]) -> tuple[ReportTable, str]:
    """Return the reliability of first attempts by band, and a line with its summary."""
    firsts = [sample.attempt for sample in samples if sample.place == 0]
    stated = np.array([attempt.confidence for attempt in firsts])
    right = np.array([bool(attempt.is_right) for attempt in firsts])
    rows, error = [], 0.0
    for low, high in pairwise(BANDS):
        band = (stated >= low) & (stated < high)
        if band.any():
            error += float(band.mean() * abs(stated[band].mean() - right[band].mean()))
            cells = (str(int(band.sum())), f"{stated[band].mean():.2f}", f"{right[band].mean():.2f}")
            rows.append([Cell(f"{low:.1f} to {min(high, 1.0):.1f}"), *map(Cell, cells)])
    seconds = [bool(sample.attempt.is_right) for sample in samples if sample.place == 1]
    sure = right[stated >= BANDS[-2]]
    share = f"{sure.mean():.2f} of {len(sure)}" if len(sure) else "none stated so"
    summary = (
        f"{len(firsts)} outputs, {int(right.sum())} right at first, {sum(seconds)} of {int((~right).sum())} wrong ones "
        f"at second; stated 0.9 or more: right in {share}; expected calibration error {error:.3f}"
    )
    return ReportTable("First attempts", ["stated", "outputs", "mean stated", "share right"], rows), summary


def main() -> None:
    """Fit to some runs and check others."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fit", nargs="*", type=Path, default=[], help="folders of runs to fit to")
    parser.add_argument("--check", nargs="*", type=Path, default=[], help="folders of runs to check")
    options = parser.parse_args()
    console = Console(width=120)
    fitted = [sample for folder in options.fit for sample in read_samples(folder)]
    for with_evidence in (True, False) if fitted else ():
        weights = fit_weights(fitted, with_evidence=with_evidence)
        console.print(
            "with evidence:" if with_evidence else "without:", {n: round(w, 3) for n, w in weights._asdict().items()}
        )
    for folder in options.check:
        table, summary = tabulate_reliability(list(read_samples(folder)))
        console.print(f"{folder}: {summary}", table)


if __name__ == "__main__":
    main()
