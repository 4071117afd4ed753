"""A trained guide: from a checkpoint to the probability of every primitive for a task."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor

from neural_guide.arc.grid import MAX_SIDE, PAD, Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary
from neural_guide.errors import UserError
from neural_guide.features.executed import FEATURES, compute_executed_features
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.checkpoint_io import read_checkpoint
from neural_guide.guide.compiled_inference import Weights, weights_of
from neural_guide.guide.network import GuideNetwork, Logits
from neural_guide.guide.settings import NetworkSettings
from neural_guide.runtime.atomic_files import replace_file

FORMAT = "neural_guide/2"
MOST_PAIRS = 5


@dataclass(frozen=True)
class Guide:
    """A network with the names of what it predicts.

    Args:
        network: in evaluation mode.
        vocabulary: names of its outputs, in order.
        config: sizes of the network.
        baselines: fitted on the split that the network was trained on.
    """

    network: GuideNetwork
    vocabulary: Vocabulary
    config: NetworkSettings
    baselines: Baselines

    @cached_property
    def weights(self) -> Weights:
        """Of the executed features' branch, for `ask`."""
        assert self.network.features is not None, "this guide was trained without executed features"
        return weights_of(self.network.features)

    def probabilities(self, task: Task) -> npt.NDArray[np.float32]:
        """Calibrated probability of each primitive being part of the task's program, float32 [vocabulary]."""
        with torch.inference_mode():
            calibrated: npt.NDArray[np.float32] = self.network.probabilities(self.logits(task).program)[0].numpy()
        return calibrated

    def logits(self, task: Task, features: Tensor | None = None) -> Logits:
        """What the network answers about a task, a batch of one.

        Args:
            task: its first five pairs are looked at.
            features: uint8 [1, pair, row, feature], where they were computed already.
        """
        logits: Logits = self.network(*self.tensors(task, features))
        return logits

    def tensors(self, task: Task, features: Tensor | None = None) -> tuple[Tensor, ...]:
        """A task as the network takes it, a batch of one: inputs, outputs, pair mask, and features where it has any.

        Args:
            task: its first five pairs are looked at.
            features: uint8 [1, pair, row, feature], where they were computed already.
        """
        pairs = task.pairs[:MOST_PAIRS]
        inputs = torch.stack([_canvas(pair.input) for pair in pairs])[None]
        outputs = torch.stack([_canvas(pair.output) for pair in pairs])[None]
        shown = (inputs, outputs, torch.ones(1, len(pairs), dtype=torch.bool))
        if self.network.feature_shape is None:
            return shown
        if features is None:
            functions = [PRIMITIVES[name] for name in self.vocabulary.names]
            rows = [compute_executed_features(pair.input, pair.output, functions) for pair in pairs]
            features = torch.from_numpy(np.stack(rows))[None]
        return (*shown, features)

    def save(self, path: Path) -> None:
        """Write `guide.safetensors`: tensors, and vocabulary and settings in the header; whole or not at all."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"baselines.{name}": tensor for name, tensor in vars(self.baselines).items()}
        header = {
            "format": FORMAT,
            "vocabulary": json.dumps(self.vocabulary.names),
            "network": json.dumps(asdict(self.config)),
            "feature_shape": json.dumps(self.network.feature_shape),
            "features": json.dumps(FEATURES if self.network.feature_shape else []),
        }
        content = serialize({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, header)
        with replace_file(path) as temporary:
            temporary.write_bytes(content)

    def order_in(self, vocabulary: Vocabulary, path: str) -> list[int | None]:
        """Where each of the guide's primitives stands in a dataset's vocabulary; None where it is not used.

        Raises:
            UserError: with both lists, where the names do not agree. Their order may differ.
        """
        ours, theirs = set(self.vocabulary.names), set(vocabulary.names)
        executes = self.network.feature_shape is not None  # then every primitive is run, used or not
        if theirs - ours or (executes and ours - theirs):
            raise UserError(
                f"{path}: its primitives are not the guide's. Only in the data: {_listed(theirs - ours)}. Only in "
                f"the guide: {_listed(ours - theirs)}. The guide predicts: {', '.join(self.vocabulary.names)}. The "
                f"data uses: {', '.join(vocabulary.names)}. Evaluate on data of the same vocabulary, or train a "
                f"guide on this one: python -m neural_guide.train data.path={path}"
            )
        positions = {name: position for position, name in enumerate(vocabulary.names)}
        return [positions.get(name) for name in self.vocabulary.names]


def guide_path(checkpoint: str | None) -> Path:
    """The file of a guide. Raises UserError where none was named or it is not there."""
    if checkpoint is None:
        raise UserError("No guide was named. Add checkpoint=outputs/latest, or the path of a .ckpt or .safetensors.")
    path = Path(checkpoint)
    if path.is_dir():
        path = path / "guide.safetensors"
    if not path.is_file():
        raise UserError(f"{path}: there is no such file. Train a guide first: python -m neural_guide.train")
    return path


def load_guide(checkpoint: str | None) -> Guide:
    """A guide from a `guide.safetensors`, a `.ckpt` of training, or a run folder.

    Raises:
        UserError: where there is no such file or it is damaged or foreign.
    """
    path = guide_path(checkpoint)
    try:
        header, tensors = _read_ckpt(path) if path.suffix == ".ckpt" else _read_safetensors(path)
        return _build(header, tensors)
    except (SafetensorError, RuntimeError, KeyError, ValueError, TypeError, EOFError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: this is no guide of ours, or it is damaged ({type(error).__name__}: {reason}). "
            "Name a guide.safetensors or a .ckpt that training wrote."
        ) from error


def _read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with safe_open(path, framework="pt") as opened:
        header = opened.metadata() or {}
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    if header.get("format") != FORMAT:
        raise ValueError(f"format is {header.get('format')}, {FORMAT} is expected")
    return {name: json.loads(text) for name, text in header.items() if name != "format"}, tensors


def _read_ckpt(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    read = read_checkpoint(path)
    header = dict(read["hyper_parameters"])
    header["features"] = FEATURES if header["feature_shape"] else []
    tensors = {name: value for name, value in read["state_dict"].items() if name.startswith("network.")}
    return header, tensors | {f"baselines.{name}": value for name, value in read["baselines"].items()}


def _build(header: dict[str, Any], tensors: dict[str, Tensor]) -> Guide:
    vocabulary = Vocabulary(tuple(header["vocabulary"]))
    shape, config = header["feature_shape"], NetworkSettings(**header["network"])
    if shape is not None and list(header["features"]) != list(FEATURES):
        raise ValueError(f"it was trained on executed features {header['features']}, we compute {list(FEATURES)}")
    network = GuideNetwork(len(vocabulary), None if shape is None else (shape[0], shape[1]), config)
    parts = {
        part: {name.partition(".")[2]: value for name, value in tensors.items() if name.startswith(f"{part}.")}
        for part in ("network", "baselines")
    }
    network.load_state_dict(parts["network"])
    network.eval()
    return Guide(network, vocabulary, config, Baselines(**parts["baselines"]))


def _canvas(grid: Grid) -> Tensor:
    canvas = np.full((MAX_SIDE, MAX_SIDE), PAD, dtype=np.uint8)
    canvas[: grid.shape[0], : grid.shape[1]] = grid
    return torch.from_numpy(canvas)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
