"""Transfer of a run's inputs to the bucket, and of the run back from it."""

import subprocess
import tempfile
from pathlib import Path

from neural_guide.app.provenance import ROOT
from neural_guide.app.quoting import format_override
from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.launch_request import RentedRun
from neural_guide.deploy.aws.run_upload import download_run
from neural_guide.errors import UserError


def upload_inputs(client: AwsClient, run: RentedRun, dataset: Path) -> list[str]:
    """Copy the committed code and the dataset to the bucket; a line for each.

    Raises:
        UserError: this is no git checkout, the dataset is missing, or the bucket does not take them.
    """
    if not dataset.is_file():
        raise UserError(f"{dataset} does not exist. Make it: python -m neural_guide.generate, or name data.path.")
    check_bucket_region(client, run)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "code.tar.gz"
        _archive_code(archive)
        lines = []
        for path, url in ((archive, run.code_url), (dataset, run.data_url)):
            size = f"{path.stat().st_size / 2**20:.1f} MiB"
            if client.dry_run:
                client.say(f"would copy {path.name} ({size}) to {url}")
                continue
            client.upload(path, run.bucket, run.get_key(url))
            lines.append(f"{path.name} ({size}) is in {url}")
    return lines


def check_bucket_region(client: AwsClient, run: RentedRun) -> None:
    """Raise UserError if the bucket does not exist or lies in another region."""
    response = client.call("s3", "get_bucket_location", {"Bucket": run.bucket}, {})
    region = response.get("LocationConstraint") or "us-east-1"
    if not client.dry_run and region != client.region:
        raise UserError(
            f"{run.bucket} lies in {region}, not in {client.region}: data between regions is slow and paid for. Use "
            f"cloud.region={region}, or another bucket."
        )


def fetch_run(client: AwsClient, run: RentedRun, folder: Path) -> list[str]:
    """Copy the run from the bucket to a folder; a line on the number of files."""
    if client.dry_run:
        client.say(f"would copy {run.url} to {folder}")
        return []
    count = download_run(run.url, folder)
    if not count:
        return [f"{run.url} is empty so far: training has not saved anything yet."]
    return [f"{count} files of {run.url} are in {folder}; evaluate or resume with {format_override('resume', folder)}"]


def _archive_code(target: Path) -> None:
    """Archive the committed state of the code."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar.gz", f"--output={target}", "HEAD"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise UserError(
            f"{ROOT} is no git checkout, so there is no committed code to send. Clone the project."
        ) from None
