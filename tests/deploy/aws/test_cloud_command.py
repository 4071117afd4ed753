"""The command as it is typed; dry runs, with a profile that is not configured: nothing is asked of AWS."""

from support.commands import command

MACHINE = ("hardware=g4dn", "cloud.bucket=mine", "deadline=4h")


def test_a_launch_is_held_against_the_budget_and_the_end_of_a_machine_is_not(monkeypatch):
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
