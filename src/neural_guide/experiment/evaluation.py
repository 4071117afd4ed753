"""Evaluation of a guide on any dataset of the same vocabulary."""

import time
from pathlib import Path

from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import collect_facts, measure_peak_rss
from neural_guide.app.settings_files import flatten_settings, write_config
from neural_guide.errors import UserError
from neural_guide.experiment.post_training import (
    collect_predictions,
    find_worst_and_best,
    measure_by_pairs,
    open_data,
    write_results,
)
from neural_guide.experiment.settings import EvaluateSettings
from neural_guide.guide.guide import load_guide
from neural_guide.reporting.results import RunResults
from neural_guide.training.evaluation import compute_logits, compute_split_metrics
from neural_guide.training.hardware_profile import configure_process, resolve_hardware


def evaluate_guide(settings: EvaluateSettings, invocation: Invocation) -> None:
    """Measure a guide beside its baselines, and write metrics and report into the run folder."""
    folder = invocation.folder
    started = time.perf_counter()
    guide = load_guide(settings.checkpoint)
    machine = resolve_hardware(settings.hardware, settings.data)
    configure_process(settings.hardware, machine)
    write_config(settings, folder)
    with_features = guide.feature_shape is not None
    data = open_data(settings.data, settings.hardware, machine, seed=settings.seed, with_features=with_features)
    order = guide.match_vocabulary(data.vocabulary, settings.data.path)
    split = settings.evaluate.split
    loader = data.make_loader(split, order=order)
    if not loader.n_records:
        raise UserError(
            f"{settings.data.path}: its {split} split is empty, there is nothing to evaluate. Use evaluate.split=all."
        )
    say(f"Evaluating {loader.n_records:,} records (evaluate.split={split})")
    logits = compute_logits(guide.network, loader)
    metrics = compute_split_metrics(guide.network, guide.baselines, logits, guide.vocabulary.names)
    worst, best = find_worst_and_best(data, guide.network, logits)
    totals = {
        f"n_{split}": float(loader.n_records),
        "total_seconds": time.perf_counter() - started,
        "peak_rss_gib": measure_peak_rss(),
    }
    results = RunResults(
        title=f"Guide evaluated on {Path(settings.data.path).name}",
        command=invocation.command_line,
        vocabulary=guide.vocabulary,
        metrics={f"{split}/{name}": value for name, value in metrics.items()}
        | measure_by_pairs(data, guide.network, split, order)
        | totals,
        history=None,
        worst=worst,
        best=best,
        facts=collect_facts() | {"checkpoint": str(settings.checkpoint)},
        split_predictions=collect_predictions(split, guide.network, logits),
        settings=flatten_settings(settings),
    )
    write_results(folder, results)
