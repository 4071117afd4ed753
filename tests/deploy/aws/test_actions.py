"""Each action of the cloud command, dry: the calls that it would make, and its highest cost. Nothing is called."""

import pytest

from neural_guide.app.settings import check_settings
from neural_guide.deploy.aws import actions
from neural_guide.deploy.aws.actions import run_action
from neural_guide.deploy.aws.settings import CloudSettings
from neural_guide.errors import UserError
from neural_guide.planning.machines import RENTED
from neural_guide.planning.settings import BoundedTrainingSettings

LINES = {
    "quota": ("would call service-quotas.get_service_quota", "g4dn.xlarge needs 4 vCPUs"),
    "price": ("would call ec2.describe_spot_price_history", "No prices: a dry run"),
    "launch": ("would call ec2.run_instances", "would call s3.list_objects_v2"),
    "sync": ("would call s3.get_bucket_location", "would copy code.tar.gz"),
    "watch": ("would call ec2.describe_instances", "would read s3://runs/one/metrics.csv"),
    "fetch": ("would copy s3://runs/one to ",),
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Do an action, and return the lines that it says."""

    def run(action: str, **settings) -> list[str]:
        lines: list[str] = []
        monkeypatch.setattr(actions, "say", lines.append)
        training = BoundedTrainingSettings()
        training.hardware.name = settings.pop("hardware", "g4dn")
        training.data.path = str(tmp_path / "data.json")
        (tmp_path / "data.json").write_text("[]")
        cloud = CloudSettings(action=action, run="one", bucket="runs", instance_profile="guide", **settings)
        check_settings(cloud)
        run_action(training, cloud, overrides=(), evaluation=(), identity={}, folder=tmp_path / "fetched")
        return lines

    return run


@pytest.mark.parametrize("action", LINES)
def test_an_action_names_its_calls_and_the_highest_cost(run, action):
    *lines, cost = run(action, max_price=0.2)
    text = "\n".join(lines)
    assert all(line in text for line in LINES[action])
    assert "at no more than $0.20 an hour and 100 GiB of disk" in cost
    assert cost.startswith("A dry run: nothing was done and no call was made.")


def test_the_cap_is_the_price_on_demand_where_none_is_set(run):
    assert f"at no more than ${RENTED['g4dn'].on_demand:.2f} an hour" in run("quota")[-1]


def test_a_profile_that_is_not_rented_is_refused_and_a_stop_is_not(run):
    with pytest.raises(UserError, match=r"hardware=cpu is no rented machine. Use hardware=c5 or g4dn"):
        run("quota", hardware="cpu")
    assert any("would call ec2.describe_instances" in line for line in run("stop", hardware="cpu"))
