"""What forked commands would each do again: load compiled kernels, and import what drawing and fitting need.

Imported by the process that they are forked off. Nothing here may start a thread: forks would wait for it forever.
"""

import boto3
import matplotlib.backends.backend_agg
import s3fs
import sklearn.linear_model
import tensorboard.plugins.hparams.summary_v2
import torch.utils.tensorboard

from neural_guide.dsl import kernels
from neural_guide.features import grid_comparison

kernels.compile_kernels()
grid_comparison.compile_kernels()

__all__ = ["boto3", "matplotlib", "s3fs", "sklearn", "tensorboard", "torch"]
