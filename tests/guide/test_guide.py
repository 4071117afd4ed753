"""A guide that was saved and loaded is the same in all its parts."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from neural_guide.arc.collections import load_tasks
from neural_guide.dsl.vocabulary import V2, Vocabulary
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.guide import load_guide
from support.guides import build_untrained_guide


@pytest.mark.parametrize("has_features", [True, False])
def test_a_saved_guide_is_the_same(tmp_path, has_features):
    vocabulary = V2 if has_features else Vocabulary(("turn", "flip"))
    size, rng = len(vocabulary), np.random.default_rng(0)
    baselines = Baselines(*(rng.random(shape, np.float32) for shape in (size, (3, size), size)))
    guide = replace(build_untrained_guide(vocabulary, has_features=has_features), baselines=baselines)
    guide.save(tmp_path / "guide.safetensors")
    loaded = load_guide(str(tmp_path))
    assert loaded.vocabulary.names == guide.vocabulary.names
    assert loaded.settings == guide.settings
    for field in fields(Baselines):
        assert np.array_equal(getattr(loaded.baselines, field.name), getattr(guide.baselines, field.name)), field.name
    tensors = guide.tensors(load_tasks("arc1-training")[0].task)
    with torch.no_grad():
        for one, other in zip(guide.network(*tensors), loaded.network(*tensors), strict=True):
            assert one is other is None or torch.equal(one, other)
