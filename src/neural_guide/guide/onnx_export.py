"""A guide as an ONNX file: for runtimes that are smaller and quicker than torch. Needs the extra `onnx`."""

import contextlib
import io
import json
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from neural_guide.arc.task import Task
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES
from neural_guide.guide.guide import FORMAT, Guide
from neural_guide.guide.network import GuideNetwork
from neural_guide.runtime.atomic_files import replace_file

INPUTS = ("inputs", "outputs", "pair_mask", "features")
ANSWERS = ("program", "following", "needed", "second")
TOLERANCE = 1e-5  # between chances of torch and of the file
REPEATS = 20  # timed

Arrays = list[npt.NDArray[Any]]
Answering = Callable[[Sequence[Tensor]], Arrays]


class Compared(NamedTuple):
    """The file's answers beside torch's, on one core.

    Attributes:
        difference: largest between two chances.
        torch_ms: milliseconds a task, median, features not counted.
        onnx_ms: likewise.
    """

    difference: float
    torch_ms: float
    onnx_ms: float


class _Chances(nn.Module):
    """What a guide says as chances, so that whoever reads the file need not know of logits and calibration."""

    def __init__(self, network: GuideNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        logits = self.network(*tensors)
        program = self.network.probabilities(logits.program)
        if logits.following is None or logits.needed is None or logits.second is None:
            return (program,)
        return program, logits.following.softmax(1), logits.needed.sigmoid(), logits.second.softmax(2)


def write_onnx(guide: Guide, path: Path, tasks: Sequence[Task]) -> Compared:
    """Write a guide as ONNX and compare the file's answers with the guide's own; whole and equal, or not at all.

    Its inputs are `INPUTS`, shaped as `GuideNetwork.forward` takes them, of any batch size, number of pairs and
    canvas; its outputs `ANSWERS`: calibrated chances of each primitive to be in the program, then chances of the
    next step, of being needed from here, and of the step after each next one. A guide without executed features
    has neither `features` nor the last three. Vocabulary, features and format stand in the file's metadata.

    Args:
        guide: to write.
        path: the file.
        tasks: that both are asked about, at least one.

    Raises:
        UserError: the extra is not installed, or an answer differs by more than `TOLERANCE`.
    """
    network = _Chances(guide.network)
    asked = [guide.tensors(task) for task in tasks]
    with replace_file(path) as temporary:
        _export(network, asked[0], _about(guide), temporary)
        compared = _compare(network, temporary, asked)
        if compared.difference > TOLERANCE:
            raise UserError(
                f"{path}: its answers differ from the guide's by up to {compared.difference:.1e}, more than "
                f"{TOLERANCE:.0e}. It is not kept. Install the versions of onnx, onnxscript and onnxruntime that "
                "pyproject.toml names."
            )
    return compared


def _export(network: nn.Module, tensors: Sequence[Tensor], about: dict[str, str], path: Path) -> None:
    any_size = torch.export.Dim.AUTO
    shapes = [dict.fromkeys(range(each.dim()), any_size) for each in tensors[:2]]
    shapes += [dict.fromkeys((0, 1), any_size) for _ in tensors[2:]]
    example = tuple(torch.cat([each, each]) for each in tensors)  # a size of 1 would be taken for fixed
    with _needed(), _quiet():
        made = torch.onnx.export(
            network,
            example,
            input_names=INPUTS[: len(tensors)],
            output_names=ANSWERS if len(tensors) == len(INPUTS) else ANSWERS[:1],
            dynamic_shapes=(tuple(shapes),),
            dynamo=True,
            verbose=False,
        )
        assert made is not None
        made.model.metadata_props.update(about)
        made.save(str(path))


def _compare(network: nn.Module, path: Path, asked: Sequence[Sequence[Tensor]]) -> Compared:
    by_onnx = opened(path)

    def by_torch(tensors: Sequence[Tensor]) -> Arrays:
        return [answer.numpy() for answer in network(*tensors)]

    with torch.inference_mode():
        pairs = [zip(by_torch(each), by_onnx(each), strict=True) for each in asked]
        difference = max(float(np.abs(one - other).max()) for pair in pairs for one, other in pair)
        times = [milliseconds(partial(way, asked[0]), REPEATS) for way in (by_torch, by_onnx)]
    return Compared(difference, *times)


def opened(path: Path) -> Answering:
    """The file as a function of the tensors that the network takes, on one core. Raises UserError without the extra."""
    with _needed():
        import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def answers(tensors: Sequence[Tensor]) -> Arrays:
        fed = {name: tensor.numpy() for name, tensor in zip(INPUTS, tensors, strict=False)}
        found: Arrays = session.run(None, fed)
        return found

    return answers


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Median CPU time of some work; the first call is left out."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        times.append(1000 * (time.process_time() - begun))
    return statistics.median(times)


def _about(guide: Guide) -> dict[str, str]:
    executes = guide.network.feature_shape is not None
    names = {"vocabulary": list(guide.vocabulary.names), "features": list(FEATURES) if executes else []}
    return {"format": FORMAT} | {key: json.dumps(value) for key, value in names.items()}


@contextlib.contextmanager
def _needed() -> Any:
    """Say in one line which extra is missing."""
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"{error.name or 'onnx'} is not installed; an ONNX file is made with the extra `onnx`. "
            "Install it: pip install 'neural-guide[onnx]', or -e '.[onnx]' in a checkout."
        ) from None


@contextlib.contextmanager
def _quiet() -> Any:
    """Nothing of what the exporter tells while it works."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
