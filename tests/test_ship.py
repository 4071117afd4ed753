"""The guide that comes with the repository, and the command that puts one there."""

import json

import pytest

from neural_guide.app.provenance import ROOT
from neural_guide.experiment.release import measure_guide, write_check_data
from neural_guide.guide.default_guide import (
    CARD_FILE,
    GUIDE_FILE,
    MAX_GUIDE_MIB,
    METRICS_FILE,
    SHIPPED_FOLDER,
    SOLVER_DSL,
)
from neural_guide.guide.guide import load_guide
from neural_guide.search.words import LANGUAGE
from support.commands import command


def test_a_run_is_shipped_with_its_card_and_is_what_its_figures_say(run_folder, tmp_path):
    target = tmp_path / "default"
    ended = command("ship", f"checkpoint={run_folder}", f"ship.folder={target}")
    assert ended.returncode == 0, ended.stderr
    assert (target / GUIDE_FILE).read_bytes() == (run_folder / GUIDE_FILE).read_bytes()
    card = (target / CARD_FILE).read_text()
    facts = json.loads((run_folder / "facts.json").read_text())
    trained = json.loads((run_folder / "metrics.json").read_text())
    figures = json.loads((target / METRICS_FILE).read_text())["check"]
    for words in (facts["command"], facts["commit"], f"{trained['test/f1_micro']:.3f}", f"{figures['f1_micro']:.3f}"):
        assert words in card
    guide = load_guide(str(target))
    write_check_data(tmp_path / "check.json", guide)
    assert measure_guide(guide, tmp_path / "check.json") == pytest.approx(figures, abs=1e-6)


def test_what_is_no_finished_run_is_not_shipped(run_folder, tmp_path):
    ended = command("ship", f"checkpoint={run_folder}/checkpoints/best.ckpt", f"ship.folder={tmp_path / 'x'}")
    assert ended.returncode == 2
    assert "Name the folder of the run" in ended.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("dsl", sorted(path.parent.name for path in SHIPPED_FOLDER.glob(f"*/{GUIDE_FILE}")))
class TestShipped:
    def test_it_is_small_and_as_good_as_it_says(self, dsl, tmp_path):
        folder = SHIPPED_FOLDER / dsl
        assert (folder / GUIDE_FILE).stat().st_size <= MAX_GUIDE_MIB * 2**20
        guide = load_guide(str(folder))
        if guide.predicts_words and guide.vocabulary != LANGUAGE:
            pytest.skip("the language has other words than the guide: train and ship it again before a release")
        write_check_data(tmp_path / "check.json", guide)
        figures = json.loads((folder / METRICS_FILE).read_text())["check"]
        assert measure_guide(guide, tmp_path / "check.json") == pytest.approx(figures, abs=0.01)
        assert f"{figures['f1_micro']:.3f}" in (folder / CARD_FILE).read_text()

    def test_it_solves_where_no_checkpoint_is_named(self, dsl, tmp_path):
        named = () if dsl == SOLVER_DSL else (f"dsl={dsl}",)
        ended = command("solve", "task=67a3c6ac", "budget.nodes=2000", *named, f"hydra.run.dir={tmp_path}")
        assert ended.returncode == 0, ended.stderr
        assert str((SHIPPED_FOLDER / dsl).relative_to(ROOT)) in ended.stdout
        assert "1 of 1 tasks solved" in ended.stdout
