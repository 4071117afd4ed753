"""Rent a spot machine on AWS for a training run: launch, watch, fetch or stop it.

python -m neural_guide.cloud action=quota hardware=g4dn
python -m neural_guide.cloud action=sync hardware=g4dn cloud.bucket=my-bucket cloud.dry_run=false
python -m neural_guide.cloud action=launch hardware=g4dn cloud.bucket=my-bucket cloud.instance_profile=ROLE deadline=4h

Without cloud.dry_run=false it prints each call and the highest cost, and calls nothing. Settings other than `cloud.*`,
`data.path` and `deadline` are passed to training on the machine.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neural_guide.app.command import start
from neural_guide.app.console import say
from neural_guide.app.invocation import Invocation
from neural_guide.app.settings import list_keys
from neural_guide.app.settings_files import flatten_values
from neural_guide.config import SURFACE, CloudCommandSettings
from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.instances import launch_instance, stop_run
from neural_guide.deploy.aws.launch_request import RentedRun
from neural_guide.deploy.aws.prices import describe_prices, fetch_prices
from neural_guide.deploy.aws.quota import check_quota
from neural_guide.deploy.aws.status import describe_status
from neural_guide.deploy.aws.transfer import fetch_run, upload_inputs
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED
from neural_guide.runtime.durations import format_duration, parse_duration

DRY, NOT_DRY = "A dry run: nothing was done and no call was made.", "cloud.dry_run=false does it."
DEFAULT_DEADLINE = "4h"  # of the field report
NOT_OF_TRAINING = ("cloud.", "deadline=", "data.path=", "hydra.")
FITTED = ("data.batch_size", "trainer.accumulate")  # what hardware.fit=auto changes on the machine


def cloud(settings: CloudCommandSettings, invocation: Invocation) -> None:
    """Do one action, or in a dry run print its calls and its highest cost."""
    client = AwsClient(settings.cloud.region, dry_run=settings.cloud.dry_run, say=say)
    if settings.cloud.action == "stop":  # in a hurry: whatever the machine was
        _say_all(stop_run(client, settings.cloud.run))
        if settings.cloud.dry_run:
            say(f"{DRY} {NOT_DRY}")
        return
    run = _build_run(settings, invocation)
    actions = {
        "quota": lambda: check_quota(client, run.spec),
        "price": lambda: describe_prices(fetch_prices(client, run.spec), run.max_price),
        "launch": lambda: _launch(client, settings, run),
        "sync": lambda: upload_inputs(client, run, Path(settings.data.path)),
        "watch": lambda: describe_status(client, run),
        "fetch": lambda: fetch_run(client, run, invocation.folder),
    }
    _say_all(actions[settings.cloud.action]())
    if settings.cloud.dry_run:
        say(_describe_max_cost(settings, run))


def _build_run(settings: CloudCommandSettings, invocation: Invocation) -> RentedRun:
    spec = RENTED.get(settings.hardware.name)
    if spec is None or spec.on_demand is None:
        raise UserError(f"hardware={settings.hardware.name} is no rented machine. Use hardware={' or '.join(RENTED)}.")
    seconds = parse_duration(settings.deadline or DEFAULT_DEADLINE)
    assert seconds is not None  # checked with the configuration
    overrides = tuple(override for override in invocation.overrides if not override.startswith(NOT_OF_TRAINING))
    return RentedRun(
        spec=spec,
        settings=settings.cloud,
        deadline_seconds=seconds,
        max_price=settings.cloud.max_price or spec.on_demand,
        overrides=overrides,
        evaluation=tuple(override for override in overrides if _is_read_by_evaluate(override)),
        identity=_select_identity(settings, invocation) if settings.cloud.action == "launch" else {},
    )


def _select_identity(settings: CloudCommandSettings, invocation: Invocation) -> dict[str, Any]:
    """Select the typed settings that define the run: with other values it is another run."""
    from neural_guide.experiment.run_folder import FREE  # brings Lightning, for which the other actions need not wait

    values, free = flatten_values(asdict(settings)), (*FREE, *(FITTED if settings.hardware.fit == "auto" else ()))
    typed = sorted(key for key in invocation.keys if not key.startswith("cloud."))
    return {key: values[key] for key in typed if key not in free}


def _is_read_by_evaluate(override: str) -> bool:
    key = override.lstrip("+~").partition("=")[0]
    return key in list_keys(SURFACE.roots["evaluate"]) or key in SURFACE.groups["evaluate"]


def _launch(client: AwsClient, settings: CloudCommandSettings, run: RentedRun) -> list[str]:
    """Launch the machine if the budget allows its highest cost."""
    if settings.budget.dollars is not None and run.max_cost > settings.budget.dollars:
        raise UserError(
            f"{run.spec.instance} for {format_duration(run.deadline_seconds)} at up to ${run.max_price:.2f} an hour "
            f"may cost ${run.max_cost:.2f}, above budget={settings.budget.dollars:.2f}. Lower cloud.max_price or "
            "deadline."
        )
    return launch_instance(client, run)


def _describe_max_cost(settings: CloudCommandSettings, run: RentedRun) -> str:
    return (
        f"{DRY} The machine would cost at most ${run.max_cost:.2f}: "
        f"{format_duration(run.deadline_seconds)} at no more than ${run.max_price:.2f} an hour and "
        f"{settings.cloud.disk_gib} GiB of disk (prices of {PRICED_ON} where none was set). {NOT_DRY}"
    )


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


if __name__ == "__main__":
    start("cloud", cloud, SURFACE)
