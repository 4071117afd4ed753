"""A run for the tests of spot machines, its bucket, and a client for it."""

import functools
import os
from typing import Any

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
    client = connect(os.environ["AWS_ENDPOINT_URL"])["s3"]
    client.create_bucket(Bucket=run.bucket)
    for url in (run.code_url, run.data_url):
        client.put_object(Bucket=run.bucket, Key=run.get_key(url), Body=b"")
    for name, content in files.items():
        client.put_object(Bucket=run.bucket, Key=f"{run.settings.run}/{name.replace('_', '.')}", Body=content)
    return run


@functools.cache
def connect(endpoint: str) -> dict[str, Any]:
    """Make the clients of a server once: each reads megabytes of descriptions."""
    return {service: boto3.client(service, region_name=REGION, endpoint_url=endpoint) for service in ("ec2", "s3")}


def make_client(*, dry_run=False, lines=None, **clients) -> AwsClient:
    known = connect(os.environ["AWS_ENDPOINT_URL"]) | clients
    return AwsClient(REGION, dry_run=dry_run, say=(lines if lines is not None else []).append, clients=known)
