"""A time limit, divided among the tasks of a run as they begin."""

import heapq
import math

from hypothesis import given
from hypothesis import strategies as st

from neural_guide.harness.time_limit import TimeLimit

NOON = 43_200.0
USED_SHARES = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=60)


@given(used_shares=USED_SHARES, workers=st.integers(1, 8), seconds=st.floats(1.0, 86_400.0))
def test_every_task_begins_and_ends_in_time(used_shares, workers, seconds):
    """Simulate workers whose tasks use some of their shares, or all of them."""
    limit = TimeLimit(NOON, seconds)
    free_at = [NOON] * workers  # a heap of the times at which workers become free
    for position, used in enumerate(used_shares):
        now = heapq.heappop(free_at)
        share = limit.share_seconds(now, len(used_shares) - position, workers)
        assert share > 0
        heapq.heappush(free_at, now + used * share)
    assert max(free_at) < limit.search_end < NOON + seconds


def test_unused_time_goes_to_the_tasks_that_wait():
    limit = TimeLimit(NOON, 10_120.0)  # 60 s for the report, 60 s for rules beyond the last budget
    assert limit.share_seconds(NOON, 10, 1) == 1000.0
    assert limit.share_seconds(NOON + 100, 9, 1) == 1100.0
    assert limit.share_seconds(NOON, 10, 4) == 10_000 / 3
    assert limit.share_seconds(NOON + 20_000, 5, 1) == 0.0


def test_without_a_limit_shares_are_infinite():
    limit = TimeLimit(NOON)
    assert (limit.share_seconds(NOON, 400, 2), limit.search_end) == (math.inf, math.inf)
