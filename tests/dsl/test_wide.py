"""Vocabulary `wide` through every command, on a small scale."""

import csv
import json
import re

import pytest
from safetensors import safe_open

from neural_guide.dsl.vocabulary import WIDE
from neural_guide.search.piece_lists.values import list_piece_functions
from support.commands import command, skip_report


@pytest.mark.soak
def test_wide_data_trains_a_guide_that_solves_real_tasks(tmp_path):
    data, run = tmp_path / "wide.json", tmp_path / "run"
    small = ("generate.samples=600", "generate.pairs_per_task=2")
    generated = command("generate", "dsl=wide", f"data.path={data}", *small, f"hydra.run.dir={tmp_path}/generate")
    assert generated.returncode == 0, generated.stderr
    network = ("network.width=32", "network.row_width=16", "network.row_layers=1", "network.grid_channels=4")
    few = ("trainer.max_epochs=1", "trainer.arc_tasks=0", "data.quality_threshold=0", "data.val_share=0.3")
    trained = command("train", f"data.path={data}", *network, *few, f"hydra.run.dir={run}", prepare=skip_report)
    assert trained.returncode == 0, trained.stderr
    with safe_open(run / "guide.safetensors", "numpy") as opened:
        assert json.loads(opened.metadata()["vocabulary"]) == list(WIDE.names)
    evaluated = command("evaluate", f"checkpoint={run}", f"data.path={data}", f"hydra.run.dir={tmp_path}/evaluate")
    assert evaluated.returncode == 0, evaluated.stderr
    budget = ("dsl=wide", "limit=2", "budget.nodes=400", "workers=1")
    solved = command("solve", f"checkpoint={run}", *budget, f"hydra.run.dir={tmp_path}/solve")
    assert solved.returncode == 0, solved.stderr
    with (tmp_path / "solve" / "results.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    names = "|".join((*WIDE.names, *list_piece_functions(), r"\(unchanged\)"))
    assert all(re.match(rf"(\[[a-z ]+\] )?(({names})( |$)|colours:|cells by )|$", row["program"]) for row in rows)
    unnamed = command("solve", f"checkpoint={run}", *budget[1:], f"hydra.run.dir={tmp_path}/unnamed")
    assert unnamed.returncode == 0, unnamed.stderr
    with (tmp_path / "unnamed" / "results.csv").open(newline="") as opened:
        assert [row["program"] for row in csv.DictReader(opened)] == [row["program"] for row in rows]
    refused = command("solve", f"checkpoint={run}", "dsl=v2", "limit=1", f"hydra.run.dir={tmp_path}/refused")
    assert refused.returncode == 2
    assert f"predicts {len(WIDE)} primitives, dsl=v2 has 17" in refused.stderr
    assert refused.stderr.rstrip().endswith(f"and {len(WIDE) - 17 - 5} more. Add dsl=wide.")
