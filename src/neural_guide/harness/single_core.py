"""A process that searches uses one core: there are as many of them as cores."""

import torch
from threadpoolctl import threadpool_limits


def use_one_core() -> None:
    """Bound the threads of torch and of every BLAS in this process."""
    import scipy.linalg.cython_blas  # noqa: F401  # that compiled questions call; whoever starts searches need not wait

    torch.set_num_threads(1)
    threadpool_limits(1)
