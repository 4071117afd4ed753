"""Compiled training: whole graphs, none compiled anew after warm-up, and weights that need no compiler.

How graphs are captured and guarded does not depend on what makes code of them, so a backend is taken that makes none
and is quick; `make soak` compiles in earnest.
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
    config = TrainingSettings().data
    config.path, config.quality_threshold, config.batch_size = str(dataset), 0.0, 5
    opened = TaskDataModule(config, seed=0)
    opened.setup()
    return opened


def build(data) -> GuideModule:
    torch.manual_seed(0)
    config = TrainingSettings()
    config.network.width, config.network.row_width, config.network.grid_channels = 16, 8, 4
    return GuideModule.build(data.vocabulary.names, data.feature_shape, config.network, config.optimizer)


def train(module, batches) -> set[tuple[int, ...]]:
    """Steps over batches; their shapes."""
    optimizer = torch.optim.AdamW(module.network.parameters(), lr=1e-3)
    shapes = set()
    torch.manual_seed(1)  # of dropout
    for batch in batches:
        shapes.add(tuple(batch.inputs.shape))
        module.losses(batch).total.backward()
        optimizer.step()
        optimizer.zero_grad()
    return shapes


def test_no_graph_break_and_no_recompilation_after_warm_up(data):
    """Frames of several sizes, tasks of other numbers of pairs, a smaller batch at the end of an epoch."""
    torch._dynamo.reset()
    counters.clear()
    module = build(data)
    module.network.compile(backend="eager")
    loader = data.loader("train", shuffle=True)
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
    batches = list(islice(data.loader("train", shuffle=True), 4))
    train(module, batches)
    train(plain, batches)
    assert set(module.state_dict()) == names
    fresh = build(data)
    fresh.load_state_dict(module.state_dict())
    losses = [float(each.eval().losses(batches[0]).total.detach()) for each in (fresh, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
