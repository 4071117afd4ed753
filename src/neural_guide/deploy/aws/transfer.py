"""Code and dataset to the bucket, the run back from it."""

import subprocess
import tempfile
from pathlib import Path

from neural_guide.app.provenance import ROOT
from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.launch_request import Rented, code_url, data_url
from neural_guide.deploy.aws.run_upload import fetch
from neural_guide.errors import UserError


def sync(calls: Calls, rented: Rented, dataset: Path) -> list[str]:
    """Copy the committed code and the dataset to the bucket; lines on what was copied.

    Raises:
        UserError: this is no git checkout, the dataset is missing, or the bucket does not take them.
    """
    if not dataset.is_file():
        raise UserError(f"{dataset} does not exist. Make it: python -m neural_guide.generate, or name data.path.")
    refuse_elsewhere(calls, rented)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "code.tar.gz"
        _archive(archive)
        lines = []
        for path, url in ((archive, code_url(rented)), (dataset, data_url(rented))):
            key = url.removeprefix(f"s3://{rented.bucket}/")
            size = f"{path.stat().st_size / 2**20:.1f} MiB"
            if calls.dry_run:
                calls.say(f"would copy {path.name} ({size}) to {url}")
                continue
            calls.upload(path, rented.bucket, key)
            lines.append(f"{path.name} ({size}) is in {url}")
    return lines


def refuse_elsewhere(calls: Calls, rented: Rented) -> None:
    """Raise UserError where the bucket is not there, or lies in another region."""
    answer = calls.ask("s3", "get_bucket_location", {"Bucket": rented.bucket}, {})
    region = answer.get("LocationConstraint") or "us-east-1"
    if not calls.dry_run and region != calls.region:
        raise UserError(
            f"{rented.bucket} lies in {region}, not in {calls.region}: data between regions is slow and paid for. Use "
            f"cloud.region={region}, or another bucket."
        )


def bring(calls: Calls, rented: Rented, folder: Path) -> list[str]:
    """Copy the run from the bucket to a folder; a line on how much."""
    if calls.dry_run:
        calls.say(f"would copy {rented.url} to {folder}")
        return []
    count = fetch(rented.url, folder)
    if not count:
        return [f"{rented.url} is empty so far: training has not saved anything yet."]
    return [f"{count} files of {rented.url} are in {folder}; evaluate or go on with resume={folder}"]


def _archive(target: Path) -> None:
    """The committed state of the code."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar.gz", f"--output={target}", "HEAD"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise UserError(
            f"{ROOT} is no git checkout, so there is no committed code to send. Clone the project."
        ) from None
