"""Slow proof, run by `make soak`: a whole run with the real compiler, minutes of compiling on two cores."""

import re

import pytest

from support.commands import command

SETTINGS = ("hardware=cpu", "network.width=64", "trainer.arc_tasks=0", "trainer.max_epochs=2", "data.batch_size=16")


@pytest.mark.soak
def test_a_compiled_run_has_whole_graphs_and_nothing_to_warn_of(dataset, tmp_path):
    """Its review shows other shapes than training: they are not compiled, and no limit is hit."""
    ended = command("train", f"hydra.run.dir={tmp_path / 'run'}", f"data.path={dataset}", "compile=on", *SETTINGS)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"compile=on took \d+ s for \d+ graphs with 0 breaks", ended.stdout)
    assert "recompile_limit" not in ended.stdout + ended.stderr
