"""Status of a rented run: its machine, its last metrics, time and money spent and left."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from fsspec.core import url_to_fs

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.instances import describe_remaining, list_instances
from neural_guide.deploy.aws.launch_request import HOURLY_TAG, SECONDS_TAG, RentedRun
from neural_guide.runtime.durations import format_duration

SHOWN_METRICS = (
    "train/loss",
    "val/loss",
    "val/f1_micro",
    "system/samples_per_s",
    "system/rss_gib",
    "system/gpu_mem_gib",
)


def describe_status(client: AwsClient, run: RentedRun) -> list[str]:
    """Describe in lines the machine, the last metrics, and the money spent."""
    instances = list_instances(client, run.settings.run)
    if client.dry_run:
        client.say(f"would read {run.url}/metrics.csv")
        return []
    lines = [_describe_instance(instance, run) for instance in instances]
    lines = lines or [f"No machine of this run is in {client.region}."]
    lines.append(_describe_training(run.url))
    return lines + (describe_remaining(client, run.settings.run) if not instances else [])


def _describe_instance(instance: dict[str, Any], run: RentedRun) -> str:
    """Describe a machine by deadline and price of its launch, from its tags; today's command may set others."""
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}
    passed = (datetime.now(UTC) - instance["LaunchTime"]).total_seconds()
    left = max(0.0, float(tags.get(SECONDS_TAG, run.deadline_seconds)) - passed)
    rate = float(tags.get(HOURLY_TAG, run.hourly_price))
    name = f"{instance['InstanceId']} ({instance['InstanceType']})"
    return (
        f"{name}: {instance['State']['Name']} for {format_duration(passed)}, at most "
        f"${passed / 3600 * rate:.2f} spent; until its deadline {format_duration(left)} and ${left / 3600 * rate:.2f}"
    )


def _describe_training(url: str) -> str:
    """Describe the last value of each metric that the run logged."""
    try:
        files, path = url_to_fs(f"{url}/metrics.csv")
        files.invalidate_cache()
        rows = list(csv.DictReader(io.StringIO(files.cat(path).decode())))
    except FileNotFoundError:
        return f"{url} has no metrics yet: the machine installs, or computes features."
    except Exception as error:
        return f"{url} cannot be read ({type(error).__name__})."
    last = {name: next((row[name] for row in reversed(rows) if row.get(name)), "") for name in ("step", *SHOWN_METRICS)}
    return ", ".join(f"{name} {_shorten(value)}" for name, value in last.items() if value)


def _shorten(value: str) -> str:
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value
