"""Settings of a spot machine on AWS."""

from dataclasses import dataclass

from neural_guide.app.settings import setting


@dataclass
class SpotSettings:
    """Settings of a run on a spot machine; the start script of the machine sets both."""

    launched: bool = setting(False, "Mark the run as launched by the cloud command, for the report.")
    notice: bool = setting(False, "Stop in order when EC2 announces that it takes the machine away.")


@dataclass
class CloudSettings(SpotSettings):
    """The spot machine for the machine of the profile."""

    action: str = setting(
        "quota", "What to do.", allowed=("quota", "price", "launch", "sync", "watch", "fetch", "stop")
    )
    dry_run: bool = setting(True, "Print each call and the highest cost, and call nothing.")
    run: str = setting("guide", "Name of the run, by which its machine, disks and folder in the bucket are found.")
    region: str = setting("us-east-1", "Region of AWS.")
    bucket: str | None = setting(None, "S3 bucket for code, data and the run.")
    max_price: float | None = setting(
        None, "Highest price; null takes the price on demand.", low=0, unit="dollars an hour"
    )
    ami: str | None = setting(None, "Image of the machine; null takes the newest Deep Learning AMI of the region.")
    disk_gib: int = setting(100, "Size of the disk.", low=30, unit="GiB")
    keep_disk: bool = setting(False, "Keep the disk after the run; it is paid for until it is deleted.")
    instance_profile: str | None = setting(None, "Role of the machine, for the bucket and SSM; no keys are sent.")
    key_name: str | None = setting(None, "Key pair for ssh; null uses SSM, which needs no open port.")
    security_group: str | None = setting(None, "Security group; null takes the default one of the network.")
    subnet: str | None = setting(None, "Subnet, which lies in one zone; null allows any zone.")
