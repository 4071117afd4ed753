"""The command as it is typed; dry runs, with a profile that is not configured: nothing is asked of AWS."""

from neural_guide.app.command import load_settings
from neural_guide.cloud import select_evaluation_overrides
from neural_guide.config import SURFACE
from support.commands import command

MACHINE = ("hardware=g4dn", "cloud.bucket=mine", "deadline=4h")


def test_a_budget_limits_a_launch_and_never_a_stop(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    refused = command("cloud", "action=launch", *MACHINE, "budget=1")
    assert refused.returncode == 2
    assert "above budget=1.00. Lower cloud.max_price or deadline." in refused.stderr
    ended = command("cloud", "action=stop", "budget=1")  # whatever the machine was
    assert ended.returncode == 0, ended.stderr
    assert "A dry run: nothing was done and no call was made. cloud.dry_run=false does it." in ended.stdout

    shown = command("cloud", "action=launch", *MACHINE, "budget=2", "cloud.max_price=0.2", "experiment=emergency")
    assert shown.returncode == 0, shown.stderr
    assert "would be refused: cloud.instance_profile is not set" in shown.stdout
    assert "would call ec2.run_instances" in shown.stdout
    assert '{"Key": "neural-guide-seconds", "Value": "14400"}' in shown.stdout


def test_evaluation_on_the_machine_gets_just_the_settings_that_it_reads():
    typed = ("experiment=emergency", "hardware=g4dn", "compile=on", "optimizer.lr=0.001", "data.max_samples=900")
    load_settings("cloud", list(typed), SURFACE)
    evaluation = select_evaluation_overrides(typed)
    assert evaluation == ("experiment=emergency", "hardware=g4dn", "data.max_samples=900")
    assert load_settings("evaluate", list(evaluation), SURFACE).data.max_samples == 900
