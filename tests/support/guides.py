"""Guides of random weights, for tests to which it does not matter what a guide says: training takes long."""

import numpy as np
import torch

from neural_guide.data.store.feature_cache import find_feature_shape
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.guide import Guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.settings import NetworkSettings


def build_untrained_guide(vocabulary: Vocabulary, *, has_features: bool = True, has_steps: bool = True) -> Guide:
    """Build a small guide to a vocabulary; without features where its primitives cannot be executed."""
    torch.manual_seed(0)
    size = len(vocabulary)
    settings = NetworkSettings(
        width=16, row_width=8, row_layers=0, steps=has_steps, grids=not has_features, grid_channels=4
    )
    network = GuideNetwork(size, find_feature_shape(vocabulary) if has_features else None, settings).eval()
    baselines = Baselines(np.full(size, 0.2, np.float32), np.zeros((1, size), np.float32), np.zeros(size, np.float32))
    return Guide.from_network(network, vocabulary, settings, baselines)
