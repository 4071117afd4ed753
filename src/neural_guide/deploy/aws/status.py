"""How a rented run is doing: its machine, its last metrics, time and money spent and left."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from fsspec.core import url_to_fs

from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.instances import instances, remaining
from neural_guide.deploy.aws.launch_request import HOURLY_TAG, SECONDS_TAG, Rented
from neural_guide.runtime.durations import format_duration

SHOWN = ("train/loss", "val/loss", "val/f1_micro", "system/samples_per_s", "system/rss_gib", "system/gpu_mem_gib")


def watch(calls: Calls, rented: Rented) -> list[str]:
    """Lines on the machine, on training, and on what is spent."""
    found = instances(calls, rented.settings.run)
    if calls.dry_run:
        calls.say(f"would read {rented.url}/metrics.csv")
        return []
    lines = [_machine(each, rented) for each in found] or [f"No machine of this run is in {calls.region}."]
    lines.append(_training(rented.url))
    return lines + (remaining(calls, rented.settings.run) if not found else [])


def _machine(instance: dict[str, Any], rented: Rented) -> str:
    """By deadline and price of the launch, which its tags say; those of today's command may be others."""
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}
    passed = (datetime.now(UTC) - instance["LaunchTime"]).total_seconds()
    left = max(0.0, float(tags.get(SECONDS_TAG, rented.seconds)) - passed)
    rate = float(tags.get(HOURLY_TAG, rented.hourly))
    name = f"{instance['InstanceId']} ({instance['InstanceType']})"
    return (
        f"{name}: {instance['State']['Name']} for {format_duration(passed)}, at most "
        f"${passed / 3600 * rate:.2f} spent; until its deadline {format_duration(left)} and ${left / 3600 * rate:.2f}"
    )


def _training(url: str) -> str:
    """The last of each figure that the run logged."""
    try:
        files, path = url_to_fs(f"{url}/metrics.csv")
        files.invalidate_cache()
        rows = list(csv.DictReader(io.StringIO(files.cat(path).decode())))
    except FileNotFoundError:
        return f"{url} has no metrics yet: the machine installs, or computes features."
    except Exception as error:
        return f"{url} cannot be read ({type(error).__name__})."
    last = {name: next((row[name] for row in reversed(rows) if row.get(name)), "") for name in ("step", *SHOWN)}
    return ", ".join(f"{name} {_short(value)}" for name, value in last.items() if value)


def _short(value: str) -> str:
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value
