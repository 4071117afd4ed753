"""Compiled training: whole graphs, no recompilation after warm-up, and weights that need no compiler.

The capture and the guards of graphs do not depend on the backend. So these tests use the fast `eager` backend, which
generates no code; `make soak` uses the default one.
"""

from itertools import islice

import pytest
import torch
from torch._dynamo.utils import counters

from neural_guide.training.datamodule import TaskDataModule
from neural_guide.training.module import GuideModule
from neural_guide.training.settings import TrainingSettings


@pytest.fixture
def data(dataset) -> TaskDataModule:
    settings = TrainingSettings().data
    settings.path, settings.quality_threshold, settings.batch_size = str(dataset), 0.0, 5
    module = TaskDataModule(settings, seed=0)
    module.setup()
    return module


def build(data) -> GuideModule:
    torch.manual_seed(0)
    settings = TrainingSettings()
    settings.network.width, settings.network.row_width, settings.network.grid_channels = 16, 8, 4
    return GuideModule.build(data.vocabulary.names, data.feature_shape, settings.network, settings.optimizer)


def train(module, batches) -> set[tuple[int, ...]]:
    """Train on batches; return their shapes."""
    optimizer = torch.optim.AdamW(module.network.parameters(), lr=1e-3)
    shapes = set()
    torch.manual_seed(1)  # of dropout
    for batch in batches:
        shapes.add(tuple(batch.inputs.shape))
        module.compute_losses(batch).total.backward()
        optimizer.step()
        optimizer.zero_grad()
    return shapes


def test_no_graph_break_and_no_recompilation_after_warm_up(data):
    """The batches have frames of several sizes, tasks of several numbers of pairs, and a smaller one at the end."""
    torch._dynamo.reset()
    counters.clear()
    module = build(data)
    module.network.compile(backend="eager")
    loader = data.make_loader("train", shuffle=True)
    batches = list(loader)
    assert len(batches[-1].labels) not in (1, 5)
    warm_up = [*batches[:20], batches[-1]]
    assert len(train(module, warm_up)) > 2
    compiled = counters["stats"]["unique_graphs"]
    assert compiled > 0
    train(module, [*islice(loader, 30), batches[-1]])
    assert counters["stats"]["unique_graphs"] == compiled
    assert not counters["graph_break"]


def test_weights_of_compiled_training_load_uncompiled(data):
    torch._dynamo.reset()
    module, plain = build(data), build(data)
    names = set(module.state_dict())
    module.network.compile(backend="eager")
    batches = list(islice(data.make_loader("train", shuffle=True), 4))
    train(module, batches)
    train(plain, batches)
    assert set(module.state_dict()) == names
    fresh = build(data)
    fresh.load_state_dict(module.state_dict())
    losses = [float(trained.eval().compute_losses(batches[0]).total.detach()) for trained in (fresh, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
