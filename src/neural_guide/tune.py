"""Search for learning rate and batch size: python -m neural_guide.tune tune.trials=20 [experiment=...] ...

Stopped, it goes on with what its study has: the same command again.
"""

from pathlib import Path

from neural_guide.app.command import console, start, typed
from neural_guide.config import Config
from neural_guide.errors import UserError
from neural_guide.experiment.sweep import tell_sweep
from neural_guide.experiment.tuning import search

NOT_OF_RUNS = ("tune.", "data.batch_size=", "optimizer.lr=")


def tune(config: Config, _: Path) -> None:
    """Trials, a table of all runs, the best values."""
    settings = config.tune
    if settings.lr_low > settings.lr_high:
        raise UserError(f"tune.lr_low={settings.lr_low} is above tune.lr_high={settings.lr_high}. Swap them.")
    study = Path(settings.study)
    study.mkdir(parents=True, exist_ok=True)
    overrides = [each for each in typed() if not each.startswith(NOT_OF_RUNS)]
    best = search(settings, study, config.seed, overrides, lambda words: console.print(words, highlight=False))
    tell_sweep(study)
    if best is None:
        raise UserError(f"No trial came through; {study}/*/failed.txt say why.")
    told = " ".join(f"{name}={value:.6g}" for name, value in best.items())
    console.print(f"Best: {told}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    start("tune", tune)
