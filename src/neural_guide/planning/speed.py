"""How fast a processor multiplies matrices here, and how long a step takes on another machine."""

import time

import torch

from neural_guide.planning.machines import Spec
from neural_guide.training.memory_footprint import Footprint

SIDE = 1024  # of the matrices: large enough for the peak, small enough for 20 ms a product
REPEATS = 5
THREADS_SHARE = 0.6  # of a step's arithmetic that more threads share; the rest waits for one
DEFAULT_UTILISATION = 0.1  # where nothing was measured here


def measured_gflops() -> float:
    """The peak of this process's threads in fp32, in the best of a few products; about 0.1 s.

    Processor time counts, of all threads: other work on the cores would halve a peak by the clock.
    """
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    best = float("inf")
    for _ in range(REPEATS):
        before = time.process_time()
        left @ right
        best = min(best, time.process_time() - before)
    return 2 * SIDE**3 * torch.get_num_threads() / best / 1e9


def utilisation(print_of: Footprint, batch_size: int, step_seconds: float, gflops: float) -> float:
    """Share of the peak that a step reaches."""
    return print_of.flops * batch_size / step_seconds / (gflops * 1e9)


def step_seconds(print_of: Footprint, batch_size: int, spec: Spec, here: Spec, measured: float | None) -> float:
    """Seconds of a step on another machine; an estimate.

    On a GPU the longer of two: the arithmetic, and launching every operator. On a processor the step measured here, by
    the ratio of peaks: in full for the share that threads share, by core for the rest.

    Args:
        print_of: work of a task.
        batch_size: tasks.
        spec: the other machine.
        here: this one, with its peak.
        measured: seconds of a step of as many tasks here; None: not measured.
    """
    flops = print_of.flops * batch_size
    if spec.utilisation is not None:
        return max(flops / (spec.gflops * 1e9 * spec.utilisation), print_of.calls * spec.call_seconds)
    if measured is None or here.gpu_memory_gib is not None:  # the step of a GPU tells nothing of a processor
        measured = flops / (here.gflops * 1e9 * DEFAULT_UTILISATION)
    alone = here.gflops / here.vcpus / (spec.gflops / spec.cores)  # how much slower one core of the other is
    shared = here.gflops / spec.gflops
    return measured * (THREADS_SHARE * shared + (1 - THREADS_SHARE) * alone)
