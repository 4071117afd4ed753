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
from botocore.stub import Stubber

from neural_guide.deploy.aws import instances, status, transfer
from neural_guide.deploy.aws.launch_request import IMAGE, TAG, image, parameters, start_script
from neural_guide.deploy.aws.prices import judged, prices
from neural_guide.deploy.aws.quota import quota
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from support.aws_calls import REGION, calls, rented, synced
from support.commands import command
from support.servers import aws


@pytest.fixture(scope="module", autouse=True)
def server():
    with aws():
        yield


@pytest.fixture(scope="module")
def ec2():
    return boto3.client("ec2", region_name=REGION)


@pytest.fixture
def existing_image():
    """An image of moto's, and the name of its root device."""
    found = boto3.client("ec2", region_name=REGION).describe_images(Owners=["amazon"])["Images"][0]
    boto3.client("iam", region_name=REGION).create_instance_profile(InstanceProfileName="guide")
    yield found["ImageId"], found["RootDeviceName"]
    boto3.client("iam", region_name=REGION).delete_instance_profile(InstanceProfileName="guide")


def test_launched_twice_there_is_one_machine_and_stopped_nothing_is_left(existing_image):
    run, other = (synced(rented(name, ami=existing_image[0])) for name in ("twice", "other"))
    first = instances.launch(calls(), run)
    assert first[0].startswith("Launched i-")
    again = instances.launch(calls(), run)
    assert "has its machine already" in again[0]
    instances.launch(calls(), other)
    (made,) = instances.instances(calls(), "twice")
    assert made["InstanceId"] in first[0]
    assert made["InstanceId"] in again[0]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]}[TAG] == "twice"
    assert made["InstanceType"] == "g4dn.xlarge"
    ec2 = boto3.client("ec2", region_name=REGION)
    (disk,) = made["BlockDeviceMappings"]
    assert disk["DeviceName"] == existing_image[1]
    asked = ec2.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")["UserData"]["Value"]
    assert "experiment=emergency hardware=g4dn compile=on" in base64.b64decode(asked).decode()

    ended = instances.stop(calls(), "twice", wait_seconds=20, every_seconds=0.1)
    assert made["InstanceId"] in ended[0]
    assert ended[-1].startswith("Nothing of run twice is on EC2 in us-east-1, which alone was asked")
    assert len(instances.instances(calls(), "other")) == 1
    instances.stop(calls(), "other", wait_seconds=20, every_seconds=0.1)


def test_a_disk_that_stayed_is_deleted_with_its_run():
    ec2 = boto3.client("ec2", region_name=REGION)
    tags = [{"ResourceType": "volume", "Tags": rented("left").tags()}]
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=100, TagSpecifications=tags)["VolumeId"]
    assert disk in instances.remaining(calls(), "left")[0]
    assert f"Deleted disk {disk}." in instances.stop(calls(), "left", wait_seconds=0)
    assert instances.remaining(calls(), "left")[0].startswith("Nothing")


def test_the_request_is_spot_capped_tagged_and_ends_itself():
    asked = parameters(rented(), "ami-0123456789abcdef0", "/dev/xvda", "script")
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
    kept = parameters(rented(keep_disk=True, key_name="mine", security_group="sg-1"), "ami-1", "/dev/sda1", "")
    assert not kept["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]
    assert (kept["KeyName"], kept["SecurityGroupIds"]) == ("mine", ["sg-1"])


def test_parameters_that_the_service_does_not_know_never_leave():
    with pytest.raises(ValueError, match="MaxCounts"):
        calls(dry_run=True).ask("ec2", "run_instances", {"MaxCounts": 1}, {})


def test_the_script_is_a_whole_shell_script_that_user_data_can_hold(tmp_path):
    script = start_script(rented())
    assert "@" not in script.replace('"${@}"', "")
    assert 'upload="s3://runs/one" cloud.notice=true' in script
    path = tmp_path / "start.sh"
    path.write_text(script)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    assert len(script) < 16_384  # what user data may hold


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"overrides": ("data.path=$(reboot)",)}, "may change"),
        ({"settings": CloudSettings()}, "cloud.bucket=NAME"),
        ({"seconds": 1200.0}, "deadline=20m is too short.*Use deadline=30m"),
    ],
)
def test_what_a_shell_would_take_for_more_or_a_machine_has_no_time_for_is_refused(changed, words):
    with pytest.raises(UserError, match=words):
        start_script(replace(rented(), **changed))


@pytest.mark.parametrize("run", ["one; rm -rf /", "*", "gui?e", ""])
def test_a_name_that_ec2_would_take_for_many_is_none(run):
    with pytest.raises(UserError, match="no name for a run"):
        rented(run)


@pytest.mark.parametrize("bucket", ["s3://runs", "runs/folder", "Runs", "r"])
def test_what_is_no_name_of_a_bucket_is_refused(bucket):
    with pytest.raises(UserError, match=r"no name of a bucket.*without s3://"):
        rented(bucket=bucket)


def test_a_dry_run_calls_nothing_and_names_every_call(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nobody answers
    lines: list[str] = []
    assert instances.launch(calls(dry_run=True, lines=lines), rented()) == []
    named = [line.split()[2] for line in lines]
    looked = ["s3.get_bucket_location", *["s3.list_objects_v2"] * 4]
    asked = ["ssm.get_parameter", "ec2.describe_images", "ec2.run_instances"]
    assert named == ["ec2.describe_instances", *looked, *asked]
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


def test_code_and_data_go_to_the_bucket_and_the_run_comes_back(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    run = rented(bucket="fresh")
    with pytest.raises(UserError, match="aws s3 mb"):
        transfer.sync(calls(), run, dataset)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("fresh")
    lines = transfer.sync(calls(), run, dataset)
    assert len(lines) == 2
    files.invalidate_cache()
    assert files.cat("fresh/one.dataset.json") == b"[]"
    (tmp_path / "code.tar.gz").write_bytes(files.cat("fresh/one.code.tar.gz"))
    listed = subprocess.run(["tar", "tzf", tmp_path / "code.tar.gz"], capture_output=True, text=True, check=True).stdout
    assert "src/neural_guide/train.py" in listed.splitlines()

    assert "empty so far" in transfer.bring(calls(), run, tmp_path / "back")[0]
    assert "no metrics yet" in status.watch(calls(), run)[1]
    files.pipe("fresh/one/metrics.csv", b"step,train/loss,val/loss\n10,0.5,\n20,,0.25\n")
    assert "1 files" in transfer.bring(calls(), run, tmp_path / "back")[0]
    seen = status.watch(calls(), run)
    assert seen[0] == "No machine of this run is in us-east-1."
    assert "step 20, train/loss 0.5, val/loss 0.25" in seen[1]
    assert "Nothing of run one is on EC2" in seen[-1]


def test_a_bucket_elsewhere_is_told(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(UserError, match=r"lies in eu-west-1, not in us-east-1.*Use cloud.region=eu-west-1"):
        transfer.sync(calls(), rented(bucket="far"), dataset)
    with pytest.raises(UserError, match=r"lies in eu-west-1, not in us-east-1"):
        instances.launch(calls(), rented(bucket="far"))


def test_a_machine_at_work_is_watched_with_money_spent_and_left(existing_image):
    run = synced(rented("seen", ami=existing_image[0]))
    instances.launch(calls(), run)
    line = status.watch(calls(), replace(run, seconds=3600.0, cap=0.526))[0]  # of the launch is told, not of today
    assert "running" in line or "pending" in line
    assert "spent; until its deadline 4 h" in line or "3 h 59 min" in line
    assert line.endswith("and $0.84")  # 4 h at $0.20, and of the disk at $8 a month
    instances.stop(calls(), "seen", wait_seconds=20, every_seconds=0.1)


def test_after_a_machine_was_taken_away_another_is_asked_for(ec2):
    """moto knows no tokens, so what EC2 does with one is not shown here: that it differs is."""
    tokens: list[str] = []
    ec2.meta.events.register(
        "provide-client-params.ec2.RunInstances", lambda params, **_: tokens.append(params["ClientToken"])
    )
    run = synced(rented(ami="ami-1"))
    gone = {"InstanceId": "i-gone", "State": {"Name": "terminated"}}
    with Stubber(ec2) as stub:
        for known, asked, state in (
            ([], run, "pending"),
            ([], run, "pending"),
            ([gone], run, "pending"),
            ([], replace(run, seconds=7200.0), "terminated"),
        ):
            looked_for = [(f"tag:{TAG}", ["one"]), ("instance-state-name", [*instances.ALIVE, "terminated"])]
            filters = {"Filters": [{"Name": name, "Values": values} for name, values in looked_for]}
            stub.add_response("describe_instances", {"Reservations": [{"Instances": known}]}, filters)
            stub.add_response("describe_images", {"Images": [{"RootDeviceName": "/dev/sda1"}]})
            made = {"InstanceId": "i-1", "State": {"Name": state}, "Placement": {"AvailabilityZone": "a"}}
            stub.add_response("run_instances", {"Instances": [made]})
            if state == "pending":
                instances.launch(calls(ec2=ec2), asked)
            else:
                with pytest.raises(UserError, match=r"i-1, which is terminated.*Nothing was launched"):
                    instances.launch(calls(ec2=ec2), asked)
    first, again, after, changed = tokens
    assert first == again
    assert len({first, after, changed}) == 3


def test_what_a_machine_would_miss_is_told_before_it_is_paid_for(existing_image):
    run = synced(rented("ready", ami=existing_image[0]))
    without = replace(run, settings=replace(run.settings, instance_profile=None))
    with pytest.raises(UserError, match=r"cloud\.instance_profile is not set"):
        instances.launch(calls(), without)
    lines: list[str] = []
    instances.launch(calls(dry_run=True, lines=lines), without)
    assert any(line.startswith("would be refused: cloud.instance_profile") for line in lines)
    with pytest.raises(UserError, match="aws s3 mb"):
        instances.launch(calls(), rented("ready", bucket="nowhere"))
    with pytest.raises(UserError, match=r"unready.code.tar.gz is not there.*action=sync"):
        instances.launch(calls(), rented("unready"))
    with pytest.raises(UserError, match=r"runs/done is finished.*cloud.run=NAME"):
        instances.launch(calls(), synced(rented("done"), metrics_json=b"{}"))
    assert not any(instances.instances(calls(), name) for name in ("ready", "unready", "done"))


def test_a_run_that_was_begun_is_gone_on_with_unless_it_is_another(existing_image):
    run = synced(rented("begun", ami=existing_image[0]), config_yaml=b"optimizer:\n  lr: 0.001\nseed: 0\n")
    with pytest.raises(UserError, match=r"other settings: seed \(0 there, 1 here\)"):
        instances.launch(calls(), replace(run, decides={"optimizer.lr": 0.001, "seed": 1}))
    lines = instances.launch(calls(), replace(run, decides={"optimizer.lr": 0.001, "seed": 0}))
    assert lines[0] == "Training goes on with the run that was begun in s3://runs/begun."
    instances.stop(calls(), "begun", wait_seconds=20, every_seconds=0.1)


def test_what_is_typed_goes_to_training_and_is_held_against_the_run_in_the_bucket(existing_image):
    synced(rented("typed"), config_yaml=b"optimizer: {lr: 0.002}\nhardware: {devices: 1, nodes: 1}\n")
    where = ("cloud.run=typed", "cloud.bucket=runs", f"cloud.ami={existing_image[0]}", "cloud.instance_profile=guide")
    launch = ("action=launch", "hardware=g4dn", "cloud.dry_run=false", "budget=4", *where)
    other = command("cloud", *launch, "optimizer.lr=0.001")
    assert (other.returncode, "optimizer.lr (0.002 there, 0.001 here)" in other.stderr) == (2, True)
    same = command("cloud", *launch, "optimizer.lr=0.002")
    assert same.returncode == 0, same.stderr
    (made,) = instances.instances(calls(), "typed")
    client = boto3.client("ec2", region_name=REGION)
    found = client.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")["UserData"]["Value"]
    assert "train hardware=g4dn budget.dollars=4 optimizer.lr=0.002 data.path" in base64.b64decode(found).decode()
    instances.stop(calls(), "typed", wait_seconds=20, every_seconds=0.1)
