"""Renting a machine: against moto's EC2 and S3 in server mode, and where it has nothing against botocore's stubber.

moto takes any price, image and type and ignores ClientToken. So parameters are held against botocore's description of
the service, in every call, and launching twice is our own matter.
"""

import base64
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
import s3fs
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.stub import Stubber

from neural_guide.config import CloudConfig
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from neural_guide.renting import machines, transfer, watch
from neural_guide.renting.calls import Calls
from neural_guide.renting.failures import told
from neural_guide.renting.price import judged, prices
from neural_guide.renting.quota import quota
from neural_guide.renting.request import IMAGE, TAG, Rented, image, parameters, start_script
from servers import aws

REGION = "us-east-1"
OVERRIDES = ("experiment=emergency", "hardware=g4dn", "compile=on")


@pytest.fixture(scope="module", autouse=True)
def server():
    with aws():
        yield


def rented(run="one", **settings) -> Rented:
    made = CloudConfig(run=run, bucket="runs", instance_profile="guide", **settings)
    return Rented(RENTED["g4dn"], made, 4 * 3600, 0.2, OVERRIDES)


def calls(*, dry_run=False, lines=None, **clients) -> Calls:
    return Calls(REGION, dry_run=dry_run, say=(lines if lines is not None else []).append, clients=clients)


@pytest.fixture
def existing_image():
    """An image of moto's, and the name of its root device."""
    found = boto3.client("ec2", region_name=REGION).describe_images(Owners=["amazon"])["Images"][0]
    boto3.client("iam", region_name=REGION).create_instance_profile(InstanceProfileName="guide")
    yield found["ImageId"], found["RootDeviceName"]
    boto3.client("iam", region_name=REGION).delete_instance_profile(InstanceProfileName="guide")


def test_launched_twice_there_is_one_machine_and_stopped_nothing_is_left(existing_image):
    run, other = rented("twice", ami=existing_image[0]), rented("other", ami=existing_image[0])
    first = machines.launch(calls(), run)
    assert first[0].startswith("Launched i-")
    again = machines.launch(calls(), run)
    assert "has its machine already" in again[0]
    machines.launch(calls(), other)
    (made,) = machines.instances(calls(), "twice")
    assert made["InstanceId"] in first[0]
    assert made["InstanceId"] in again[0]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]}[TAG] == "twice"
    assert made["InstanceType"] == "g4dn.xlarge"
    ec2 = boto3.client("ec2", region_name=REGION)
    (disk,) = made["BlockDeviceMappings"]
    assert disk["DeviceName"] == existing_image[1]
    asked = ec2.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")["UserData"]["Value"]
    assert "experiment=emergency hardware=g4dn compile=on" in base64.b64decode(asked).decode()

    ended = machines.stop(calls(), "twice", wait_seconds=20, every_seconds=0.1)
    assert made["InstanceId"] in ended[0]
    assert ended[-1].startswith("Nothing of run twice is left")
    assert len(machines.instances(calls(), "other")) == 1
    machines.stop(calls(), "other", wait_seconds=20, every_seconds=0.1)


def test_a_disk_that_stayed_is_deleted_with_its_run():
    ec2 = boto3.client("ec2", region_name=REGION)
    tags = [{"ResourceType": "volume", "Tags": rented("left").tags()}]
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=100, TagSpecifications=tags)["VolumeId"]
    assert disk in machines.remaining(calls(), "left")[0]
    assert f"Deleted disk {disk}." in machines.stop(calls(), "left", wait_seconds=0)
    assert machines.remaining(calls(), "left")[0].startswith("Nothing")


def test_the_request_is_spot_capped_tagged_and_ends_itself():
    asked = parameters(rented(), "ami-0123456789abcdef0", "/dev/xvda", "script", "token")
    calls(dry_run=True).ask("ec2", "run_instances", asked, {})  # as the service describes it, or ValueError
    spot = asked["InstanceMarketOptions"]
    assert (spot["MarketType"], spot["SpotOptions"]["MaxPrice"]) == ("spot", "0.2000")
    assert asked["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert asked["MetadataOptions"]["HttpTokens"] == "required"
    assert "KeyName" not in asked
    assert "SecurityGroupIds" not in asked
    (disk,) = asked["BlockDeviceMappings"]
    assert (disk["DeviceName"], disk["Ebs"]["VolumeSize"], disk["Ebs"]["DeleteOnTermination"]) == (
        "/dev/xvda",
        100,
        True,
    )
    assert {each["ResourceType"] for each in asked["TagSpecifications"]} == {"instance", "volume"}
    kept = parameters(rented(keep_disk=True, key_name="mine", security_group="sg-1"), "ami-1", "/dev/sda1", "", "t")
    assert not kept["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]
    assert (kept["KeyName"], kept["SecurityGroupIds"]) == ("mine", ["sg-1"])


def test_parameters_that_the_service_does_not_know_never_leave():
    with pytest.raises(ValueError, match="MaxCounts"):
        calls(dry_run=True).ask("ec2", "run_instances", {"MaxCounts": 1}, {})


def test_the_script_sets_its_end_before_anything_else_and_is_a_shell_script(tmp_path):
    script = start_script(rented())
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set "))]
    assert commands[0].startswith('shutdown -h "+240"')
    assert "245min" in commands[1]
    assert "@" not in script.replace('"${@}"', "")
    assert 'upload="s3://runs/one" cloud.notice=true' in script
    path = tmp_path / "start.sh"
    path.write_text(script)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    assert len(script) < 16_384  # what user data may hold


@pytest.mark.parametrize(
    ("change", "words"), [("run", "no name for a run"), ("override", "may change"), ("bucket", "cloud.bucket=NAME")]
)
def test_what_a_shell_would_take_for_more_is_refused(change, words):
    changed = {
        "run": rented("one; rm -rf /"),
        "override": replace(rented(), overrides=("data.path=$(reboot)",)),
        "bucket": replace(rented(), settings=CloudConfig()),
    }[change]
    with pytest.raises(UserError, match=words):
        start_script(changed)


def test_a_dry_run_calls_nothing_and_names_every_call(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nobody answers
    lines: list[str] = []
    assert machines.launch(calls(dry_run=True, lines=lines), rented()) == []
    named = [line.split()[2] for line in lines]
    assert named == ["ec2.describe_instances", "ssm.get_parameter", "ec2.describe_images", "ec2.run_instances"]
    assert '"MaxPrice": "0.2000"' in lines[-1]
    assert "very-secret" not in "".join(lines)
    assert rented().highest_cost == pytest.approx(0.2 * 4, rel=0.1)


def test_the_newest_image_is_asked_for_by_its_public_parameter():
    ssm, ec2 = (boto3.client(name, region_name=REGION) for name in ("ssm", "ec2"))
    with Stubber(ssm) as first, Stubber(ec2) as second:
        first.add_response("get_parameter", {"Parameter": {"Value": "ami-9"}}, {"Name": IMAGE})
        second.add_response(
            "describe_images", {"Images": [{"RootDeviceName": "/dev/nvme0n1"}]}, {"ImageIds": ["ami-9"]}
        )
        assert image(calls(ssm=ssm, ec2=ec2), rented()) == ("ami-9", "/dev/nvme0n1")


@pytest.mark.parametrize(("value", "words"), [(0.0, "request-service-quota-increase"), (4.0, "enough")])
def test_the_quota_is_held_against_the_vcpus_of_the_type(value, words):
    client = boto3.client("service-quotas", region_name=REGION)
    with Stubber(client) as stub:
        asked = {"ServiceCode": "ec2", "QuotaCode": "L-3819A6DF"}
        stub.add_response("get_service_quota", {"Quota": {"Value": value}}, asked)
        lines = quota(calls(**{"service-quotas": client}), RENTED["g4dn"])
    assert "needs 4 vCPUs" in lines[0]
    assert "L-85EED4F8" in lines[1]
    assert words in " ".join(lines)


def test_a_code_that_is_not_known_is_looked_up_by_name():
    client = boto3.client("service-quotas", region_name=REGION)
    said: list[str] = []
    with Stubber(client) as stub:
        stub.add_client_error("get_service_quota", "NoSuchResourceException")
        entry = {"QuotaName": "All G and VT Spot Instance Requests", "Value": 8.0}
        stub.add_response("list_service_quotas", {"Quotas": [{"QuotaName": "Another", "Value": 1.0}], "NextToken": "x"})
        stub.add_response("list_service_quotas", {"Quotas": [entry]})
        assert "It is 8: enough." in quota(calls(lines=said, **{"service-quotas": client}), RENTED["g4dn"])
    assert "L-3819A6DF is no known quota" in said[0]


def test_zones_come_cheapest_first_by_their_latest_price():
    client = boto3.client("ec2", region_name=REGION)

    def entry(zone, hour, price):
        at = datetime(2026, 11, 24, hour, tzinfo=UTC)
        return {"AvailabilityZone": zone, "SpotPrice": price, "Timestamp": at, "InstanceType": "g4dn.xlarge"}

    history = [entry("b", 9, "0.21"), entry("a", 8, "0.10"), entry("a", 9, "0.25"), entry("c", 7, "0.15")]
    with Stubber(client) as stub:
        stub.add_response("describe_spot_price_history", {"SpotPriceHistory": history})
        found = prices(calls(ec2=client), RENTED["g4dn"])
    assert [(each.zone, each.now) for each in found] == [("c", 0.15), ("b", 0.21), ("a", 0.25)]
    assert [("below" in line) for line in judged(found, 0.2)] == [True, False, False]


FAILURES = {
    "Throttling": "Wait a minute",
    "ExpiredToken": "Get new ones",
    "InsufficientInstanceCapacity": "Nothing was launched",
    "SpotMaxPriceTooLow": "raise cloud.max_price",
    "MaxSpotInstanceCountExceeded": "action=quota",
    "NoSuchBucket": "aws s3 mb",
    "PermanentRedirect": "Use cloud.region of the bucket",
    "RequestTimeTooSkewed": "Set the clock",
    "UnauthorizedOperation": "docs/cloud.md",
}


@pytest.fixture(scope="module")
def ec2():
    return boto3.client("ec2", region_name=REGION)


@pytest.mark.parametrize(("code", "remedy"), FAILURES.items())
def test_each_failure_is_one_line_with_the_remedy(code, remedy, ec2):
    with Stubber(ec2) as stub:
        stub.add_response("describe_instances", {"Reservations": []})
        stub.add_response("describe_images", {"Images": [{"RootDeviceName": "/dev/sda1"}]})
        stub.add_client_error("run_instances", code, "secret text of the request")
        with pytest.raises(UserError) as failed:
            machines.launch(calls(ec2=ec2), rented(ami="ami-1"))
    line = str(failed.value)
    assert remedy in line
    assert code in line
    assert "secret text" not in line
    assert "\n" not in line


def test_no_credentials_and_the_unknown_are_told_too():
    assert "AWS_PROFILE" in str(told(NoCredentialsError(), "ec2.x", REGION))
    odd = ClientError({"Error": {"Code": "SomethingNew", "Message": "with a key"}}, "RunInstances")
    assert "SomethingNew" in str(told(odd, "ec2.x", REGION))
    assert "with a key" not in str(told(odd, "ec2.x", REGION))


def test_code_and_data_go_to_the_bucket_and_the_run_comes_back(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    with pytest.raises(UserError, match="aws s3 mb"):
        transfer.sync(calls(), rented(), dataset)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("runs")
    lines = transfer.sync(calls(), rented(), dataset)
    assert len(lines) == 2
    files.invalidate_cache()
    assert files.cat("runs/one.dataset.json") == b"[]"
    (tmp_path / "code.tar.gz").write_bytes(files.cat("runs/one.code.tar.gz"))
    listed = subprocess.run(["tar", "tzf", tmp_path / "code.tar.gz"], capture_output=True, text=True, check=True).stdout
    assert "src/neural_guide/train.py" in listed.splitlines()

    assert "empty so far" in transfer.bring(calls(), rented(), tmp_path / "back")[0]
    assert "no metrics yet" in watch.watch(calls(), rented())[1]
    files.pipe("runs/one/metrics.csv", b"step,train/loss,val/loss\n10,0.5,\n20,,0.25\n")
    assert "1 files" in transfer.bring(calls(), rented(), tmp_path / "back")[0]
    seen = watch.watch(calls(), rented())
    assert "step 20, train/loss 0.5, val/loss 0.25" in seen[1]
    assert "Nothing of run one is left" in seen[-1]


def test_a_bucket_elsewhere_is_told(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(UserError, match=r"lies in eu-west-1, not in us-east-1.*Use cloud.region=eu-west-1"):
        transfer.sync(calls(), replace(rented(), settings=CloudConfig(bucket="far")), dataset)


def test_a_machine_at_work_is_watched_with_money_spent_and_left(existing_image):
    run = rented("seen", ami=existing_image[0])
    machines.launch(calls(), run)
    line = watch.watch(calls(), run)[0]
    assert "running" in line or "pending" in line
    assert "spent; until its deadline 4 h" in line or "3 h 59 min" in line
    machines.stop(calls(), "seen", wait_seconds=20, every_seconds=0.1)
