"""Variables of schedulers and launchers: what counts, what is ignored and what is refused."""

import os
import subprocess
import sys

import pytest

from neural_guide.app.provenance import ROOT
from neural_guide.errors import UserError
from neural_guide.runtime.launchers import ADDRESS, RANKS, SHARED_RUN, Launch, find_launch, forget_false_ranks

TORCHRUN = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "h", "MASTER_PORT": "1"}
ALLOCATION = {"SLURM_JOB_ID": "1", "SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setattr(os, "environ", {})

    def set_variables(variables: dict[str, str]) -> None:
        os.environ.clear()
        os.environ.update(variables)

    return set_variables


@pytest.mark.parametrize(
    "variables",
    [
        ALLOCATION,
        ALLOCATION | {"SLURM_PROCID": "3"},
        ALLOCATION | {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"},
        {"LOCAL_RANK": "1"},
        {"RANK": "1", "WORLD_SIZE": "2"},
        {"RANK": "", "LOCAL_RANK": "x", "WORLD_SIZE": "2", "MASTER_ADDR": "h"},
        {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "h"},
    ],
)
def test_one_process_trains_alone_whatever_a_scheduler_left(environment, variables):
    environment(variables)
    assert find_launch(1, 1) == Launch("self", 0)
    assert not set(os.environ) & {*RANKS, *ADDRESS}


def test_two_devices_in_an_allocation_start_their_own_processes(environment):
    environment(ALLOCATION | {"LOCAL_RANK": "1"})
    assert find_launch(2, 1) == Launch("self", 0)
    assert "LOCAL_RANK" not in os.environ


@pytest.mark.parametrize("left", [{}, {"TORCHELASTIC_RUN_ID": "1", "LOCAL_WORLD_SIZE": "2"}, ALLOCATION])
def test_torchrun_and_its_like_set_the_rank(environment, left):
    environment(TORCHRUN | left)
    assert find_launch(2, 1) == find_launch(2, 1) == Launch("torchrun", 1)
    del os.environ["LOCAL_RANK"]
    find_launch(2, 1)
    assert os.environ["LOCAL_RANK"] == "1"


def test_srun_and_the_first_process_set_the_rank(environment):
    environment(ALLOCATION | {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"})
    assert find_launch(2, 2) == Launch("srun", 2)
    environment({SHARED_RUN: "outputs/run|", "LOCAL_RANK": "1"})
    assert find_launch(2, 1) == Launch("child", 1)


@pytest.mark.parametrize(
    ("variables", "devices", "nodes", "words"),
    [
        (TORCHRUN, 1, 1, "WORLD_SIZE=2"),
        (TORCHRUN | {"LOCAL_WORLD_SIZE": "2"}, 1, 2, "2 a machine"),
        (ALLOCATION | {"SLURM_STEP_NUM_TASKS": "4"}, 2, 1, "srun --nodes=1 --ntasks-per-node=2"),
        (ALLOCATION, 2, 2, "torchrun --nnodes=2 --nproc-per-node=2"),
    ],
)
def test_what_cannot_train_together_is_refused_in_a_line(environment, variables, devices, nodes, words):
    environment(variables)
    with pytest.raises(UserError, match=words) as refused:
        find_launch(devices, nodes)
    assert "\n" not in str(refused.value)


def test_ranks_that_are_no_number_are_removed_before_libraries_read_them(environment):
    environment({"RANK": "x", "LOCAL_RANK": "", "SLURM_PROCID": "-1", "JSM_NAMESPACE_RANK": "0", "HOME": "x"})
    forget_false_ranks()
    assert os.environ == {"JSM_NAMESPACE_RANK": "0", "HOME": "x"}
    environment(TORCHRUN)
    forget_false_ranks()
    assert os.environ == TORCHRUN


def test_a_command_imports_its_libraries_whatever_the_ranks(tmp_path):
    """`evaluate` imports Lightning and torchmetrics before it opens its dataset."""
    line = [sys.executable, "-m", "neural_guide.evaluate", f"checkpoint={ROOT}/guides/v2", "data.path=none.json"]
    variables = os.environ | {"RANK": "x", "LOCAL_RANK": "", "SLURM_PROCID": "y"}
    ended = subprocess.run(line, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert "none.json" in ended.stderr
