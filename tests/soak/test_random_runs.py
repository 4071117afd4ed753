"""A thousand random runs: random command lines in random environments, with signals at random moments.

NEURAL_GUIDE_RANDOM_RUNS sets their number, NEURAL_GUIDE_RANDOM_SEED the seed of the first.
"""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.random_runs import describe, make_data, repeat

RUNS = int(os.environ.get("NEURAL_GUIDE_RANDOM_RUNS", "1000"))
FIRST = int(os.environ.get("NEURAL_GUIDE_RANDOM_SEED", "0"))


@pytest.mark.soak
def test_random_runs_end_as_documented(tmp_path, capsys):
    """An exit code of the documentation, no traceback, nothing lost, no folder of a refusal."""
    shared = make_data(tmp_path)
    started = time.monotonic()

    def judge(seed: int) -> tuple[int | None, str]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        run, end = repeat(seed, *shared, folder)
        if end.faults:
            with capsys.disabled():
                print(f"\n{describe(run)}\n{end.text[-2000:]}\n{'; '.join(end.faults)}", flush=True)
        return end.code, "; ".join(end.faults)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(pool.map(judge, range(FIRST, FIRST + RUNS)))
    codes = Counter(code for code, _ in ends)
    with capsys.disabled():
        print(f"\n{RUNS} random runs in {time.monotonic() - started:,.0f} s, exit codes {dict(sorted(codes.items()))}")
    assert [(seed, fault) for seed, (_, fault) in enumerate(ends, FIRST) if fault] == []
