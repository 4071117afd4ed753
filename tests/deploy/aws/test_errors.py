"""What AWS refuses, told in one line with the way out: refused here by botocore's stubber and moto's server."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from neural_guide.deploy.aws import instances
from neural_guide.deploy.aws.errors import told
from neural_guide.deploy.aws.launch_request import parameters
from neural_guide.deploy.aws.quota import quota
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from support.aws_calls import REGION, calls, rented, synced
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
            instances.launch(calls(ec2=ec2), synced(rented(ami="ami-1")))
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


def test_an_answer_that_is_lost_may_leave_a_machine():
    once = boto3.client("ec2", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))

    def lost(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://ec2")

    once.meta.events.register("before-send.ec2.RunInstances", lost)
    asked = parameters(rented(), "ami-1", "/dev/sda1", "")
    with pytest.raises(UserError, match=r"ReadTimeoutError.*action=watch shows it, action=stop ends it"):
        calls(ec2=once).ask("ec2", "run_instances", asked, {})


@pytest.mark.parametrize(("code", "remedy"), S3_FAILURES.items())
def test_what_s3_refuses_of_an_upload_is_told_with_the_way_out(code, remedy, tmp_path):
    client = boto3.client("s3", region_name=REGION)
    (tmp_path / "file").write_text("content")
    with Stubber(client) as stub:
        stub.add_client_error("put_object", code, "secret text of the request")
        with pytest.raises(UserError, match=remedy) as failed:
            calls(s3=client).upload(tmp_path / "file", "runs", "file")
    assert code in str(failed.value)
    assert "secret text" not in str(failed.value)


def test_a_profile_that_is_not_configured_is_told(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UserError, match=r"AWS_PROFILE.*aws configure list-profiles"):
        quota(calls(), RENTED["g4dn"])
