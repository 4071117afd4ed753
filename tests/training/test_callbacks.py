"""Times that callbacks add up over the attempts of a run."""

import time

from neural_guide.training.callbacks import ResourceMonitor


def test_a_resumed_run_counts_earlier_attempts():
    before = ResourceMonitor(10, time.perf_counter() - 60)
    after = ResourceMonitor(10, time.perf_counter() - 5)
    after.load_state_dict(before.state_dict())
    assert 65 <= after.total_seconds < 70
    assert after.train_seconds < 5


def test_checkpoints_without_the_total_time_still_load():
    after = ResourceMonitor(10, time.perf_counter())
    after.load_state_dict({"samples": 4, "seconds": 2.0, "train_seconds": 30.0})
    assert 30 <= after.total_seconds < 35
