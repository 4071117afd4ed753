"""Evaluate a guide: python -m neural_guide.evaluate checkpoint=PATH data.path=FILE [evaluate.split=val]."""

import time
from pathlib import Path

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.app.provenance import facts, peak_rss_gib
from neural_guide.app.settings_files import flatten_settings, write_config
from neural_guide.errors import UserError
from neural_guide.experiment.post_training import by_pairs, judged, open_data, publish, worst_and_best
from neural_guide.experiment.settings import EvaluateSettings
from neural_guide.guide.guide import load_guide
from neural_guide.reporting.results import RunResults
from neural_guide.training.evaluation import answer, metrics_of
from neural_guide.training.hardware_profile import choose, prepare


def evaluate_guide(config: EvaluateSettings, invocation: Invocation) -> None:
    """Metrics of a guide beside its baselines on any dataset of the same vocabulary."""
    folder = invocation.folder
    started = time.perf_counter()
    guide = load_guide(config.checkpoint)
    machine = choose(config.hardware, config.data)
    prepare(config.hardware, machine)
    write_config(config, folder)
    data = open_data(
        config.data, config.hardware, machine, seed=config.seed, with_features=guide.network.feature_shape is not None
    )
    order = guide.order_in(data.vocabulary, config.data.path)
    split = config.evaluate.split
    loader = data.loader(split, order=order)
    if not loader.n_records:
        raise UserError(
            f"{config.data.path}: its {split} split is empty, there is nothing to evaluate. Use evaluate.split=all."
        )
    console.print(f"Evaluating {loader.n_records:,} records (evaluate.split={split})", highlight=False)
    answers = answer(guide.network, loader)
    metrics = metrics_of(guide.network, guide.baselines, answers, guide.vocabulary.names)
    worst, best = worst_and_best(data, guide.network, answers)
    totals = {
        f"n_{split}": float(loader.n_records),
        "total_seconds": time.perf_counter() - started,
        "peak_rss_gib": peak_rss_gib(),
    }
    results = RunResults(
        title=f"Guide evaluated on {Path(config.data.path).name}",
        command=invocation.command_line,
        vocabulary=guide.vocabulary,
        metrics={f"{split}/{name}": value for name, value in metrics.items()}
        | by_pairs(data, guide.network, split, order)
        | totals,
        history=None,
        worst=worst,
        best=best,
        facts=facts() | {"checkpoint": str(config.checkpoint)},
        split_predictions=judged(split, guide.network, answers),
        settings=flatten_settings(config),
    )
    publish(folder, results)
