"""The files of a guide: `guide.safetensors`, and the `.ckpt` of training that holds one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save as serialize

from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.errors import UserError
from neural_guide.runtime.atomic_files import replace_file
from neural_guide.runtime.foreign_files import explain_pointer_file
from neural_guide.search.evidence import list_feature_columns

FORMAT = "neural_guide/2"
OLD_PARAMETERS = {
    "pair_names": "pair_embedding",
    "row_names": "primitive_embedding",
    "answers": "output_head",
    "before": "query",
    "behind": "key",
    "second_bias": "transition_bias",
}
"""Parameters of `FeatureBranch` in older versions, with their current names."""

Array = npt.NDArray[np.float32]
AnyTensor = TypeVar("AnyTensor")


class GuideFile(NamedTuple):
    """The content of a guide's file.

    Attributes:
        header: `vocabulary`, `network` (its settings), `feature_shape` and `features`, as plain values.
        tensors: float32 arrays by name, `network.` or `baselines.` before the name.
    """

    header: dict[str, Any]
    tensors: dict[str, Array]


def find_guide_file(checkpoint: str | None) -> Path:
    """Find the file of a guide. Raises UserError where none was named or it is not there.

    Args:
        checkpoint: path of a `.ckpt`, a `.safetensors` or the folder of a run.
    """
    if checkpoint is None:
        raise UserError("No guide was named. Add checkpoint=outputs/latest, or the path of a .ckpt or .safetensors.")
    path = Path(checkpoint)
    if path.is_dir():
        path = path / "guide.safetensors"
    if not path.is_file():
        raise UserError(f"{path}: there is no such file. Train a guide first: python -m neural_guide.train")
    if pointer := explain_pointer_file(path):
        raise UserError(f"{path} is {pointer}")
    return path


def read_guide_file(path: Path) -> GuideFile:
    """Read a `guide.safetensors` or a `.ckpt`, its parameters under their current names.

    Raises:
        ValueError: the file has another format, or is a damaged checkpoint.
        SafetensorError: the file is damaged.
    """
    return _read_checkpoint(path) if path.suffix == ".ckpt" else _read_safetensors(path)


def write_guide_file(path: Path, header: Mapping[str, Any], tensors: Mapping[str, Array]) -> None:
    """Write a `guide.safetensors` atomically; header and tensors as in `GuideFile`."""
    texts = {"format": FORMAT} | {name: json.dumps(value) for name, value in header.items()}
    content = serialize({name: np.ascontiguousarray(array) for name, array in tensors.items()}, texts)
    with replace_file(path) as temporary:
        temporary.write_bytes(content)


def rename_old_parameters(tensors: Mapping[str, AnyTensor]) -> dict[str, AnyTensor]:
    """Give the parameters of a file of an older version their current names; the order stays.

    Args:
        tensors: tensors by name, `network.features.` before those of the feature branch.
    """
    prefix = "network.features."

    def rename(name: str) -> str:
        if not name.startswith(prefix):
            return name
        parameter, dot, rest = name.removeprefix(prefix).partition(".")
        return f"{prefix}{OLD_PARAMETERS.get(parameter, parameter)}{dot}{rest}"

    return {rename(name): tensor for name, tensor in tensors.items()}


def _read_safetensors(path: Path) -> GuideFile:
    with safe_open(path, framework="np") as file:
        header = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    if header.get("format") != FORMAT:
        raise ValueError(f"format is {header.get('format')}, {FORMAT} is expected")
    values = {name: json.loads(text) for name, text in header.items() if name != "format"}
    return GuideFile(values, rename_old_parameters(tensors))


def _read_checkpoint(path: Path) -> GuideFile:
    from neural_guide.guide.checkpoint_files import read_checkpoint  # imported late: it needs torch

    content = read_checkpoint(path)
    header = dict(content["hyper_parameters"])
    columns = list_feature_columns(Vocabulary(tuple(header["vocabulary"])))
    header["features"] = columns if header["feature_shape"] else []
    tensors = {name: tensor for name, tensor in content["state_dict"].items() if name.startswith("network.")}
    tensors |= {f"baselines.{name}": value for name, value in content["baselines"].items()}
    return GuideFile(header, {name: tensor.float().numpy() for name, tensor in tensors.items()})
