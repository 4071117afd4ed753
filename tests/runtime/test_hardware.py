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


NESTED = (
    ("0::/slurm/job_1/step\n", "", "memory.max", "memory.current", "cpu.max"),
    ("4:memory:/slurm/job_1/step\n2:cpu,cpuacct:/slurm/job_1/step\n0::/\n", "memory", "memory.limit_in_bytes",
     "memory.usage_in_bytes", None),
)  # fmt: skip


@pytest.fixture(params=NESTED, ids=("v2", "v1"))
def nested(request, tmp_path, monkeypatch):
    """Cgroups of a job with a step in it, where only the job has limits; return the tree and the membership."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    lines, below, limit, usage, quota = request.param
    tree = tmp_path / "tree"
    for path, bytes_, used in (("", 2**62, 9000), ("slurm/job_1", 1000, 400), ("slurm/job_1/step", 5000, 300)):
        for name in ("memory", "cpu,cpuacct") if below else (".",):
            (tree / name / path).mkdir(parents=True, exist_ok=True)
        folder = tree / below / path
        (folder / limit).write_text(f"{bytes_}\n")
        (folder / usage).write_text(f"{used}\n")
        cores = {"": None, "slurm/job_1": 300000, "slurm/job_1/step": 500000}[path]
        if quota:
            (tree / path / quota).write_text(f"{cores or 'max'} 100000\n")
        else:
            (tree / "cpu,cpuacct" / path / "cpu.cfs_quota_us").write_text(f"{cores or -1}\n")
            (tree / "cpu,cpuacct" / path / "cpu.cfs_period_us").write_text("100000\n")
    (tmp_path / "membership").write_text(lines)
    return tree, tmp_path / "membership"


def test_the_least_limit_on_the_way_up_holds(nested):
    assert read_container_limit(*nested) == 1000
    assert measure_available_memory(*nested) == 600
    assert count_cores(*nested) == 3


@pytest.mark.parametrize("above", ["/machine/pod", ""])
def test_a_container_may_see_its_own_cgroup_as_the_root(nested, above):
    """/proc/self/cgroup then still names folders that the container does not see."""
    tree, membership = nested
    membership.write_text(membership.read_text().replace("/slurm", f"{above}/slurm"))
    assert read_container_limit(tree, membership) == 1000
    membership.write_text(membership.read_text().replace("/slurm/job_1/step", "/nowhere"))
    assert read_container_limit(tree, membership) is None
    assert count_cores(tree, membership) == 8


def test_a_cgroup_outside_of_the_namespace_has_the_limits_of_the_root(nested):
    tree, membership = nested
    membership.write_text("0::/../../slurm/job_1\n4:memory:/../slurm/job_1\n2:cpu,cpuacct:/../slurm\n")
    assert read_container_limit(tree, membership) is None
    assert count_cores(tree, membership) == 8
