"""What AWS refuses, told in one line with the way out: refused here by botocore's stubber and moto's server."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from neural_guide.deploy.aws import instances
from neural_guide.deploy.aws.client import AwsClient
from neural_guide.deploy.aws.errors import to_user_error
from neural_guide.deploy.aws.launch_request import build_parameters
from neural_guide.deploy.aws.quota import check_quota
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from support.aws_calls import REGION, fill_bucket, make_client, make_run
from support.servers import aws


@pytest.fixture(scope="module", autouse=True)
def server():
    with aws():
        yield


FAILURES = {
    "Throttling": "Wait a minute",
    "ExpiredToken": "Get new ones",
    "InsufficientInstanceCapacity": "Nothing was launched",
    "SpotMaxPriceTooLow": "raise cloud.max_price",
    "MaxSpotInstanceCountExceeded": "action=quota",
    "RequestTimeTooSkewed": "Set the clock",
    "RequestExpired": "set the clock",
    "UnauthorizedOperation": "docs/cloud.md",
    "AuthFailure.ServiceLinkedRoleCreationNotPermitted": "create-service-linked-role",
    "ServiceUnavailable": "action=watch shows it",
}
S3_FAILURES = {
    "NoSuchBucket": "aws s3 mb",
    "PermanentRedirect": "Use cloud.region of the bucket",
    "AccessDenied": "docs/cloud.md",
    "InvalidAccessKeyId": "Check AWS_PROFILE",
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
            instances.launch_instance(make_client(ec2=ec2), fill_bucket(make_run(ami="ami-1")))
    line = str(failed.value)
    assert remedy in line
    assert code in line
    assert "secret text" not in line
    assert "\n" not in line


def test_missing_credentials_and_unknown_errors_are_explained():
    assert "AWS_PROFILE" in str(to_user_error(NoCredentialsError(), "ec2.x", REGION))
    odd = ClientError({"Error": {"Code": "SomethingNew", "Message": "with a key"}}, "RunInstances")
    assert "SomethingNew" in str(to_user_error(odd, "ec2.x", REGION))
    assert "with a key" not in str(to_user_error(odd, "ec2.x", REGION))


def test_a_lost_response_may_leave_a_machine():
    once = boto3.client("ec2", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))

    def lost(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://ec2")

    once.meta.events.register("before-send.ec2.RunInstances", lost)
    asked = build_parameters(make_run(), "ami-1", "/dev/sda1", "")
    with pytest.raises(UserError, match=r"ReadTimeoutError.*action=watch shows it, action=stop ends it"):
        make_client(ec2=once).call("ec2", "run_instances", asked, {})


@pytest.mark.parametrize(("code", "remedy"), S3_FAILURES.items())
def test_each_failed_upload_names_its_remedy(code, remedy, tmp_path):
    client = boto3.client("s3", region_name=REGION)
    (tmp_path / "file").write_text("content")
    with Stubber(client) as stub:
        stub.add_client_error("put_object", code, "secret text of the request")
        with pytest.raises(UserError, match=remedy) as failed:
            make_client(s3=client).upload(tmp_path / "file", "runs", "file")
    assert code in str(failed.value)
    assert "secret text" not in str(failed.value)


def test_a_profile_that_is_not_configured_is_named(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UserError, match=r"AWS_PROFILE.*aws configure list-profiles"):
        check_quota(AwsClient(REGION, dry_run=False, say=pytest.fail), RENTED["g4dn"])
