"""Search for learning rate and batch size: python -m neural_guide.tune tune.trials=20 [experiment=...] ...

Stopped, it goes on with what its study has: the same command again.
"""

from pathlib import Path

from neural_guide.app.console import console
from neural_guide.app.invocation import Invocation
from neural_guide.errors import UserError
from neural_guide.experiment.settings import TuneCommandSettings
from neural_guide.experiment.sweep import report_sweep
from neural_guide.experiment.tuning import search

NOT_OF_RUNS = ("tune.", "data.batch_size=", "optimizer.lr=")


def run_study(config: TuneCommandSettings, invocation: Invocation) -> None:
    """Trials, a table of all runs, the best values."""
    settings = config.tune
    study = Path(settings.study)
    study.mkdir(parents=True, exist_ok=True)
    overrides = [each for each in invocation.overrides if not each.startswith(NOT_OF_RUNS)]
    best = search(settings, study, config.seed, overrides, lambda words: console.print(words, highlight=False))
    report_sweep(study)
    if best is None:
        raise UserError(f"No trial came through; {study}/*/failed.txt say why.")
    told = " ".join(f"{name}={value:.6g}" for name, value in best.items())
    console.print(f"Best: {told}", highlight=False, soft_wrap=True)
