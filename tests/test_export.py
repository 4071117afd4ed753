"""A guide as an ONNX file: the same answers for tasks of any shape, from a runtime that is not torch."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import pad

from neural_guide.arc.collections import load_tasks
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.guide import Guide, load_guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.guide.onnx_export import INPUT_NAMES, OUTPUT_NAMES, write_onnx
from neural_guide.guide.settings import NetworkSettings
from support.commands import command

ort = pytest.importorskip("onnxruntime")


def session(path):
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def test_the_command_writes_a_file_that_answers_as_the_guide_does(run_folder, tmp_path):
    file = tmp_path / "guide.onnx"
    done = command("export", f"checkpoint={run_folder}", f"export.path={file}")
    assert done.returncode == 0, done.stderr
    assert "ms on one core" in done.stdout
    again = command("export", f"checkpoint={run_folder}", f"export.path={file}")
    assert again.returncode == 2
    assert "export.overwrite=true" in again.stderr
    guide, opened = load_guide(str(run_folder)), session(file)
    about = opened.get_modelmeta().custom_metadata_map
    assert json.loads(about["vocabulary"]) == list(guide.vocabulary.names)
    batches = [guide.tensors(arc.task) for arc in load_tasks("arc1-training")[30:34]]
    most = max(tensors[0].shape[1] for tensors in batches)
    padded = []  # tasks of several numbers of pairs in one batch
    for parts in zip(*batches, strict=True):
        missing = [(0, 0) * (part.dim() - 2) + (0, most - part.shape[1]) for part in parts]
        padded.append(torch.cat([pad(part, space) for part, space in zip(parts, missing, strict=True)]))
    (program,) = opened.run(["program"], {name: part.numpy() for name, part in zip(INPUT_NAMES, padded, strict=True)})
    for row, arc in zip(program, load_tasks("arc1-training")[30:34], strict=True):
        assert np.abs(row - guide.probabilities(arc.task)).max() < 1e-5
    assert [node.name for node in opened.get_outputs()] == list(OUTPUT_NAMES)


def test_a_guide_of_names_that_cannot_be_executed_has_one_answer(tmp_path):
    config = NetworkSettings(width=16, grid_channels=4)
    network = GuideNetwork(3, None, config).eval()
    guide = Guide.from_network(
        network, Vocabulary(("a", "b", "c")), config, Baselines(*(np.zeros((1, 3), np.float32),) * 3)
    )
    tasks = [arc.task for arc in load_tasks("arc1-training")[:3]]
    assert write_onnx(guide, tmp_path / "guide.onnx", tasks).difference < 1e-5
    opened = session(tmp_path / "guide.onnx")
    assert [node.name for node in opened.get_outputs()] == ["program"]
    assert [node.name for node in opened.get_inputs()] == list(INPUT_NAMES[:3])
