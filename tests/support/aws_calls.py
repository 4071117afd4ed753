"""A run for the tests of spot machines, its bucket, and a client for it."""

import boto3

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.launch_request import RentedRun
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.planning.machines import RENTED

REGION = "us-east-1"
OVERRIDES = ("experiment=emergency", "hardware=g4dn", "compile=on")


def make_run(name="one", **changes) -> RentedRun:
    settings = CloudSettings(**{"run": name, "bucket": "runs", "instance_profile": "guide"} | changes)
    return RentedRun(RENTED["g4dn"], settings, 4 * 3600, 0.2, OVERRIDES, OVERRIDES[:2])


def fill_bucket(run: RentedRun, **files: bytes) -> RentedRun:
    """Put code and data of a run into its bucket, and more files into its folder; returns the run."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=run.bucket)
    for url in (run.code_url, run.data_url):
        client.put_object(Bucket=run.bucket, Key=run.get_key(url), Body=b"")
    for name, content in files.items():
        client.put_object(Bucket=run.bucket, Key=f"{run.settings.run}/{name.replace('_', '.')}", Body=content)
    return run


def make_client(*, dry_run=False, lines=None, **clients) -> AwsClient:
    return AwsClient(REGION, dry_run=dry_run, say=(lines if lines is not None else []).append, clients=clients)
