"""Memory and cores that a container leaves of a machine, by the files of the kernel."""

import psutil
import pytest

from neural_guide.runtime.cpu import count_cores
from neural_guide.runtime.hardware import measure_available_memory, read_container_limit


def write_files(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


VERSIONS = (
    {"memory.max": "1000000\n", "memory.current": "700000\n", "memory.stat": "anon 1\ninactive_file 200000\n"},
    {
        "memory/memory.limit_in_bytes": "1000000\n",
        "memory/memory.usage_in_bytes": "700000\n",
        "memory/memory.stat": "inactive_file 5\ntotal_inactive_file 200000\n",
    },
)


@pytest.mark.parametrize("files", VERSIONS, ids=("v2", "v1"))
def test_stale_cache_of_a_container_counts_as_free_memory(tmp_path, files):
    folder = write_files(tmp_path, files)
    assert read_container_limit(folder) == 1_000_000
    assert measure_available_memory(folder) == 500_000


def test_without_a_limit_the_machine_decides(tmp_path):
    free = psutil.virtual_memory().available
    for folder in (tmp_path, write_files(tmp_path, {"memory.max": "max\n", "memory.current": "700000\n"})):
        assert read_container_limit(folder) is None
        assert measure_available_memory(folder) == pytest.approx(free, rel=0.2)


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "20000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "99900000 100000\n"}, None),
        ({"cpu.max": "nonsense"}, None),
    ],
)
def test_cores_are_limited_by_the_quota_of_the_container(tmp_path, monkeypatch, files, most):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(4)))
    assert count_cores(write_files(tmp_path, files)) == (most or 4)
