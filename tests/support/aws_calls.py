"""What the tests of renting ask for: a run, its bucket, and calls for it."""

import boto3

from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.launch_request import Rented, code_url, data_url
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.planning.machines import RENTED

REGION = "us-east-1"
OVERRIDES = ("experiment=emergency", "hardware=g4dn", "compile=on")


def rented(run="one", **settings) -> Rented:
    made = CloudSettings(**{"run": run, "bucket": "runs", "instance_profile": "guide"} | settings)
    return Rented(RENTED["g4dn"], made, 4 * 3600, 0.2, OVERRIDES)


def synced(run: Rented, **more: bytes) -> Rented:
    """The run, with code and data in its bucket, and more files in its folder."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=run.bucket)
    for url in (code_url(run), data_url(run)):
        client.put_object(Bucket=run.bucket, Key=url.removeprefix(f"s3://{run.bucket}/"), Body=b"")
    for name, content in more.items():
        client.put_object(Bucket=run.bucket, Key=f"{run.settings.run}/{name.replace('_', '.')}", Body=content)
    return run


def calls(*, dry_run=False, lines=None, **clients) -> Calls:
    return Calls(REGION, dry_run=dry_run, say=(lines if lines is not None else []).append, clients=clients)
