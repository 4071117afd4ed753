"""The spot machine of a run: launch it once, find it by its tags, end it with its disks."""

import hashlib
import json
import time
from collections.abc import Iterable
from typing import Any

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.launch_request import (
    RUN_TAG,
    RentedRun,
    build_parameters,
    choose_image,
    render_start_script,
)
from neural_guide.deploy.aws.preflight import check_ready
from neural_guide.errors import UserError

RUNNING_STATES = ("pending", "running")
EXISTING_STATES = (*RUNNING_STATES, "stopping", "stopped", "shutting-down")
HOUR = 3600


def launch_instance(client: AwsClient, run: RentedRun) -> list[str]:
    """Launch the machine of a run, or find the one that runs already; lines on the state after the call.

    Raises:
        UserError: the run is not ready for a machine, or EC2 refuses it or answers with one that has ended.
    """
    script = render_start_script(run)
    earlier = list_instances(client, run.settings.run, (*EXISTING_STATES, "terminated"))
    running = [_describe_instance(instance) for instance in earlier if _state(instance) in RUNNING_STATES]
    if running:
        return [f"Run {run.settings.run} has its machine already: {', '.join(running)}. action=watch looks at it."]
    lines = check_ready(client, run)
    image_id, root = choose_image(client, run)
    parameters = build_parameters(run, image_id, root, script)
    parameters["ClientToken"] = _make_token(parameters, (instance["InstanceId"] for instance in earlier))
    dry_response = {"Instances": [{"InstanceId": "i-dry-run", "Placement": {"AvailabilityZone": "any"}}]}
    instance = client.call("ec2", "run_instances", parameters, dry_response)["Instances"][0]
    if client.dry_run:
        return []
    if _state(instance) not in RUNNING_STATES:
        raise UserError(
            f"EC2 in {client.region} answered with {instance['InstanceId']}, which is {_state(instance)}: a machine of "
            "before, which it still takes for the one asked for. Nothing was launched. Launch again in some minutes."
        )
    return [
        *lines,
        f"Launched {instance['InstanceId']} ({run.spec.instance}, {image_id}) in "
        f"{instance['Placement']['AvailabilityZone']}.",
        f"It ends itself when training has ended, and at the latest {run.deadline_seconds / HOUR:.1f} h from now.",
        "action=watch looks at it, action=stop ends it.",
    ]


def list_instances(client: AwsClient, run_name: str, states: tuple[str, ...] = EXISTING_STATES) -> list[dict[str, Any]]:
    """List the machines of a run by its tag: all that exist, or those in the given states."""
    filters = [
        {"Name": f"tag:{RUN_TAG}", "Values": [run_name]},
        {"Name": "instance-state-name", "Values": list(states)},
    ]
    response = client.call("ec2", "describe_instances", {"Filters": filters}, {"Reservations": []})
    return [instance for reservation in response["Reservations"] for instance in reservation["Instances"]]


def list_volumes(client: AwsClient, run_name: str) -> list[dict[str, Any]]:
    """List the existing disks of a run by its tag."""
    filters = [{"Name": f"tag:{RUN_TAG}", "Values": [run_name]}]
    response = client.call("ec2", "describe_volumes", {"Filters": filters}, {"Volumes": []})
    volumes: list[dict[str, Any]] = response["Volumes"]
    return volumes


def stop_run(client: AwsClient, run_name: str, *, wait_seconds: float = 120, poll_seconds: float = 5) -> list[str]:
    """End the machines of a run, then delete disks that outlive them; lines on what ended and what remains.

    Args:
        client: client of AWS.
        run_name: name of the run.
        wait_seconds: longest wait for the machines to release their disks.
        poll_seconds: time between two looks.
    """
    lines = []
    ids = [instance["InstanceId"] for instance in list_instances(client, run_name)]
    if ids or client.dry_run:
        client.call("ec2", "terminate_instances", {"InstanceIds": ids or ["i-of-the-run"]}, {})
        lines.append(f"Ended: {', '.join(ids)}." if ids else "Would end every machine of the run.")
    deadline = time.monotonic() + wait_seconds
    while not client.dry_run and list_instances(client, run_name) and time.monotonic() < deadline:
        time.sleep(poll_seconds)
    for disk in list_volumes(client, run_name):
        if disk["State"] == "available":
            client.call("ec2", "delete_volume", {"VolumeId": disk["VolumeId"]}, {})
            lines.append(f"Deleted disk {disk['VolumeId']}.")
    return [*lines, *describe_remaining(client, run_name)]


def describe_remaining(client: AwsClient, run_name: str) -> list[str]:
    """Describe in a line the machines and disks of a run that still exist and are paid for; empty in a dry run."""
    if client.dry_run:
        return []
    machines = [_describe_instance(instance) for instance in list_instances(client, run_name)]
    disks = [f"{disk['VolumeId']} ({disk['Size']} GiB, {disk['State']})" for disk in list_volumes(client, run_name)]
    if not machines and not disks:
        return [
            f"Nothing of run {run_name} is on EC2 in {client.region}, which alone was asked: elsewhere with "
            "cloud.region=. Its folder in the bucket stays."
        ]
    return [f"Still there and paid for: {', '.join(machines + disks)}. Run action=stop again."]


def _state(instance: dict[str, Any]) -> str:
    return str(instance["State"]["Name"])


def _describe_instance(instance: dict[str, Any]) -> str:
    return f"{instance['InstanceId']} ({_state(instance)})"


def _make_token(parameters: dict[str, Any], earlier_ids: Iterable[str]) -> str:
    """Make a token that is equal for equal requests within an hour: AWS makes one machine of two calls with it.

    To a known token AWS answers with the machine of the first call, even after its end. So the token changes with the
    earlier machines of the run. AWS lists ended machines for about an hour, hence the hour.
    """
    content = json.dumps([parameters, sorted(earlier_ids), int(time.time() // HOUR)])
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
