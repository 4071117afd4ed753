"""The machine of a run: launched once, found by its tags, ended with all that was its."""

import hashlib
import json
import time
from collections.abc import Iterable
from typing import Any

from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.launch_request import TAG, Rented, image, parameters, start_script
from neural_guide.deploy.aws.preflight import ready
from neural_guide.errors import UserError

AT_WORK = ("pending", "running")
ALIVE = (*AT_WORK, "stopping", "stopped", "shutting-down")
HOUR = 3600


def launch(calls: Calls, rented: Rented) -> list[str]:
    """Launch the machine, or find the one that was launched before; lines on what is so now."""
    script = start_script(rented)
    before = instances(calls, rented.settings.run, (*ALIVE, "terminated"))
    known = [f"{each['InstanceId']} ({each['State']['Name']})" for each in before if each["State"]["Name"] in AT_WORK]
    if known:
        return [f"Run {rented.settings.run} has its machine already: {', '.join(known)}. action=watch looks at it."]
    lines = ready(calls, rented)
    image_id, root = image(calls, rented)
    asked = parameters(rented, image_id, root, script)
    asked["ClientToken"] = _token(asked, (each["InstanceId"] for each in before))
    stand_in = {"Instances": [{"InstanceId": "i-dry-run", "Placement": {"AvailabilityZone": "any"}}]}
    made = calls.ask("ec2", "run_instances", asked, stand_in)["Instances"][0]
    if calls.dry_run:
        return []
    state, zone = made["State"]["Name"], made["Placement"]["AvailabilityZone"]
    if state not in AT_WORK:
        raise UserError(
            f"EC2 in {calls.region} answered with {made['InstanceId']}, which is {state}: a machine of before, "
            "which it still takes for the one asked for. Nothing was launched. Launch again in some minutes."
        )
    return [
        *lines,
        f"Launched {made['InstanceId']} ({rented.spec.instance}, {image_id}) in {zone}.",
        f"It ends itself when training has ended, and at the latest {rented.seconds / HOUR:.1f} h from now.",
        "action=watch looks at it, action=stop ends it.",
    ]


def instances(calls: Calls, run: str, states: tuple[str, ...] = ALIVE) -> list[dict[str, Any]]:
    """Machines of a run, by its tag; those that are not gone, or of the states named."""
    wanted = [{"Name": f"tag:{TAG}", "Values": [run]}, {"Name": "instance-state-name", "Values": list(states)}]
    answer = calls.ask("ec2", "describe_instances", {"Filters": wanted}, {"Reservations": []})
    return [each for reservation in answer["Reservations"] for each in reservation["Instances"]]


def volumes(calls: Calls, run: str) -> list[dict[str, Any]]:
    """Disks of a run that are there, by its tag."""
    wanted = [{"Name": f"tag:{TAG}", "Values": [run]}]
    found: list[dict[str, Any]] = calls.ask("ec2", "describe_volumes", {"Filters": wanted}, {"Volumes": []})["Volumes"]
    return found


def stop(calls: Calls, run: str, *, wait_seconds: float = 120, every_seconds: float = 5) -> list[str]:
    """End everything of a run: machines, then disks that outlive them; lines on what was ended and what remains.

    Args:
        calls: to AWS.
        run: its name.
        wait_seconds: for machines to let go of their disks.
        every_seconds: between looks.
    """
    lines = []
    found = [each["InstanceId"] for each in instances(calls, run)]
    if found or calls.dry_run:
        calls.ask("ec2", "terminate_instances", {"InstanceIds": found or ["i-of-the-run"]}, {})
        lines.append(f"Ended: {', '.join(found)}." if found else "Would end every machine of the run.")
    deadline = time.monotonic() + wait_seconds
    while not calls.dry_run and instances(calls, run) and time.monotonic() < deadline:
        time.sleep(every_seconds)
    for disk in volumes(calls, run):
        if disk["State"] == "available":
            calls.ask("ec2", "delete_volume", {"VolumeId": disk["VolumeId"]}, {})
            lines.append(f"Deleted disk {disk['VolumeId']}.")
    return [*lines, *remaining(calls, run)]


def remaining(calls: Calls, run: str) -> list[str]:
    """What of a run is still there and paid for."""
    if calls.dry_run:
        return []
    machines = [f"{each['InstanceId']} ({each['State']['Name']})" for each in instances(calls, run)]
    disks = [f"{each['VolumeId']} ({each['Size']} GiB, {each['State']})" for each in volumes(calls, run)]
    if not machines and not disks:
        return [
            f"Nothing of run {run} is on EC2 in {calls.region}, which alone was asked: elsewhere with cloud.region=. "
            "Its folder in the bucket stays."
        ]
    return [f"Still there and paid for: {', '.join(machines + disks)}. Run action=stop again."]


def _token(asked: dict[str, Any], before: Iterable[str]) -> str:
    """The same within an hour for the same request: AWS then makes one machine of two calls at once.

    AWS answers a token that it knows with the machine of then, gone or not. So the token changes with the machines
    that the run had before; AWS forgets those after about an hour, hence the hour.
    """
    content = json.dumps([asked, sorted(before), int(time.time() // HOUR)])
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
