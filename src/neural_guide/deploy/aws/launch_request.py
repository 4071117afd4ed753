"""The launch request of a run: machine type, image, disk, role, start script and the end that it sets itself."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.errors import UserError
from neural_guide.planning.machines import DISK_MONTH_GB, Spec
from neural_guide.planning.plans import MONTH_HOURS

RUN_TAG = "neural-guide-run"
SECONDS_TAG, HOURLY_TAG = "neural-guide-seconds", "neural-guide-dollars-an-hour"  # of the launch, read by status
IMAGE_PARAMETER = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
SCRIPT = Path(__file__).with_name("start.sh")
GRACE_MINUTES = 5  # from an orderly shutdown to one by force
AFTER_MINUTES = 10  # from the end of training to that of the machine: evaluation, and the last copies
MIN_MINUTES = 30  # installing takes about 10 of them
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
SAFE_OVERRIDE = re.compile(r"[A-Za-z0-9_.,:/=+@~-]+")  # unchanged by a shell
DRY_IMAGE, DRY_ROOT = "ami-0123456789abcdef0", "/dev/sda1"  # of a dry run


@dataclass(frozen=True)
class RentedRun:
    """A run and the machine to rent for it.

    Attributes:
        spec: the machine.
        settings: settings of the cloud.
        deadline_seconds: longest life of the machine, from its start.
        max_price: highest price, dollars an hour.
        overrides: overrides of training, as they are typed.
        evaluation: those of them that the evaluation after training reads.
        identity: settings among them that define the run: with other values it is another run.

    Raises:
        UserError: the name of the run or bucket is malformed; EC2 filters would read some characters as wildcards.
    """

    spec: Spec
    settings: CloudSettings
    deadline_seconds: float
    max_price: float
    overrides: tuple[str, ...]
    evaluation: tuple[str, ...]
    identity: Mapping[str, Any] = field(default_factory=dict)

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
    def bucket(self) -> str:
        """The bucket. Raises UserError if the settings name none."""
        if not self.settings.bucket:
            raise UserError("The bucket is not known. Name it: cloud.bucket=NAME, one of your own in cloud.region.")
        return self.settings.bucket

    @property
    def url(self) -> str:
        """URL of the run's folder in the bucket."""
        return f"s3://{self.bucket}/{self.settings.run}"

    @property
    def code_url(self) -> str:
        """URL of the code in the bucket."""
        return f"{self.url}.code.tar.gz"

    @property
    def data_url(self) -> str:
        """URL of the dataset in the bucket."""
        return f"{self.url}.dataset.json"

    @property
    def max_cost(self) -> float:
        """Dollars that the run cannot exceed: the highest price until the machine is ended by force, with its disk."""
        return (self.deadline_seconds / 3600 + GRACE_MINUTES / 60) * self.hourly_price

    @property
    def hourly_price(self) -> float:
        """Highest price with the disk, dollars an hour."""
        return self.max_price + self.settings.disk_gib * DISK_MONTH_GB / MONTH_HOURS

    @property
    def tags(self) -> list[dict[str, str]]:
        """Tags of everything that belongs to the run: its name, and the deadline and price of the launch."""
        values = {
            RUN_TAG: self.settings.run,
            "Name": f"neural_guide {self.settings.run}",
            SECONDS_TAG: f"{self.deadline_seconds:.0f}",
            HOURLY_TAG: f"{self.hourly_price:.4f}",
        }
        return [{"Key": key, "Value": value} for key, value in values.items()]

    def get_key(self, url: str) -> str:
        """Return the key of an object of the bucket by its URL."""
        return url.removeprefix(f"s3://{self.bucket}/")


def choose_image(client: AwsClient, run: RentedRun) -> tuple[str, str]:
    """Return the image, and the name of its root device, which differs between images."""
    image = run.settings.ami
    if image is None:
        dry_parameter = {"Parameter": {"Value": DRY_IMAGE}}
        response = client.call("ssm", "get_parameter", {"Name": IMAGE_PARAMETER}, dry_parameter)
        image = str(response["Parameter"]["Value"])
    dry_images = {"Images": [{"RootDeviceName": DRY_ROOT}]}
    images = client.call("ec2", "describe_images", {"ImageIds": [image]}, dry_images)["Images"]
    if not images:
        raise UserError(f"{image} is no image in {client.region}. Leave cloud.ami away, or name one of this region.")
    return image, str(images[0]["RootDeviceName"])


def build_parameters(run: RentedRun, image_id: str, root: str, script: str) -> dict[str, Any]:
    """Build the parameters of run_instances. The call itself tags all that it makes, so nothing is untagged ever.

    Args:
        run: the run.
        image_id: ID of the image.
        root: name of the image's root device.
        script: start script.
    """
    settings = run.settings
    disk = {
        "VolumeSize": settings.disk_gib,
        "VolumeType": "gp3",
        "DeleteOnTermination": not settings.keep_disk,
        "Encrypted": True,
    }
    parameters: dict[str, Any] = {
        "ImageId": image_id,
        "InstanceType": run.spec.instance,
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceMarketOptions": {
            "MarketType": "spot",
            "SpotOptions": {
                "MaxPrice": f"{run.max_price:.4f}",
                "SpotInstanceType": "one-time",
                "InstanceInterruptionBehavior": "terminate",
            },
        },
        "BlockDeviceMappings": [{"DeviceName": root, "Ebs": disk}],
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "UserData": script,
        "TagSpecifications": [{"ResourceType": kind, "Tags": run.tags} for kind in ("instance", "volume")],
    }
    if settings.instance_profile:
        parameters["IamInstanceProfile"] = {"Name": settings.instance_profile}
    optional = {"KeyName": settings.key_name, "SubnetId": settings.subnet}
    parameters |= {name: value for name, value in optional.items() if value}
    if settings.security_group:
        parameters["SecurityGroupIds"] = [settings.security_group]
    return parameters


def render_start_script(run: RentedRun) -> str:
    """Fill in the script that the machine starts with.

    Raises:
        UserError: a shell would change an override, or the deadline leaves no time for training.
    """
    unsafe = [override for override in run.overrides if not SAFE_OVERRIDE.fullmatch(override)]
    if unsafe:
        raise UserError(
            f"{unsafe[0]}: signs that a shell may change are not sent to a machine. Put it into an experiment."
        )
    minutes = math.ceil(run.deadline_seconds / 60)
    if minutes < MIN_MINUTES:
        raise UserError(
            f"deadline={minutes}m is too short for a machine: installing takes about 10 minutes, and {AFTER_MINUTES} "
            f"are kept for what follows training. Use deadline={MIN_MINUTES}m or more."
        )
    values = {
        "MINUTES": minutes,
        "LATEST_MINUTES": minutes + GRACE_MINUTES,
        "AFTER_MINUTES": AFTER_MINUTES,
        "RUN": run.settings.run,
        "REGION": run.settings.region,
        "URL": run.url,
        "CODE": run.code_url,
        "DATA": run.data_url,
        "TORCH": read_pinned_torch(),
        "TRAIN": " ".join(run.overrides),
        "EVALUATE": " ".join(run.evaluation),
        "PRICE": run.max_price,
    }
    script = SCRIPT.read_text(encoding="utf-8")
    for key, value in values.items():
        script = script.replace(f"@{key}@", str(value))
    return script


def read_pinned_torch() -> str:
    """Read the torch requirement of this package, e.g. torch==2.13.0."""
    requirements = requires("neural-guide") or ()
    return next(text.split(";")[0].strip() for text in requirements if text.startswith("torch=="))
