"""What is asked of EC2 for a run: type, image, disk, role, end."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from neural_guide.deploy.aws.client import Calls
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.errors import UserError
from neural_guide.planning.machines import DISK_MONTH_GB, Spec
from neural_guide.planning.plans import MONTH_HOURS

TAG = "neural-guide-run"
SECONDS_TAG, HOURLY_TAG = "neural-guide-seconds", "neural-guide-dollars-an-hour"  # of the launch, for those who watch
IMAGE = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
SCRIPT = Path(__file__).with_name("start.sh")
GRACE_MINUTES = 5  # from an orderly shutdown to one by force
AFTER_MINUTES = 10  # from the end of training to that of the machine: evaluation, and the last copies
LEAST_MINUTES = 30  # installing takes about 10 of them
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
UNTIL_DRY = {"image": "ami-0123456789abcdef0", "root": "/dev/sda1"}  # what a dry run goes on with


@dataclass(frozen=True)
class Rented:
    """A run and the machine it is to have.

    Attributes:
        spec: the machine.
        settings: of the cloud.
        seconds: deadline, from its start.
        cap: dollars an hour.
        overrides: of training, as they are typed.
        decides: the settings among them that make it another run where they differ.

    Raises:
        UserError: the run or the bucket has a name that is none: filters of EC2 would take signs in it for wildcards.
    """

    spec: Spec
    settings: CloudSettings
    seconds: float
    cap: float
    overrides: tuple[str, ...]
    decides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        run, bucket = self.settings.run, self.settings.bucket
        if not RUN_NAME.fullmatch(run):
            raise UserError(f"cloud.run={run} is no name for a run. Use letters, digits, dots and dashes, up to 64.")
        if bucket and not BUCKET_NAME.fullmatch(bucket):
            raise UserError(
                f"cloud.bucket={bucket} is no name of a bucket: 3 to 63 small letters, digits, dots and dashes. Write "
                "the name alone, without s3:// and without a folder."
            )

    @property
    def url(self) -> str:
        """Where the run lies in the bucket."""
        return f"s3://{self.bucket}/{self.settings.run}"

    @property
    def bucket(self) -> str:
        """The bucket. Raises UserError where none was named."""
        if not self.settings.bucket:
            raise UserError("The bucket is not known. Name it: cloud.bucket=NAME, one of your own in cloud.region.")
        return self.settings.bucket

    @property
    def highest_cost(self) -> float:
        """Dollars that cannot be exceeded: the cap for all the time until the machine is ended, and its disk."""
        return (self.seconds / 3600 + GRACE_MINUTES / 60) * self.hourly

    @property
    def hourly(self) -> float:
        """Dollars an hour at most, the disk with it."""
        return self.cap + self.settings.disk_gib * DISK_MONTH_GB / MONTH_HOURS

    def tags(self) -> list[dict[str, str]]:
        """What everything of the run is found by, and what it was launched for."""
        values = {
            TAG: self.settings.run,
            "Name": f"neural_guide {self.settings.run}",
            SECONDS_TAG: f"{self.seconds:.0f}",
            HOURLY_TAG: f"{self.hourly:.4f}",
        }
        return [{"Key": key, "Value": value} for key, value in values.items()]


def image(calls: Calls, rented: Rented) -> tuple[str, str]:
    """The image and the name of its root device, which differs between images."""
    chosen = rented.settings.ami
    if chosen is None:
        stand_in = {"Parameter": {"Value": UNTIL_DRY["image"]}}
        chosen = str(calls.ask("ssm", "get_parameter", {"Name": IMAGE}, stand_in)["Parameter"]["Value"])
    until = {"Images": [{"RootDeviceName": UNTIL_DRY["root"]}]}
    found = calls.ask("ec2", "describe_images", {"ImageIds": [chosen]}, until)["Images"]
    if not found:
        raise UserError(f"{chosen} is no image in {calls.region}. Leave cloud.ami away, or name one of this region.")
    return chosen, str(found[0]["RootDeviceName"])


def parameters(rented: Rented, image_id: str, root: str, script: str) -> dict[str, Any]:
    """What run_instances is given. Everything that it makes is tagged by the call itself: nothing is left unfound."""
    settings, tags = rented.settings, rented.tags()
    disk = {
        "VolumeSize": settings.disk_gib,
        "VolumeType": "gp3",
        "DeleteOnTermination": not settings.keep_disk,
        "Encrypted": True,
    }
    made: dict[str, Any] = {
        "ImageId": image_id,
        "InstanceType": rented.spec.instance,
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceMarketOptions": {
            "MarketType": "spot",
            "SpotOptions": {
                "MaxPrice": f"{rented.cap:.4f}",
                "SpotInstanceType": "one-time",
                "InstanceInterruptionBehavior": "terminate",
            },
        },
        "BlockDeviceMappings": [{"DeviceName": root, "Ebs": disk}],
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "UserData": script,
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
    }
    if settings.instance_profile:
        made["IamInstanceProfile"] = {"Name": settings.instance_profile}
    optional = {"KeyName": settings.key_name, "SubnetId": settings.subnet}
    made |= {name: value for name, value in optional.items() if value}
    if settings.security_group:
        made["SecurityGroupIds"] = [settings.security_group]
    return made


def start_script(rented: Rented) -> str:
    """The script that the machine begins with.

    Raises:
        UserError: an override is not one that a shell takes as it is, or the deadline leaves no time for training.
    """
    unsafe = [each for each in rented.overrides if not re.fullmatch(r"[A-Za-z0-9_.,:/=+@~-]+", each)]
    if unsafe:
        raise UserError(
            f"{unsafe[0]}: signs that a shell may change are not sent to a machine. Put it into an experiment."
        )
    minutes = math.ceil(rented.seconds / 60)
    if minutes < LEAST_MINUTES:
        raise UserError(
            f"deadline={minutes}m is too short for a machine: installing takes about 10 minutes, and {AFTER_MINUTES} "
            f"are kept for what follows training. Use deadline={LEAST_MINUTES}m or more."
        )
    values = {
        "MINUTES": minutes,
        "LATEST_MINUTES": minutes + GRACE_MINUTES,
        "AFTER_MINUTES": AFTER_MINUTES,
        "RUN": rented.settings.run,
        "REGION": rented.settings.region,
        "URL": rented.url,
        "CODE": code_url(rented),
        "DATA": data_url(rented),
        "TORCH": pinned_torch(),
        "TRAIN": " ".join(rented.overrides),
        "PRICE": rented.cap,
    }
    script = SCRIPT.read_text()
    for key, value in values.items():
        script = script.replace(f"@{key}@", str(value))
    return script


def code_url(rented: Rented) -> str:
    """Where the code lies in the bucket."""
    return f"{rented.url}.code.tar.gz"


def data_url(rented: Rented) -> str:
    """Where the dataset lies in the bucket."""
    return f"{rented.url}.dataset.json"


def pinned_torch() -> str:
    """The torch that the package asks for, e.g. torch==2.13.0."""
    return next(each.split(";")[0].strip() for each in requires("neural-guide") or () if each.startswith("torch=="))
