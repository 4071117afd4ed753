"""Rent a spot machine on AWS for a training run: launch, watch, fetch or stop it.

python -m neural_guide.cloud action=quota hardware=g4dn
python -m neural_guide.cloud action=sync hardware=g4dn cloud.bucket=my-bucket cloud.dry_run=false
python -m neural_guide.cloud action=launch hardware=g4dn cloud.bucket=my-bucket cloud.instance_profile=ROLE deadline=4h

Without cloud.dry_run=false it prints each call and the highest cost, and calls nothing. Settings other than `cloud.*`,
`data.path` and `deadline` are passed to training on the machine.
"""

from dataclasses import asdict

from neural_guide.app.command import start
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings import list_keys
from neural_guide.app.settings_files import flatten_values
from neural_guide.config import SURFACE, CloudCommandSettings
from neural_guide.experiment.settings import CHANGEABLE_KEYS

NOT_OF_TRAINING = ("cloud.", "deadline=", "data.path=", "hydra.")
FITTED = ("data.batch_size", "trainer.accumulate")  # what hardware.fit=auto changes on the machine


def cloud(settings: CloudCommandSettings, invocation: Invocation) -> None:
    """Import what is heavy once the settings are known to be right, and do the action."""
    from neural_guide.deploy.aws.actions import run_action

    overrides = tuple(override for override in invocation.overrides if not override.startswith(NOT_OF_TRAINING))
    values, fitted = flatten_values(asdict(settings)), FITTED if settings.hardware.fit == "auto" else ()
    typed = sorted(key for key in invocation.keys if not key.startswith("cloud."))
    run_action(
        settings,
        settings.cloud,
        overrides=overrides,
        evaluation=select_evaluation_overrides(overrides),
        identity={key: values[key] for key in typed if key not in (*CHANGEABLE_KEYS, *fitted)},
        folder=invocation.folder,
    )


def select_evaluation_overrides(overrides: tuple[str, ...]) -> tuple[str, ...]:
    """The overrides of training that the `evaluate` command reads too."""
    known = {*list_keys(SURFACE.roots["evaluate"]), *SURFACE.groups["evaluate"]}
    return tuple(override for override in overrides if override.lstrip("+~").partition("=")[0] in known)


if __name__ == "__main__":
    start("cloud", cloud, SURFACE)
