"""Speed of this processor in matrix products, and estimates of a step on other machines."""

import time

import torch

from neural_guide.planning.machines import Spec
from neural_guide.training.memory_footprint import Footprint

SIDE = 1024  # of the matrices: large enough for the peak, small enough for 20 ms a product
REPEATS = 5
PARALLEL_SHARE = 0.6  # of a step's arithmetic that more threads share; the rest waits for one
DEFAULT_UTILISATION = 0.1  # if nothing was measured here


def measure_gflops() -> float:
    """Measure the peak of this process's threads in fp32, GFLOPS: the best of a few products; takes about 0.1 s.

    Processor time counts, of all threads: other work on the cores would halve a peak by the clock.
    """
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    best = float("inf")
    for _ in range(REPEATS):
        before = time.process_time()
        left @ right
        best = min(best, time.process_time() - before)
    return 2 * SIDE**3 * torch.get_num_threads() / best / 1e9


def compute_utilisation(footprint: Footprint, batch_size: int, step_seconds: float, gflops: float) -> float:
    """Compute the share of the peak that a step reaches, in [0, 1]."""
    return footprint.flops * batch_size / step_seconds / (gflops * 1e9)


def estimate_step_seconds(
    footprint: Footprint, batch_size: int, spec: Spec, local: Spec, measured: float | None
) -> float:
    """Estimate the seconds of a step on another machine.

    On a GPU it is the longer of the arithmetic and the launches of all operators. On a processor it is the step
    measured here times the ratio of peaks: of all cores for the parallel share, of one core for the rest.

    Args:
        footprint: work of a task.
        batch_size: tasks in a batch.
        spec: the other machine.
        local: this machine, with its peak.
        measured: seconds of a step of as many tasks here; None: not measured.
    """
    flops = footprint.flops * batch_size
    if spec.utilisation is not None:
        return max(flops / (spec.gflops * 1e9 * spec.utilisation), footprint.calls * spec.call_seconds)
    if measured is None or local.gpu_memory_gib is not None:  # the step of a GPU tells nothing of a processor
        measured = flops / (local.gflops * 1e9 * DEFAULT_UTILISATION)
    by_core = local.gflops / local.vcpus / (spec.gflops / spec.cores)  # slowdown of one core
    by_machine = local.gflops / spec.gflops
    return measured * (PARALLEL_SHARE * by_machine + (1 - PARALLEL_SHARE) * by_core)
