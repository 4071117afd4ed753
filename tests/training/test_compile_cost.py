import pytest

from neural_guide.training.compile_cost import Compiled


def test_compiling_pays_where_the_steps_saved_outweigh_it():
    brought = Compiled(seconds=40, graphs=2, breaks=0, plain_step=0.1, step=0.06)
    assert brought.break_even == pytest.approx(1000)
    assert "pays after 1,000 steps, and this run had 300. Use compile=off" in brought.told(300)
    assert "Use compile=off" not in brought.told(2000)


def test_what_is_no_faster_never_pays():
    told = Compiled(seconds=40, graphs=2, breaks=0, plain_step=0.1, step=0.1).told(10**9)
    assert "does not pay here. Use compile=off" in told
