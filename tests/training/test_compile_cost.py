"""The line on whether compilation pays."""

import pytest

from neural_guide.training.compile_cost import CompileCost


def test_compilation_pays_if_the_steps_saved_outweigh_it():
    cost = CompileCost(seconds=40, graphs=2, breaks=0, plain_step=0.1, step=0.06)
    assert cost.break_even == pytest.approx(1000)
    assert "pays after 1,000 steps, and this run had 300. Use compile=off" in cost.describe(300)
    assert "Use compile=off" not in cost.describe(2000)


def test_compilation_without_a_gain_never_pays():
    line = CompileCost(seconds=40, graphs=2, breaks=0, plain_step=0.1, step=0.1).describe(10**9)
    assert "does not pay here. Use compile=off" in line
