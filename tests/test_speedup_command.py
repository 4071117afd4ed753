"""The comparison of priors through its command, small."""

import json

from support.commands import command


def test_priors_are_compared_on_held_out_and_real_tasks(run_folder, tmp_path):
    small = ("speedup.tasks_per_length=2", "budget.nodes=1500", "limit=12", f"speedup.folder={tmp_path / 'held'}")
    ended = command("speedup", f"checkpoint={run_folder}", f"hydra.run.dir={tmp_path / 'run'}", *small)
    assert ended.returncode == 0, ended.stderr
    comparison = json.loads((tmp_path / "run" / "speedup.json").read_text())
    groups = [group["group"] for group in comparison["groups"]]
    assert groups[:4] == ["length 2", "length 3", "length 4", "length 5"]
    assert len(groups) == 5  # some of the first twelve real tasks are solved unguided
    for group in comparison["groups"]:
        assert set(group["efforts"]) == {"guide", "frequency", "uniform", "oracle"}
    text = (tmp_path / "run" / "report.md").read_text()
    assert "solved_nodes.png" in text
    assert len(list((tmp_path / "held").glob("*.json"))) == 1


def test_a_guide_of_other_names_is_refused(tmp_path):
    ended = command("speedup", "checkpoint=nowhere", f"hydra.run.dir={tmp_path}")
    assert ended.returncode == 2
    assert "no such file" in ended.stderr
