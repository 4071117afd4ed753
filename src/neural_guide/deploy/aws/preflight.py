"""Checks before a machine is paid for: role, code, dataset, and a run in the bucket that it would resume."""

from neural_guide.app.settings_files import flatten_values, parse_settings
from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.launch_request import RentedRun
from neural_guide.deploy.aws.transfer import check_bucket_region
from neural_guide.errors import UserError

NO_PROFILE = (
    "cloud.instance_profile is not set, and without a role the machine can read no code and save no run. Name an "
    "instance profile that may read and write the bucket: docs/cloud.md."
)


def check_ready(client: AwsClient, run: RentedRun) -> list[str]:
    """Check that the machine would find all that it needs; a line if it would resume a run.

    Raises:
        UserError: the machine would end at once, or end without having trained; with what is missing.
    """
    if not run.settings.instance_profile:
        if not client.dry_run:
            raise UserError(NO_PROFILE)
        client.say(f"would be refused: {NO_PROFILE}")
    check_bucket_region(client, run)
    inputs_exist = {url: _object_exists(client, run, url) for url in (run.code_url, run.data_url)}
    is_finished, is_begun = (
        _object_exists(client, run, f"{run.url}/{name}") for name in ("metrics.json", "config.yaml")
    )
    if client.dry_run:
        return []
    for url, exists in inputs_exist.items():
        if not exists:
            raise UserError(f"{url} is not there, and the machine begins with it. Copy it: action=sync, then launch.")
    if is_finished:
        raise UserError(
            f"{run.url} is finished; a machine would find nothing to do. action=fetch brings it; name a new run "
            "with cloud.run=NAME, and sync it."
        )
    if not is_begun:
        return []
    _check_same_settings(client, run)
    return [f"Training resumes the run that began in {run.url}."]


def _object_exists(client: AwsClient, run: RentedRun, url: str) -> bool:
    """Look for an object by a listing, which tells a missing object from a forbidden one; a head request does not."""
    key = run.get_key(url)
    listing = client.call("s3", "list_objects_v2", {"Bucket": run.bucket, "Prefix": key, "MaxKeys": 1}, {})
    return any(entry["Key"] == key for entry in listing.get("Contents", ()))


def _check_same_settings(client: AwsClient, run: RentedRun) -> None:
    """Refuse settings that differ from those of the run in the bucket, as training would on the machine."""
    source = f"{run.url}/config.yaml"
    response = client.call("s3", "get_object", {"Bucket": run.bucket, "Key": run.get_key(source)}, {})
    text = response["Body"].read()
    try:
        stored = flatten_values(parse_settings(text.decode(errors="replace"), source))
    except UserError as error:
        raise UserError(f"{error} Name a new run with cloud.run=NAME, and sync it.") from None
    different = [name for name, value in run.identity.items() if stored.get(name) != value]
    if different:
        listed = ", ".join(f"{name} ({stored.get(name)} there, {run.identity[name]} here)" for name in different)
        raise UserError(
            f"{run.url} holds a run with other settings: {listed}. Go on with those of the run, or name a new one "
            "with cloud.run=NAME, and sync it."
        )
