"""A process that searches uses one core: there are as many of them as cores."""

import scipy.linalg.cython_blas  # noqa: F401  # what compiled questions call; loaded here, so that it can be bound
import torch
from threadpoolctl import threadpool_limits


def use_one_core() -> None:
    """Bound the threads of torch and of every BLAS in this process."""
    torch.set_num_threads(1)
    threadpool_limits(1)
