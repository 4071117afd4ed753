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
from neural_guide.deploy.aws.launch_request import (
    IMAGE_PARAMETER,
    RUN_TAG,
    build_parameters,
    choose_image,
    render_start_script,
)
from neural_guide.deploy.aws.prices import describe_prices, fetch_prices
from neural_guide.deploy.aws.quota import check_quota
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from support.aws_calls import REGION, fill_bucket, make_client, make_run
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
    image = boto3.client("ec2", region_name=REGION).describe_images(Owners=["amazon"])["Images"][0]
    boto3.client("iam", region_name=REGION).create_instance_profile(InstanceProfileName="guide")
    yield image["ImageId"], image["RootDeviceName"]
    boto3.client("iam", region_name=REGION).delete_instance_profile(InstanceProfileName="guide")


def test_two_launches_make_one_machine_and_stop_leaves_nothing(existing_image):
    run, other = (fill_bucket(make_run(name, ami=existing_image[0])) for name in ("twice", "other"))
    first = instances.launch_instance(make_client(), run)
    assert first[0].startswith("Launched i-")
    again = instances.launch_instance(make_client(), run)
    assert "has its machine already" in again[0]
    instances.launch_instance(make_client(), other)
    (made,) = instances.list_instances(make_client(), "twice")
    assert made["InstanceId"] in first[0]
    assert made["InstanceId"] in again[0]
    assert {tag["Key"]: tag["Value"] for tag in made["Tags"]}[RUN_TAG] == "twice"
    assert made["InstanceType"] == "g4dn.xlarge"
    ec2 = boto3.client("ec2", region_name=REGION)
    (disk,) = made["BlockDeviceMappings"]
    assert disk["DeviceName"] == existing_image[1]
    asked = ec2.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")["UserData"]["Value"]
    assert "experiment=emergency hardware=g4dn compile=on" in base64.b64decode(asked).decode()

    ended = instances.stop_run(make_client(), "twice", wait_seconds=20, poll_seconds=0.1)
    assert made["InstanceId"] in ended[0]
    assert ended[-1].startswith("Nothing of run twice is on EC2 in us-east-1, which alone was asked")
    assert len(instances.list_instances(make_client(), "other")) == 1
    instances.stop_run(make_client(), "other", wait_seconds=20, poll_seconds=0.1)


def test_a_disk_that_stayed_is_deleted_with_its_run():
    ec2 = boto3.client("ec2", region_name=REGION)
    tags = [{"ResourceType": "volume", "Tags": make_run("left").tags}]
    disk = ec2.create_volume(AvailabilityZone="us-east-1a", Size=100, TagSpecifications=tags)["VolumeId"]
    assert disk in instances.describe_remaining(make_client(), "left")[0]
    assert f"Deleted disk {disk}." in instances.stop_run(make_client(), "left", wait_seconds=0)
    assert instances.describe_remaining(make_client(), "left")[0].startswith("Nothing")


def test_the_request_is_spot_capped_tagged_and_ends_itself():
    asked = build_parameters(make_run(), "ami-0123456789abcdef0", "/dev/xvda", "script")
    make_client(dry_run=True).call("ec2", "run_instances", asked, {})  # as the service describes it, or ValueError
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
    assert {specification["ResourceType"] for specification in asked["TagSpecifications"]} == {"instance", "volume"}
    kept = build_parameters(make_run(keep_disk=True, key_name="mine", security_group="sg-1"), "ami-1", "/dev/sda1", "")
    assert not kept["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"]
    assert (kept["KeyName"], kept["SecurityGroupIds"]) == ("mine", ["sg-1"])


def test_unknown_parameters_are_never_sent():
    with pytest.raises(ValueError, match="MaxCounts"):
        make_client(dry_run=True).call("ec2", "run_instances", {"MaxCounts": 1}, {})


def test_the_start_script_is_valid_shell_and_fits_into_user_data(tmp_path):
    script = render_start_script(make_run())
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
        ({"deadline_seconds": 1200.0}, "deadline=20m is too short.*Use deadline=30m"),
    ],
)
def test_unsafe_overrides_and_short_deadlines_are_refused(changed, words):
    with pytest.raises(UserError, match=words):
        render_start_script(replace(make_run(), **changed))


@pytest.mark.parametrize("run", ["one; rm -rf /", "*", "gui?e", ""])
def test_run_names_with_wildcards_are_refused(run):
    with pytest.raises(UserError, match="no name for a run"):
        make_run(run)


@pytest.mark.parametrize("bucket", ["s3://runs", "runs/folder", "Runs", "r"])
def test_malformed_bucket_names_are_refused(bucket):
    with pytest.raises(UserError, match=r"no name of a bucket.*without s3://"):
        make_run(bucket=bucket)


def test_a_dry_run_calls_nothing_and_names_every_call(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nobody answers
    lines: list[str] = []
    assert instances.launch_instance(make_client(dry_run=True, lines=lines), make_run()) == []
    named = [line.split()[2] for line in lines]
    looked = ["s3.get_bucket_location", *["s3.list_objects_v2"] * 4]
    asked = ["ssm.get_parameter", "ec2.describe_images", "ec2.run_instances"]
    assert named == ["ec2.describe_instances", *looked, *asked]
    assert '"MaxPrice": "0.2000"' in lines[-1]
    assert "very-secret" not in "".join(lines)
    assert make_run().max_cost == pytest.approx(0.2 * 4, rel=0.1)


def test_the_newest_image_comes_from_its_public_parameter():
    ssm, ec2 = (boto3.client(name, region_name=REGION) for name in ("ssm", "ec2"))
    with Stubber(ssm) as first, Stubber(ec2) as second:
        first.add_response("get_parameter", {"Parameter": {"Value": "ami-9"}}, {"Name": IMAGE_PARAMETER})
        second.add_response(
            "describe_images", {"Images": [{"RootDeviceName": "/dev/nvme0n1"}]}, {"ImageIds": ["ami-9"]}
        )
        assert choose_image(make_client(ssm=ssm, ec2=ec2), make_run()) == ("ami-9", "/dev/nvme0n1")


@pytest.mark.parametrize(("value", "words"), [(0.0, "request-service-quota-increase"), (4.0, "enough")])
def test_the_quota_is_compared_with_the_vcpus_of_the_machine(value, words):
    client = boto3.client("service-quotas", region_name=REGION)
    with Stubber(client) as stub:
        asked = {"ServiceCode": "ec2", "QuotaCode": "L-3819A6DF"}
        stub.add_response("get_service_quota", {"Quota": {"Value": value}}, asked)
        lines = check_quota(make_client(**{"service-quotas": client}), RENTED["g4dn"])
    assert "needs 4 vCPUs" in lines[0]
    assert "L-85EED4F8" in lines[1]
    assert words in " ".join(lines)


def test_an_unknown_quota_code_is_looked_up_by_name():
    client = boto3.client("service-quotas", region_name=REGION)
    said: list[str] = []
    with Stubber(client) as stub:
        stub.add_client_error("get_service_quota", "NoSuchResourceException")
        entry = {"QuotaName": "All G and VT Spot Instance Requests", "Value": 8.0}
        stub.add_response("list_service_quotas", {"Quotas": [{"QuotaName": "Another", "Value": 1.0}], "NextToken": "x"})
        stub.add_response("list_service_quotas", {"Quotas": [entry]})
        assert "It is 8: enough." in check_quota(make_client(lines=said, **{"service-quotas": client}), RENTED["g4dn"])
    assert "L-3819A6DF is no known quota" in said[0]


def test_zones_come_cheapest_first_by_their_latest_price():
    client = boto3.client("ec2", region_name=REGION)

    def entry(zone, hour, price):
        at = datetime(2026, 11, 24, hour, tzinfo=UTC)
        return {"AvailabilityZone": zone, "SpotPrice": price, "Timestamp": at, "InstanceType": "g4dn.xlarge"}

    history = [entry("b", 9, "0.21"), entry("a", 8, "0.10"), entry("a", 9, "0.25"), entry("c", 7, "0.15")]
    with Stubber(client) as stub:
        stub.add_response("describe_spot_price_history", {"SpotPriceHistory": history})
        prices = fetch_prices(make_client(ec2=client), RENTED["g4dn"])
    assert [(price.zone, price.latest) for price in prices] == [("c", 0.15), ("b", 0.21), ("a", 0.25)]
    assert [("below" in line) for line in describe_prices(prices, 0.2)] == [True, False, False]


def test_code_and_data_go_to_the_bucket_and_the_run_comes_back(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    run = make_run(bucket="fresh")
    with pytest.raises(UserError, match="aws s3 mb"):
        transfer.upload_inputs(make_client(), run, dataset)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("fresh")
    lines = transfer.upload_inputs(make_client(), run, dataset)
    assert len(lines) == 2
    files.invalidate_cache()
    assert files.cat("fresh/one.dataset.json") == b"[]"
    (tmp_path / "code.tar.gz").write_bytes(files.cat("fresh/one.code.tar.gz"))
    listed = subprocess.run(["tar", "tzf", tmp_path / "code.tar.gz"], capture_output=True, text=True, check=True).stdout
    assert "src/neural_guide/train.py" in listed.splitlines()

    assert "empty so far" in transfer.fetch_run(make_client(), run, tmp_path / "back")[0]
    assert "no metrics yet" in status.describe_status(make_client(), run)[1]
    files.pipe("fresh/one/metrics.csv", b"step,train/loss,val/loss\n10,0.5,\n20,,0.25\n")
    assert "1 files" in transfer.fetch_run(make_client(), run, tmp_path / "back")[0]
    seen = status.describe_status(make_client(), run)
    assert seen[0] == "No machine of this run is in us-east-1."
    assert "step 20, train/loss 0.5, val/loss 0.25" in seen[1]
    assert "Nothing of run one is on EC2" in seen[-1]


def test_a_bucket_in_another_region_is_refused(tmp_path):
    dataset = tmp_path / "data.json"
    dataset.write_text("[]")
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(UserError, match=r"lies in eu-west-1, not in us-east-1.*Use cloud.region=eu-west-1"):
        transfer.upload_inputs(make_client(), make_run(bucket="far"), dataset)
    with pytest.raises(UserError, match=r"lies in eu-west-1, not in us-east-1"):
        instances.launch_instance(make_client(), make_run(bucket="far"))


def test_status_shows_money_spent_and_left(existing_image):
    run = fill_bucket(make_run("seen", ami=existing_image[0]))
    instances.launch_instance(make_client(), run)
    other = replace(run, deadline_seconds=3600.0, max_price=0.526)  # shown are those of the launch, not of today
    line = status.describe_status(make_client(), other)[0]
    assert "running" in line or "pending" in line
    assert "spent; until its deadline 4 h" in line or "3 h 59 min" in line
    assert line.endswith("and $0.84")  # 4 h at $0.20, and of the disk at $8 a month
    instances.stop_run(make_client(), "seen", wait_seconds=20, poll_seconds=0.1)


def test_after_an_interruption_another_machine_is_requested(ec2):
    """moto knows no tokens, so what EC2 does with one is not shown here: that it differs is."""
    tokens: list[str] = []
    ec2.meta.events.register(
        "provide-client-params.ec2.RunInstances", lambda params, **_: tokens.append(params["ClientToken"])
    )
    run = fill_bucket(make_run(ami="ami-1"))
    gone = {"InstanceId": "i-gone", "State": {"Name": "terminated"}}
    with Stubber(ec2) as stub:
        for known, asked, state in (
            ([], run, "pending"),
            ([], run, "pending"),
            ([gone], run, "pending"),
            ([], replace(run, deadline_seconds=7200.0), "terminated"),
        ):
            looked_for = [
                (f"tag:{RUN_TAG}", ["one"]),
                ("instance-state-name", [*instances.EXISTING_STATES, "terminated"]),
            ]
            filters = {"Filters": [{"Name": name, "Values": values} for name, values in looked_for]}
            stub.add_response("describe_instances", {"Reservations": [{"Instances": known}]}, filters)
            stub.add_response("describe_images", {"Images": [{"RootDeviceName": "/dev/sda1"}]})
            made = {"InstanceId": "i-1", "State": {"Name": state}, "Placement": {"AvailabilityZone": "a"}}
            stub.add_response("run_instances", {"Instances": [made]})
            if state == "pending":
                instances.launch_instance(make_client(ec2=ec2), asked)
            else:
                with pytest.raises(UserError, match=r"i-1, which is terminated.*Nothing was launched"):
                    instances.launch_instance(make_client(ec2=ec2), asked)
    first, again, after, changed = tokens
    assert first == again
    assert len({first, after, changed}) == 3


def test_missing_inputs_are_reported_before_a_machine_is_paid_for(existing_image):
    run = fill_bucket(make_run("ready", ami=existing_image[0]))
    without = replace(run, settings=replace(run.settings, instance_profile=None))
    with pytest.raises(UserError, match=r"cloud\.instance_profile is not set"):
        instances.launch_instance(make_client(), without)
    lines: list[str] = []
    instances.launch_instance(make_client(dry_run=True, lines=lines), without)
    assert any(line.startswith("would be refused: cloud.instance_profile") for line in lines)
    with pytest.raises(UserError, match="aws s3 mb"):
        instances.launch_instance(make_client(), make_run("ready", bucket="nowhere"))
    with pytest.raises(UserError, match=r"unready.code.tar.gz is not there.*action=sync"):
        instances.launch_instance(make_client(), make_run("unready"))
    with pytest.raises(UserError, match=r"runs/done is finished.*cloud.run=NAME"):
        instances.launch_instance(make_client(), fill_bucket(make_run("done"), metrics_json=b"{}"))
    assert not any(instances.list_instances(make_client(), name) for name in ("ready", "unready", "done"))


def test_a_run_in_the_bucket_is_resumed_unless_settings_differ(existing_image):
    run = fill_bucket(make_run("begun", ami=existing_image[0]), config_yaml=b"optimizer:\n  lr: 0.001\nseed: 0\n")
    with pytest.raises(UserError, match=r"other settings: seed \(0 there, 1 here\)"):
        instances.launch_instance(make_client(), replace(run, identity={"optimizer.lr": 0.001, "seed": 1}))
    lines = instances.launch_instance(make_client(), replace(run, identity={"optimizer.lr": 0.001, "seed": 0}))
    assert lines[0] == "Training resumes the run that began in s3://runs/begun."
    instances.stop_run(make_client(), "begun", wait_seconds=20, poll_seconds=0.1)


def test_typed_settings_reach_training_and_must_match_the_bucket(existing_image):
    fill_bucket(make_run("typed"), config_yaml=b"optimizer: {lr: 0.002}\nhardware: {devices: 1, nodes: 1}\n")
    where = ("cloud.run=typed", "cloud.bucket=runs", f"cloud.ami={existing_image[0]}", "cloud.instance_profile=guide")
    launch = ("action=launch", "hardware=g4dn", "cloud.dry_run=false", "budget=4", *where)
    other = command("cloud", *launch, "optimizer.lr=0.001")
    assert (other.returncode, "optimizer.lr (0.002 there, 0.001 here)" in other.stderr) == (2, True)
    same = command("cloud", *launch, "optimizer.lr=0.002")
    assert same.returncode == 0, same.stderr
    (made,) = instances.list_instances(make_client(), "typed")
    client = boto3.client("ec2", region_name=REGION)
    user_data = client.describe_instance_attribute(InstanceId=made["InstanceId"], Attribute="userData")["UserData"][
        "Value"
    ]
    assert "train hardware=g4dn budget.dollars=4 optimizer.lr=0.002 data.path" in base64.b64decode(user_data).decode()
    instances.stop_run(make_client(), "typed", wait_seconds=20, poll_seconds=0.1)
