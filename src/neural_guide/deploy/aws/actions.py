"""Actions of the cloud command on the spot machine of a run."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neural_guide.app.console import say
from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.instances import launch_instance, stop_run
from neural_guide.deploy.aws.launch_request import RentedRun
from neural_guide.deploy.aws.prices import describe_prices, fetch_prices
from neural_guide.deploy.aws.quota import check_quota
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.deploy.aws.status import describe_status
from neural_guide.deploy.aws.transfer import fetch_run, upload_inputs
from neural_guide.errors import UserError
from neural_guide.planning.machines import PRICED_ON, RENTED
from neural_guide.planning.settings import BoundedTrainingSettings
from neural_guide.runtime.durations import format_duration, parse_duration

DRY, NOT_DRY = "A dry run: nothing was done and no call was made.", "cloud.dry_run=false does it."
DEFAULT_DEADLINE = "4h"  # of the field report


def run_action(
    training: BoundedTrainingSettings,
    cloud: CloudSettings,
    *,
    overrides: tuple[str, ...],
    evaluation: tuple[str, ...],
    identity: Mapping[str, Any],
    folder: Path,
) -> None:
    """Do one action, or in a dry run print its calls and its highest cost.

    Args:
        training: profile, dataset, deadline and budget of the run.
        cloud: the action, and the machine.
        overrides: settings of training, as they were typed.
        evaluation: those among them that the evaluation after training reads too.
        identity: typed settings that define the run: with other values it is another run.
        folder: where `fetch` puts the run.

    Raises:
        UserError: the profile is no rented machine, the budget is too small, or AWS refuses.
    """
    client = AwsClient(cloud.region, dry_run=cloud.dry_run, say=say)
    if cloud.action == "stop":  # in a hurry: whatever the machine was
        _say_all(stop_run(client, cloud.run))
        if cloud.dry_run:
            say(f"{DRY} {NOT_DRY}")
        return
    spec = RENTED.get(training.hardware.name)
    if spec is None or spec.on_demand is None:
        raise UserError(f"hardware={training.hardware.name} is no rented machine. Use hardware={' or '.join(RENTED)}.")
    seconds = parse_duration(training.deadline or DEFAULT_DEADLINE)
    assert seconds is not None  # checked with the settings
    run = RentedRun(
        spec=spec,
        settings=cloud,
        deadline_seconds=seconds,
        max_price=cloud.max_price or spec.on_demand,
        overrides=overrides,
        evaluation=evaluation,
        identity=identity if cloud.action == "launch" else {},
    )
    actions = {
        "quota": lambda: check_quota(client, run.spec),
        "price": lambda: describe_prices(fetch_prices(client, run.spec), run.max_price),
        "launch": lambda: _launch(client, training.budget.dollars, run),
        "sync": lambda: upload_inputs(client, run, Path(training.data.path)),
        "watch": lambda: describe_status(client, run),
        "fetch": lambda: fetch_run(client, run, folder),
    }
    _say_all(actions[cloud.action]())
    if cloud.dry_run:
        say(_describe_max_cost(cloud, run))


def _launch(client: AwsClient, dollars: float | None, run: RentedRun) -> list[str]:
    """Launch the machine if the budget allows its highest cost."""
    if dollars is not None and run.max_cost > dollars:
        raise UserError(
            f"{run.spec.instance} for {format_duration(run.deadline_seconds)} at up to ${run.max_price:.2f} an hour "
            f"may cost ${run.max_cost:.2f}, above budget={dollars:.2f}. Lower cloud.max_price or deadline."
        )
    return launch_instance(client, run)


def _describe_max_cost(cloud: CloudSettings, run: RentedRun) -> str:
    return (
        f"{DRY} The machine would cost at most ${run.max_cost:.2f}: "
        f"{format_duration(run.deadline_seconds)} at no more than ${run.max_price:.2f} an hour and "
        f"{cloud.disk_gib} GiB of disk (prices of {PRICED_ON} where none was set). {NOT_DRY}"
    )


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
