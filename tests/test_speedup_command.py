"""The comparison of priors through its command, small."""

import json

from neural_guide.search.words import LANGUAGE
from support.commands import command
from support.guides import build_untrained_guide


def test_priors_are_compared_on_held_out_and_real_tasks(run_folder, tmp_path):
    small = ("speedup.tasks_per_length=2", "budget.nodes=800", "limit=6", f"speedup.folder={tmp_path / 'held'}")
    ended = command("speedup", f"checkpoint={run_folder}", f"hydra.run.dir={tmp_path / 'run'}", *small)
    assert ended.returncode == 0, ended.stderr
    comparison = json.loads((tmp_path / "run" / "speedup.json").read_text())
    groups = [group["group"] for group in comparison["groups"]]
    assert groups[:4] == ["length 2", "length 3", "length 4", "length 5"]
    assert len(groups) == 5  # some of the first six real tasks are solved unguided
    for group in comparison["groups"]:
        assert set(group["efforts"]) == {"guide", "frequency", "uniform", "oracle"}
    text = (tmp_path / "run" / "report.md").read_text()
    assert "solved_nodes.png" in text
    assert len(list((tmp_path / "held").glob("*.json"))) == 1


def test_a_guide_of_other_names_is_refused(tmp_path):
    ended = command("speedup", "checkpoint=nowhere", f"hydra.run.dir={tmp_path}")
    assert ended.returncode == 2
    assert "no such file" in ended.stderr


def test_a_guide_of_words_is_measured_in_seconds_on_drawn_and_real_tasks(tmp_path):
    guide = tmp_path / "guide.safetensors"
    build_untrained_guide(LANGUAGE, has_steps=False).save(guide)
    small = ("speedup.tasks_per_length=3", "budget.seconds=0.4", "limit=1", "workers=1", "tasks=arc1-training-b")
    ended = command("speedup", f"checkpoint={guide}", f"hydra.run.dir={tmp_path / 'run'}", *small)
    assert ended.returncode == 0, ended.stderr
    groups = json.loads((tmp_path / "run" / "seconds.json").read_text())
    drawn, *forms, real = groups.values()
    assert next(iter(groups)) == "drawn tasks"
    assert list(groups)[-1] == "arc1-training-b"
    for group in (drawn, real):
        assert list(group) == ["uniform", "frequency", "guide"]
        assert len({tuple(needs) for needs in group.values()}) == 1
    assert len(drawn["guide"]) == 3 == sum(len(form["guide"]) for form in forms)
    assert len(real["guide"]) == 1
    assert all(seconds is None or 0 < seconds < 2 for needs in drawn.values() for seconds in needs.values())
    text = (tmp_path / "run" / "report.md").read_text()
    assert text.count(".png") == 2
    assert "bootstrap" in text
