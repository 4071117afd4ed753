"""Bounded search over learning rate and batch size with Optuna; each trial is a training run of its own."""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neural_guide.app.command import FAILED
from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.app.quoting import quote
from neural_guide.errors import UserError
from neural_guide.experiment.settings import TuneCommandSettings, TuneSettings
from neural_guide.experiment.sweep import report_sweep
from neural_guide.runtime.signals import STOPPED_EXIT, Stopped, run_in_own_group

# Settings that decide how fast a trial is and whether it fits, and not what it learns. A profile may bring a batch, but
# the study sets that.
SAME_LOSS = ("hardware=", "hardware.", "compile=", "compile.", "data.workers=", "data.store_dir=", "trainer.arc_tasks=")
JOURNAL = "study.journal"  # a file of lines: Optuna's own sqlite storage fails with current SQLAlchemy
STUDY_SETTINGS = ("tune.", "data.batch_size=", "optimizer.lr=")  # the study sets these


def run_study(settings: TuneCommandSettings, invocation: Invocation) -> None:
    """Run the trials that are left, print a table of all runs, and report the best values."""
    study = Path(settings.tune.study)
    study.mkdir(parents=True, exist_ok=True)
    overrides = [override for override in invocation.overrides if not override.startswith(STUDY_SETTINGS)]
    best = _run_trials(settings.tune, study, settings.seed, overrides)
    report_sweep(study)
    if best is None:
        raise UserError(f"No trial came through; {study}/*/failed.txt say why.")
    say("Best: " + " ".join(f"{key}={value:.6g}" for key, value in best.items()))


def _run_trials(settings: TuneSettings, folder: Path, seed: int, overrides: Sequence[str]) -> dict[str, Any] | None:
    """Run the trials that are left; return the best values so far, or None if every trial failed.

    Args:
        settings: bounds and number of trials.
        folder: of the study; a study that is there is resumed.
        seed: of the sampler.
        overrides: of every run, as they are typed.

    Raises:
        UserError: Optuna is not installed, there is nothing to choose from, or the study is of other settings.
    """
    if not settings.batch_sizes:
        raise UserError("tune.batch_sizes=[] leaves nothing to choose from. Name sizes, e.g. tune.batch_sizes=[32,64].")
    try:
        import optuna
    except ImportError:
        raise UserError("The tune command needs Optuna. Install it: pip install 'neural-guide[optuna]'.") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(folder / JOURNAL)))
    before = len(storage.get_all_studies()) and len(storage.get_all_trials(storage.get_all_studies()[0]._study_id))
    study = optuna.create_study(
        study_name=folder.name,
        storage=storage,
        sampler=optuna.samplers.TPESampler(seed=seed + before),  # else a resumed study proposes the same values again
        load_if_exists=True,
    )
    _check_same_study(study, settings, overrides)
    finished = [trial for trial in study.trials if trial.state.is_finished()]
    for _ in range(settings.trials - len(finished)):
        trial = study.ask()
        values = {
            "optimizer.lr": trial.suggest_float("optimizer.lr", settings.lr_low, settings.lr_high, log=True),
            "data.batch_size": trial.suggest_categorical("data.batch_size", list(settings.batch_sizes)),
        }
        loss = _run_trial(folder / f"{trial.number}_trial", values, overrides)
        state = optuna.trial.TrialState.FAIL if loss is None else optuna.trial.TrialState.COMPLETE
        study.tell(trial, loss, state=state)
        say(
            f"trial {trial.number}: {_format_values(values)}: " + ("failed" if loss is None else f"val/loss {loss:.4f}")
        )
    completed = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    return dict(study.best_params) if completed else None


def _check_same_study(study: Any, settings: TuneSettings, overrides: Sequence[str]) -> None:
    """Refuse to resume a study of other settings: its losses do not compare, and Optuna keeps the first choices.

    Settings that only say how a run uses the machine may change.
    """
    now = {
        "overrides": sorted(override for override in overrides if not override.startswith(SAME_LOSS)),
        "tune.batch_sizes": list(settings.batch_sizes),
    }
    before = study.user_attrs.get("settings")
    if before is None:
        study.set_user_attr("settings", now)
    elif before != now:
        changed = "; ".join(f"{key} {before[key]}, now {now[key]}" for key in now if before[key] != now[key])
        raise UserError(
            f"tune.study={settings.study} was begun with other settings: {changed}. Repeat those, or begin another one "
            "with tune.study=FOLDER."
        )


def _run_trial(folder: Path, values: dict[str, Any], overrides: Sequence[str]) -> float | None:
    """Train with some values; return the validation loss, or None if the run failed."""
    line = [
        sys.executable,
        "-m",
        "neural_guide.train",
        *overrides,
        *(f"{key}={value}" for key, value in values.items()),
    ]
    returncode, errors = run_in_own_group([*line, f"hydra.run.dir={quote(str(folder))}"])
    metrics = folder / "metrics.json"
    if returncode == 0 and metrics.is_file():
        loss = json.loads(metrics.read_text(encoding="utf-8")).get("val/loss")
        return None if loss is None else float(loss)
    if returncode in (-signal.SIGINT, -signal.SIGTERM, STOPPED_EXIT):
        raise Stopped("a signal to the trial")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FAILED).write_text(
        (errors.strip().splitlines() or [f"exit code {returncode}"])[-1] + "\n", encoding="utf-8"
    )
    return None


def _format_values(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value:.3g}" for key, value in values.items())
