"""Export of a guide to ONNX, for runtimes that are smaller and faster than torch. Needs the extra `onnx`."""

import contextlib
import io
import json
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from neural_guide.arc.task import Task
from neural_guide.errors import UserError
from neural_guide.guide.guide import Guide
from neural_guide.guide.guide_file import FORMAT
from neural_guide.guide.network import GuideNetwork
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.search.evidence import list_feature_columns

INPUT_NAMES = ("inputs", "outputs", "pair_mask", "features")
OUTPUT_NAMES = ("program", "following", "needed", "second")  # in the file; the last three as in `Logits`
TOLERANCE = 1e-5  # largest difference between probabilities of torch and of the file
REPEATS = 20  # timed calls

Arrays = list[npt.NDArray[Any]]
NetworkFunction = Callable[[Sequence[Tensor]], Arrays]


class OnnxComparison(NamedTuple):
    """The file compared with torch, on one core.

    Attributes:
        difference: largest difference between two probabilities.
        torch_ms: milliseconds a task, median, without features.
        onnx_ms: milliseconds a task, median, without features.
    """

    difference: float
    torch_ms: float
    onnx_ms: float


class _ProbabilityNetwork(nn.Module):
    """The network with probabilities as its output, so that readers of the file need no calibration."""

    def __init__(self, network: GuideNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        logits = self.network(*tensors)
        program = self.network.probabilities(logits.program)
        if logits.next_primitive is None or logits.remaining is None or logits.transition is None:
            return (program,)
        return program, logits.next_primitive.softmax(1), logits.remaining.sigmoid(), logits.transition.softmax(2)


def write_onnx(guide: Guide, path: Path, tasks: Sequence[Task]) -> OnnxComparison:
    """Write a guide as ONNX atomically, only if its predictions agree with the guide's own.

    Its inputs are `INPUT_NAMES`, shaped as `GuideNetwork.forward` takes them, of any batch size, number of pairs and
    canvas. Its outputs are `OUTPUT_NAMES`. The first is the calibrated probability of each primitive to be in the
    program. The others are probabilities of the next step, of being needed from this state on, and of the step after
    each next one. A guide without executed features has neither `features` nor the last three. The file's metadata
    holds vocabulary, features and format.

    Args:
        guide: guide to write.
        path: path of the file.
        tasks: tasks on which both are compared, at least one.

    Raises:
        UserError: the extra is not installed, or a probability differs by more than `TOLERANCE`.
    """
    network = _ProbabilityNetwork(guide.network)
    examples = [guide.tensors(task) for task in tasks]
    with replace_file(path) as temporary:
        _export(network, examples[0], _build_metadata(guide), temporary)
        comparison = _compare(network, temporary, examples)
        if comparison.difference > TOLERANCE:
            raise UserError(
                f"{path}: its answers differ from the guide's by up to {comparison.difference:.1e}, more than "
                f"{TOLERANCE:.0e}. It is not kept. Install the versions of onnx, onnxscript and onnxruntime that "
                "pyproject.toml names."
            )
    return comparison


def _export(network: nn.Module, tensors: Sequence[Tensor], metadata: dict[str, str], path: Path) -> None:
    any_size = torch.export.Dim.AUTO
    shapes = [dict.fromkeys(range(tensor.dim()), any_size) for tensor in tensors[:2]]
    shapes += [dict.fromkeys((0, 1), any_size) for _ in tensors[2:]]
    example = tuple(torch.cat([tensor, tensor]) for tensor in tensors)  # a size of 1 would be taken as constant
    with _require_extra(), _silence_exporter():
        program = torch.onnx.export(
            network,
            example,
            input_names=INPUT_NAMES[: len(tensors)],
            output_names=OUTPUT_NAMES if len(tensors) == len(INPUT_NAMES) else OUTPUT_NAMES[:1],
            dynamic_shapes=(tuple(shapes),),
            dynamo=True,
            verbose=False,
        )
        assert program is not None
        program.model.metadata_props.update(metadata)
        program.save(str(path))


def _compare(network: nn.Module, path: Path, examples: Sequence[Sequence[Tensor]]) -> OnnxComparison:
    run_onnx = open_onnx(path)

    def run_torch(tensors: Sequence[Tensor]) -> Arrays:
        return [output.numpy() for output in network(*tensors)]

    with torch.inference_mode():
        pairs = [zip(run_torch(example), run_onnx(example), strict=True) for example in examples]
        difference = max(float(np.abs(expected - actual).max()) for pair in pairs for expected, actual in pair)
        torch_ms = measure_milliseconds(partial(run_torch, examples[0]), REPEATS)
        onnx_ms = measure_milliseconds(partial(run_onnx, examples[0]), REPEATS)
    return OnnxComparison(difference, torch_ms=torch_ms, onnx_ms=onnx_ms)


def open_onnx(path: Path) -> NetworkFunction:
    """Load the file as a function of the network's tensors, on one core. Raises UserError without the extra."""
    with _require_extra():
        import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])

    def run(tensors: Sequence[Tensor]) -> Arrays:
        arrays = {name: tensor.numpy() for name, tensor in zip(INPUT_NAMES, tensors, strict=False)}
        outputs: Arrays = session.run(None, arrays)
        return outputs

    return run


def measure_milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Measure the median CPU time of a call; the first call is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)


def _build_metadata(guide: Guide) -> dict[str, str]:
    executes = guide.feature_shape is not None
    columns = list(list_feature_columns(guide.vocabulary)) if executes else []
    names = {"vocabulary": list(guide.vocabulary.names), "features": columns}
    return {"format": FORMAT} | {key: json.dumps(value) for key, value in names.items()}


@contextlib.contextmanager
def _require_extra() -> Iterator[None]:
    """Turn a failed import into one line that names the missing extra."""
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"{error.name or 'onnx'} is not installed; an ONNX file is made with the extra `onnx`. "
            "Install it: pip install 'neural-guide[onnx]', or -e '.[onnx]' in a checkout."
        ) from None


@contextlib.contextmanager
def _silence_exporter() -> Iterator[None]:
    """Suppress log lines, warnings and output of the exporter."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
