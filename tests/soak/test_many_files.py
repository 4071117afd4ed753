"""Ten thousand mutated datasets, in processes of their own, whose memory is watched."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FILES = 10_000
AT_ONCE = 500  # files a process
GIB = 1 << 20  # KiB
RUN = """
import random, resource, sys
from support.fuzzing import check_file, make_mutated_file
for seed in range(int(sys.argv[1]), int(sys.argv[2])):
    try:
        became = check_file(make_mutated_file(random.Random(seed)), seed % 5 > 0, (100, 5000, 1 << 20)[seed % 3])
    except BaseException as error:
        became = f"{type(error).__name__} {error}"[:500].replace(chr(10), " ")
    print(seed, became)
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def became(first: int) -> list[str]:
    """What became of some files, a line each, and the peak memory in KiB."""
    line = [sys.executable, "-c", RUN, str(first), str(first + AT_ONCE)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    ran = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=AT_ONCE * 5, check=True)
    return ran.stdout.splitlines()


@pytest.mark.soak
def test_ten_thousand_mutated_files(capsys):
    started = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = [line.split(" ", 1) for lines in pool.map(became, range(0, FILES, AT_ONCE)) for line in lines]
    peaks = [int(kib) for seed, kib in results if seed == "peak"]
    fates = [(seed, fate) for seed, fate in results if seed != "peak"]
    assert len(fates) == FILES
    assert [result for result in fates if result[1] not in {"read", "refused"}] == []
    assert max(peaks) < GIB
    read = sum(fate == "read" for _, fate in fates)
    with capsys.disabled():
        print(
            f"\n{FILES:,} mutated files: {read:,} read, {FILES - read:,} refused, as the oracle says; "
            f"{time.monotonic() - started:.0f} s, peak memory {max(peaks) >> 10} MiB"
        )
