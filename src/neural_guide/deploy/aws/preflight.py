"""What a machine will need, looked for before it is paid for: a role, code and data, a run to go on with."""

from neural_guide.app.settings_files import flatten_values, parse_settings
from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.launch_request import Rented, code_url, data_url
from neural_guide.deploy.aws.transfer import refuse_elsewhere
from neural_guide.errors import UserError

NO_PROFILE = (
    "cloud.instance_profile is not set, and without a role the machine can read no code and save no run. Name an "
    "instance profile that may read and write the bucket: docs/cloud.md."
)


def ready(calls: Calls, rented: Rented) -> list[str]:
    """A line where the machine will go on with a run.

    Raises:
        UserError: something is missing that the machine would end for at once, or end without having trained.
    """
    if not rented.settings.instance_profile:
        if not calls.dry_run:
            raise UserError(NO_PROFILE)
        calls.say(f"would be refused: {NO_PROFILE}")
    refuse_elsewhere(calls, rented)
    needed = {url: _is_there(calls, rented, url) for url in (code_url(rented), data_url(rented))}
    finished, begun = (_is_there(calls, rented, f"{rented.url}/{name}") for name in ("metrics.json", "config.yaml"))
    if calls.dry_run:
        return []
    for url, there in needed.items():
        if not there:
            raise UserError(f"{url} is not there, and the machine begins with it. Copy it: action=sync, then launch.")
    if finished:
        raise UserError(
            f"{rented.url} is finished; a machine would find nothing to do. action=fetch brings it; name a new run "
            "with cloud.run=NAME, and sync it."
        )
    if not begun:
        return []
    _refuse_other(calls, rented)
    return [f"Training goes on with the run that was begun in {rented.url}."]


def _is_there(calls: Calls, rented: Rented, url: str) -> bool:
    """By a listing, which unlike a look at the object itself tells what is missing from what is forbidden."""
    key = _key(rented, url)
    asked = {"Bucket": rented.bucket, "Prefix": key, "MaxKeys": 1}
    found = calls.ask("s3", "list_objects_v2", asked, {})
    return any(each["Key"] == key for each in found.get("Contents", ()))


def _refuse_other(calls: Calls, rented: Rented) -> None:
    """Refuse settings that make another run than the one in the bucket, as training would on the machine."""
    asked = {"Bucket": rented.bucket, "Key": _key(rented, f"{rented.url}/config.yaml")}
    text = calls.ask("s3", "get_object", asked, {})["Body"].read()
    source = f"{rented.url}/config.yaml"
    try:
        there = flatten_values(parse_settings(text.decode(errors="replace"), source))
    except UserError as error:
        raise UserError(f"{error} Name a new run with cloud.run=NAME, and sync it.") from None
    other = [name for name, value in rented.decides.items() if there.get(name) != value]
    if other:
        listed = ", ".join(f"{name} ({there.get(name)} there, {rented.decides[name]} here)" for name in other)
        raise UserError(
            f"{rented.url} holds a run with other settings: {listed}. Go on with those of the run, or name a new one "
            "with cloud.run=NAME, and sync it."
        )


def _key(rented: Rented, url: str) -> str:
    return url.removeprefix(f"s3://{rented.bucket}/")
