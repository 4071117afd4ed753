"""A trained guide: loaded from a file, it predicts the probability of every primitive for a task."""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from torch import Tensor

from neural_guide.app.quoting import format_override
from neural_guide.arc.grid import MAX_SIDE, PAD, Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import WIDE, Vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.compiled_inference import BranchWeights, extract_weights
from neural_guide.guide.guide_file import GuideFile, find_guide_file, read_guide_file, write_guide_file
from neural_guide.guide.network import GuideNetwork, Logits
from neural_guide.guide.settings import NetworkSettings
from neural_guide.search.evidence import compute_pair_features, has_features, list_feature_columns

MAX_PAIRS = 5


def load_guide(checkpoint: str | None) -> "Guide":
    """Load a guide from a `guide.safetensors`, a `.ckpt` of training, or a run folder.

    Raises:
        UserError: where there is no such file or it is damaged or foreign.
    """
    path = find_guide_file(checkpoint)
    try:
        return _build_guide(read_guide_file(path))
    except (SafetensorError, RuntimeError, KeyError, ValueError, TypeError, EOFError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: this is no guide of ours, or it is damaged ({type(error).__name__}: {reason}). "
            "Name a guide.safetensors or a .ckpt that training wrote."
        ) from error


@dataclass(frozen=True)
class Guide:
    """A network with the names of the primitives, or of all words of the language, that it predicts.

    Args:
        network: network in evaluation mode.
        vocabulary: names of its outputs, in order.
        settings: sizes of the network.
        baselines: baselines fitted on the split that the network was trained on.
    """

    network: GuideNetwork
    vocabulary: Vocabulary
    settings: NetworkSettings
    baselines: Baselines

    @cached_property
    def programs(self) -> Vocabulary:
        """The primitives that a search makes programs of: all of `wide` for a guide of words, else the vocabulary."""
        return WIDE if self.predicts_words else self.vocabulary

    @cached_property
    def predicts_words(self) -> bool:
        """True if it predicts words of the language beside primitives."""
        return has_features(self.vocabulary) and not is_executable(self.vocabulary)

    def probabilities(self, task: Task) -> npt.NDArray[np.float32]:
        """Calibrated probability of each primitive being part of the task's program, float32 [vocabulary]."""
        with torch.inference_mode():
            calibrated: npt.NDArray[np.float32] = self.network.probabilities(self.logits(task).program)[0].numpy()
        return calibrated

    def logits(self, task: Task, features: Tensor | None = None) -> Logits:
        """Logits of a task, a batch of one; arguments as in `tensors`."""
        logits: Logits = self.network(*self.tensors(task, features))
        return logits

    def tensors(self, task: Task, features: Tensor | None = None) -> tuple[Tensor, ...]:
        """A task as the network takes it, a batch of one: inputs, outputs, pair mask, and features if it takes any.

        Args:
            task: task whose first five pairs are used.
            features: uint8 [1, pair, row, feature]; None: computed here.
        """
        pairs = task.pairs[:MAX_PAIRS]
        side = max(MAX_SIDE, *(max(grid.shape) for pair in pairs for grid in (pair.input, pair.output)))
        inputs = torch.stack([_place_on_canvas(pair.input, side) for pair in pairs])[None]
        outputs = torch.stack([_place_on_canvas(pair.output, side) for pair in pairs])[None]
        grids = (inputs, outputs, torch.ones(1, len(pairs), dtype=torch.bool))
        if self.network.feature_shape is None:
            return grids
        if features is None:
            rows = [compute_pair_features(self.vocabulary, pair.input, pair.output) for pair in pairs]
            features = torch.from_numpy(np.stack(rows))[None]
        return (*grids, features)

    @cached_property
    def weights(self) -> BranchWeights:
        """Weights of the feature branch, for `infer`."""
        assert self.network.features is not None, "this guide was trained without executed features"
        return extract_weights(self.network.features)

    def save(self, path: Path) -> None:
        """Write `guide.safetensors` atomically: tensors, and vocabulary and settings in the header."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"baselines.{name}": tensor for name, tensor in vars(self.baselines).items()}
        header = {
            "vocabulary": self.vocabulary.names,
            "network": asdict(self.settings),
            "feature_shape": self.network.feature_shape,
            "features": list_feature_columns(self.vocabulary) if self.network.feature_shape else [],
        }
        write_guide_file(path, header, tensors)

    def match_vocabulary(self, vocabulary: Vocabulary, path: str) -> list[int | None]:
        """Position of each of the guide's primitives in a dataset's vocabulary; None for a primitive it lacks.

        Args:
            vocabulary: vocabulary of the dataset, in any order.
            path: path of the dataset, for the message.

        Raises:
            UserError: with both lists, where the names do not agree.
        """
        ours, theirs = set(self.vocabulary.names), set(vocabulary.names)
        executes = self.network.feature_shape is not None  # then every primitive is run, used or not
        if theirs - ours or (executes and ours - theirs):
            raise UserError(
                f"{path}: its primitives are not the guide's. Only in the data: {_join_names(theirs - ours)}. Only in "
                f"the guide: {_join_names(ours - theirs)}. The guide predicts: {', '.join(self.vocabulary.names)}. The "
                f"data uses: {', '.join(vocabulary.names)}. Evaluate on data of the same vocabulary, or train a "
                f"guide on this one: python -m neural_guide.train {format_override('data.path', path)}"
            )
        positions = {name: position for position, name in enumerate(vocabulary.names)}
        return [positions.get(name) for name in self.vocabulary.names]


def _build_guide(file: GuideFile) -> Guide:
    header = file.header
    vocabulary = Vocabulary(tuple(header["vocabulary"]))
    shape, settings = header["feature_shape"], NetworkSettings(**header["network"])
    columns = list(list_feature_columns(vocabulary))
    if shape is not None and list(header["features"]) != columns:
        raise ValueError(f"it was trained on features {header['features']}, we compute {columns}")
    network = GuideNetwork(len(vocabulary), None if shape is None else (shape[0], shape[1]), settings)
    parts = {
        part: {name.partition(".")[2]: tensor for name, tensor in file.tensors.items() if name.startswith(f"{part}.")}
        for part in ("network", "baselines")
    }
    network.load_state_dict(parts["network"])
    network.eval()
    return Guide(network, vocabulary, settings, Baselines(**parts["baselines"]))


def _place_on_canvas(grid: Grid, side: int) -> Tensor:
    """The grid in the upper left corner of a canvas, uint8 [side, side]."""
    canvas = np.full((side, side), PAD, dtype=np.uint8)
    canvas[: grid.shape[0], : grid.shape[1]] = grid
    return torch.from_numpy(canvas)


def _join_names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
