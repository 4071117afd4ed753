"""Launchers that start the processes of one training: torchrun, srun, Lightning itself, or none.

Schedulers and shells leave variables such as SLURM_NTASKS, RANK or LOCAL_RANK in the environment of processes that
nobody launched. They count only where they agree with hardware.devices and hardware.nodes.
"""

import os
from dataclasses import dataclass
from typing import Literal

from neural_guide.errors import UserError

SHARED_RUN = "NEURAL_GUIDE_RUN"  # tells the other training processes which folder and checkpoint the first one chose
RANKS = ("RANK", "LOCAL_RANK", "GROUP_RANK", "NODE_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")
_READ_AT_IMPORT = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")  # by Lightning and torchmetrics
ADDRESS = ("MASTER_ADDR", "MASTER_PORT")
REMEDY = "Start every process with torchrun, as in docs/training.md"


@dataclass(frozen=True)
class Launch:
    """The launch of this process.

    Attributes:
        launcher: `torchrun` stands for every launcher that sets RANK, WORLD_SIZE and MASTER_ADDR; `self`: this process
            trains alone or starts the others; `child`: the first process of this machine started this one.
        rank: number of this process among those that train together, from 0.
    """

    launcher: Literal["self", "child", "torchrun", "srun"]
    rank: int


def find_launch(devices: int, nodes: int) -> Launch:
    """Find out who started this process, and remove variables that no launcher set.

    Lightning reads them when it is imported, so call this before.

    Args:
        devices: training processes of each machine.
        nodes: machines.

    Raises:
        UserError: the launcher started another number of processes, or several machines have no launcher.
    """
    if SHARED_RUN in os.environ:
        return Launch("child", _read("LOCAL_RANK") or 0)
    processes = devices * nodes
    settings = f"hardware.devices={devices} hardware.nodes={nodes}"
    if "MASTER_ADDR" in os.environ and _read("RANK") is not None and (started := _read("WORLD_SIZE")):
        on_machine = _read("LOCAL_WORLD_SIZE")
        if started != processes or (on_machine or devices) != devices:
            share = f", {on_machine} a machine" if on_machine else ""
            raise UserError(
                f"WORLD_SIZE={started}{share}: a launcher started other processes than {settings} asks for "
                f"({processes}); both are the same. Set hardware.devices and hardware.nodes to what it starts, or "
                "unset RANK and WORLD_SIZE if nothing launched this process."
            )
        if processes > 1:
            rank = _read("RANK") or 0
            os.environ.setdefault("LOCAL_RANK", str(rank % devices))
            return Launch("torchrun", rank)
    tasks = _read("SLURM_STEP_NUM_TASKS") or 1  # set by srun; an allocation alone has SLURM_NTASKS
    if processes > 1 and tasks > 1:
        number = _read("SLURM_PROCID")
        if tasks != processes or number is None:
            raise UserError(
                f"SLURM_STEP_NUM_TASKS={tasks}: srun started other processes than {settings} asks for ({processes}); "
                f"both are the same. Use srun --nodes={nodes} --ntasks-per-node={devices}, or one task of srun."
            )
        _forget_ranks()
        return Launch("srun", number)
    _forget_ranks()
    if nodes > 1:
        raise UserError(
            f"{settings}: no launcher started this process, and several machines need one. {REMEDY}: torchrun "
            f"--nnodes={nodes} --nproc-per-node={devices} ... -m neural_guide.train, or use hardware.nodes=1."
        )
    return Launch("self", 0)


def forget_false_ranks() -> None:
    """Remove ranks that are no number: libraries that read them when they are imported would fail."""
    for name in _READ_AT_IMPORT:
        if _read(name) is None:
            os.environ.pop(name, None)


def _read(name: str) -> int | None:
    """Read a variable that launchers set to a number from 0; None where it is absent or something else."""
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _forget_ranks() -> None:
    """Remove ranks and addresses: Lightning and torch would wait for other processes, or leave the work to them."""
    for name in (*RANKS, *ADDRESS):
        os.environ.pop(name, None)
