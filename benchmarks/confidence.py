"""Fit the weights of stated confidence to runs of `solve`, and measure its reliability on other runs.

    python -m neural_guide.solve dsl=wide prior=uniform tasks=arc1-training-b hydra.run.dir=outputs/fit
    python -m neural_guide.solve dsl=wide prior=uniform tasks=arc2-new hydra.run.dir=outputs/check
    python benchmarks/confidence.py --fit outputs/fit --check outputs/check

The model is logistic regression with a ridge penalty over `search.confidence.Terms`. Each first attempt at an output is
one sample; each second attempt has half the weight. The script fits the model with and without the evidence of leaving
pairs out. The printed weights belong in `search/confidence.py`. --check prints the reliability of the confidence that
the runs stated, with the weights they ran with: outputs, share right at 0.9 or more, expected calibration error, second
attempts.
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
    """One attempt at an output: its number counted from 0, the number of the test, the attempt."""

    attempt_number: int
    test: int
    attempt: Attempt


def read_samples(folder: Path) -> Iterator[Sample]:
    """Read the attempts of a run at outputs whose answers are known."""
    settings = OmegaConf.load(folder / "config.yaml")
    arcs = {arc.task.task_id: arc for arc in open_tasks(settings.tasks, settings.solutions).tasks}
    for result in read_results(folder / JOURNAL_NAME):
        outcome = judge_outcome(result, arcs[result.task_id], ())
        for test, attempts in enumerate(outcome.outputs):
            for attempt_number, attempt in enumerate(attempts):
                if attempt.is_right is not None:
                    yield Sample(attempt_number, test, attempt)


def fit_weights(samples: Sequence[Sample], *, has_evidence: bool) -> Terms:
    """Fit the weights by Newton's method, without a penalty on the base."""
    fitted_samples = [sample for sample in samples if sample.attempt.candidate.evidence or not has_evidence]
    terms = np.array([compute_terms(sample.attempt.candidate, sample.test) for sample in fitted_samples])
    if not has_evidence:
        terms[:, [Terms._fields.index("agreement"), Terms._fields.index("confirmed")]] = 0.0
    is_right = np.array([bool(sample.attempt.is_right) for sample in fitted_samples], dtype=np.float64)
    importance = np.array([1.0 if sample.attempt_number == 0 else SECOND_WEIGHT for sample in fitted_samples])
    scale = np.abs(terms).max(axis=0).clip(min=1.0)
    weights, penalty = np.zeros(terms.shape[1]), np.full(terms.shape[1], RIDGE)
    penalty[0] = 1e-3
    scaled_terms: Floats = terms / scale
    for _ in range(100):
        confidence = 1 / (1 + np.exp(-scaled_terms @ weights))
        gradient = scaled_terms.T @ (importance * (is_right - confidence)) - penalty * weights
        hessian = (scaled_terms.T * (importance * confidence * (1 - confidence))) @ scaled_terms + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return Terms(*(weights / scale).tolist())


def tabulate_reliability(samples: Sequence[Sample]) -> tuple[ReportTable, str]:
    """Tabulate the reliability of first attempts by band; return the table and a summary line."""
    first_attempts = [sample.attempt for sample in samples if sample.attempt_number == 0]
    confidence = np.array([attempt.confidence for attempt in first_attempts])
    is_right = np.array([bool(attempt.is_right) for attempt in first_attempts])
    rows, error = [], 0.0
    for low, high in pairwise(BANDS):
        is_in_band = (confidence >= low) & (confidence < high)
        if is_in_band.any():
            error += float(is_in_band.mean() * abs(confidence[is_in_band].mean() - is_right[is_in_band].mean()))
            cells = (
                str(int(is_in_band.sum())),
                f"{confidence[is_in_band].mean():.2f}",
                f"{is_right[is_in_band].mean():.2f}",
            )
            rows.append([Cell(f"{low:.1f} to {min(high, 1.0):.1f}"), *map(Cell, cells)])
    is_second_right = [bool(sample.attempt.is_right) for sample in samples if sample.attempt_number == 1]
    is_right_when_sure = is_right[confidence >= BANDS[-2]]
    share = (
        f"{is_right_when_sure.mean():.2f} of {len(is_right_when_sure)}" if len(is_right_when_sure) else "none stated so"
    )
    summary = (
        f"{len(first_attempts)} outputs, {int(is_right.sum())} right at first, "
        f"{sum(is_second_right)} of {int((~is_right).sum())} wrong ones at second; "
        f"stated 0.9 or more: right in {share}; expected calibration error {error:.3f}"
    )
    return ReportTable("First attempts", ["stated", "outputs", "mean stated", "share right"], rows), summary


def main() -> None:
    """Fit the weights to some runs and check other runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fit", nargs="*", type=Path, default=[], help="folders of runs to fit to")
    parser.add_argument("--check", nargs="*", type=Path, default=[], help="folders of runs to check")
    options = parser.parse_args()
    console = Console(width=120)
    samples = [sample for folder in options.fit for sample in read_samples(folder)]
    for has_evidence in (True, False) if samples else ():
        weights = fit_weights(samples, has_evidence=has_evidence)
        console.print(
            "with evidence:" if has_evidence else "without:", {n: round(w, 3) for n, w in weights._asdict().items()}
        )
    for folder in options.check:
        table, summary = tabulate_reliability(list(read_samples(folder)))
        console.print(f"{folder}: {summary}", table)


if __name__ == "__main__":
    main()
