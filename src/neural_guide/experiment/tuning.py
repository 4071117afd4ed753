"""A bounded search over learning rate and batch size: Optuna asks and is told, every trial is a run of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neural_guide.app.command import FAILED
from neural_guide.errors import UserError
from neural_guide.experiment.settings import TuneSettings

# Settings that decide how fast a trial is and whether it fits, and not what it learns. A profile may bring a batch, but
# the study sets that.
SAME_LOSS = ("hardware=", "hardware.", "compile=", "compile.", "data.workers=", "data.store_dir=", "trainer.arc_tasks=")
JOURNAL = "study.journal"  # a file of lines: Optuna's own sqlite storage fails with current SQLAlchemy


def search(
    settings: TuneSettings, folder: Path, seed: int, overrides: Sequence[str], say: Callable[[str], None]
) -> dict[str, Any] | None:
    """Run the trials that are left; the best values so far, None where none came through.

    Args:
        settings: bounds and number of trials.
        folder: of the study; it goes on with what is there.
        seed: of the sampler.
        overrides: of every run, as they are typed.
        say: takes a line a trial.

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
        sampler=optuna.samplers.TPESampler(seed=seed + before),  # else a study that goes on asks the same again
        load_if_exists=True,
    )
    _keep_to(study, settings, overrides)
    ended = [trial for trial in study.trials if trial.state.is_finished()]
    for _ in range(settings.trials - len(ended)):
        trial = study.ask()
        values = {
            "optimizer.lr": trial.suggest_float("optimizer.lr", settings.lr_low, settings.lr_high, log=True),
            "data.batch_size": trial.suggest_categorical("data.batch_size", list(settings.batch_sizes)),
        }
        loss = _run(folder / f"{trial.number}_trial", values, overrides)
        state = optuna.trial.TrialState.FAIL if loss is None else optuna.trial.TrialState.COMPLETE
        study.tell(trial, loss, state=state)
        say(f"trial {trial.number}: {_shown(values)}: " + ("failed" if loss is None else f"val/loss {loss:.4f}"))
    through = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    return dict(study.best_params) if through else None


def _keep_to(study: Any, settings: TuneSettings, overrides: Sequence[str]) -> None:
    """Refuse to go on with a study of other settings: its losses do not compare, and Optuna keeps the first choices.

    What says only how a run uses the machine may change.
    """
    now = {
        "overrides": sorted(each for each in overrides if not each.startswith(SAME_LOSS)),
        "tune.batch_sizes": list(settings.batch_sizes),
    }
    before = study.user_attrs.get("settings")
    if before is None:
        study.set_user_attr("settings", now)
    elif before != now:
        changed = "; ".join(f"{name} {before[name]}, now {now[name]}" for name in now if before[name] != now[name])
        raise UserError(
            f"tune.study={settings.study} was begun with other settings: {changed}. Repeat those, or begin another one "
            "with tune.study=FOLDER."
        )


def _run(folder: Path, values: dict[str, Any], overrides: Sequence[str]) -> float | None:
    """Train with some values; the validation loss, None where the run failed."""
    line = [sys.executable, "-m", "neural_guide.train", *overrides, *(f"{name}={of}" for name, of in values.items())]
    ended = subprocess.run([*line, f"hydra.run.dir={folder}"], capture_output=True, text=True, check=False)
    metrics = folder / "metrics.json"
    if ended.returncode == 0 and metrics.is_file():
        loss = json.loads(metrics.read_text()).get("val/loss")
        return None if loss is None else float(loss)
    if ended.returncode in (-2, -15, 75):
        raise KeyboardInterrupt
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FAILED).write_text((ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1] + "\n")
    return None


def _shown(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {of:.3g}" for name, of in values.items())
