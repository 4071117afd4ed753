"""A trained guide: loaded from a file, it predicts the probability of every primitive or word for a task.

Loading a guide and asking one that reads executed features takes no PyTorch: a process of a search starts two seconds
sooner and takes 200 MiB less. The network itself is built where it is trained further, evaluated or exported.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from neural_guide.app.quoting import format_override
from neural_guide.arc.grid import MAX_SIDE, PAD, Grid
from neural_guide.arc.task import Task
from neural_guide.dsl.vocabulary import WIDE, Vocabulary, is_executable
from neural_guide.errors import UserError
from neural_guide.guide.baselines import Baselines
from neural_guide.guide.compiled_inference import infer_program
from neural_guide.guide.guide_file import Array, GuideFile, find_guide_file, read_guide_file, write_guide_file
from neural_guide.guide.network_weights import (
    BranchWeights,
    HeadWeights,
    StepWeights,
    extract_branch,
    extract_head,
    extract_steps,
)
from neural_guide.guide.settings import NetworkSettings
from neural_guide.search.evidence import compute_pair_features, has_features, list_feature_columns

if TYPE_CHECKING:
    from torch import Tensor

    from neural_guide.guide.network import GuideNetwork, Logits

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
        vocabulary: names of its outputs, in order.
        settings: sizes of the network.
        feature_shape: rows and features of the executed features of a pair; None: it reads grids alone.
        parameters: parameters of the network, float32 arrays by their names in its state dict.
        baselines: baselines fitted on the split that the network was trained on.
    """

    vocabulary: Vocabulary
    settings: NetworkSettings
    feature_shape: tuple[int, int] | None
    parameters: Mapping[str, Array]
    baselines: Baselines

    @classmethod
    def from_network(
        cls, network: "GuideNetwork", vocabulary: Vocabulary, settings: NetworkSettings, baselines: Baselines
    ) -> "Guide":
        """Make a guide of a copy of a trained network; arguments as above."""
        parameters = {name: tensor.float().cpu().numpy().copy() for name, tensor in network.state_dict().items()}
        return cls(vocabulary, settings, network.feature_shape, parameters, baselines)

    @cached_property
    def network(self) -> "GuideNetwork":
        """The network, in evaluation mode on the CPU. Raises UserError where the parameters are not those of one."""
        import torch  # imported late: see the top

        from neural_guide.guide.network import GuideNetwork

        network = GuideNetwork(len(self.vocabulary), self.feature_shape, self.settings)
        try:
            network.load_state_dict({name: torch.from_numpy(array) for name, array in self.parameters.items()})
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"The parameters of the guide do not fit its settings ({reason}). Load another one."
            ) from None
        return network.eval()

    @cached_property
    def programs(self) -> Vocabulary:
        """The primitives that a search makes programs of: all of `wide` for a guide of words, else the vocabulary."""
        return WIDE if self.predicts_words else self.vocabulary

    @cached_property
    def predicts_words(self) -> bool:
        """True if it predicts words of the language beside primitives."""
        return has_features(self.vocabulary) and not is_executable(self.vocabulary)

    @property
    def predicts_steps(self) -> bool:
        """True if it predicts the next steps from any state."""
        return self.feature_shape is not None and self.settings.steps

    @property
    def needs_torch(self) -> bool:
        """True if a search that follows it asks its network, since it reads grids and predicts no steps."""
        return self.head is None and not self.predicts_steps

    def probabilities(self, task: Task) -> npt.NDArray[np.float32]:
        """Calibrated probability of each primitive being part of the task's program, float32 [vocabulary]."""
        if self.head is not None:
            assert self.branch is not None
            return infer_program(self._compute_features(task), self.branch, self.head)
        import torch  # imported late: see the top

        with torch.inference_mode():
            calibrated: npt.NDArray[np.float32] = self.network.probabilities(self.logits(task).program)[0].numpy()
        return calibrated

    def logits(self, task: Task, features: "Tensor | None" = None) -> "Logits":
        """Logits of a task, a batch of one; arguments as in `tensors`."""
        logits: Logits = self.network(*self.tensors(task, features))
        return logits

    def tensors(self, task: Task, features: "Tensor | None" = None) -> "tuple[Tensor, ...]":
        """A task as the network takes it, a batch of one: inputs, outputs, pair mask, and features if it takes any.

        Args:
            task: task whose first five pairs are used.
            features: uint8 [1, pair, row, feature]; None: computed here.
        """
        import torch  # imported late: see the top

        pairs = task.pairs[:MAX_PAIRS]
        side = max(MAX_SIDE, *(max(grid.shape) for pair in pairs for grid in (pair.input, pair.output)))
        inputs, outputs = (
            torch.from_numpy(np.stack([_place_on_canvas(grid, side) for grid in grids]))[None]
            for grids in zip(*((pair.input, pair.output) for pair in pairs), strict=True)
        )
        grids = (inputs, outputs, torch.ones(1, len(pairs), dtype=torch.bool))
        if self.feature_shape is None:
            return grids
        return (*grids, torch.from_numpy(self._compute_features(task))[None] if features is None else features)

    def _compute_features(self, task: Task) -> npt.NDArray[np.uint8]:
        """Compute the features of the first five pairs, uint8 [pair, row, feature]."""
        pairs = task.pairs[:MAX_PAIRS]
        return np.stack([compute_pair_features(self.vocabulary, pair.input, pair.output) for pair in pairs])

    @cached_property
    def branch(self) -> BranchWeights | None:
        """Weights of the feature branch; None without executed features."""
        return extract_branch(self.parameters, self.feature_shape, self.settings) if self.feature_shape else None

    @cached_property
    def steps(self) -> StepWeights | None:
        """Weights of the next steps; None where it predicts none."""
        return extract_steps(self.parameters, len(self.vocabulary), self.settings) if self.predicts_steps else None

    @cached_property
    def head(self) -> HeadWeights | None:
        """Weights of the head where it reads executed features alone; None where it reads grids."""
        has_grids = self.feature_shape is None or self.settings.grids
        return None if has_grids else extract_head(self.parameters, len(self.vocabulary), self.settings)

    def save(self, path: Path) -> None:
        """Write `guide.safetensors` atomically: tensors, and vocabulary and settings in the header."""
        tensors = {f"network.{name}": array for name, array in self.parameters.items()}
        tensors |= {f"baselines.{name}": array for name, array in vars(self.baselines).items()}
        header = {
            "vocabulary": self.vocabulary.names,
            "network": asdict(self.settings),
            "feature_shape": self.feature_shape,
            "features": list_feature_columns(self.vocabulary) if self.feature_shape else [],
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
        executes = self.feature_shape is not None  # then every primitive is run, used or not
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
    parts = {
        part: {name.partition(".")[2]: array for name, array in file.tensors.items() if name.startswith(f"{part}.")}
        for part in ("network", "baselines")
    }
    baselines = Baselines(**parts["baselines"])
    guide = Guide(vocabulary, settings, None if shape is None else (shape[0], shape[1]), parts["network"], baselines)
    _ = guide.branch, guide.steps, guide.head, guide.needs_torch and guide.network  # a damaged file is refused now
    return guide


def _place_on_canvas(grid: Grid, side: int) -> Grid:
    """The grid in the upper left corner of a canvas, uint8 [side, side]."""
    canvas = np.full((side, side), PAD, dtype=np.uint8)
    canvas[: grid.shape[0], : grid.shape[1]] = grid
    return canvas


def _join_names(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
