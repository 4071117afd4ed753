"""The network of the guide, in plain torch: pairs of grids in, logits of programs and of their steps out."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neural_guide.arc.grid import COLOURS, PAD
from neural_guide.guide.settings import HEADS, TRANSITION_WIDTH, NetworkSettings

ROW_DROPOUT = 0.1  # share of the attention's inputs dropped in training
SYMMETRIES = 8  # of the square: four rotations, each with its mirror image


class Logits(NamedTuple):
    """The output of the network; not calibrated, independent of pair order and of padding.

    Attributes:
        program: float [batch, vocabulary], of each primitive being part of the program.
        next_primitive: float [batch, vocabulary], over the next step from a state; its softmax is a distribution.
            None where primitives cannot be executed or `NetworkSettings.steps` is off.
        remaining: float [batch, vocabulary], of each primitive being used from that state on; None likewise.
        transition: float [batch, vocabulary, vocabulary], for each next step over the step after it, if there is
            one; None likewise.
    """

    program: Tensor
    next_primitive: Tensor | None
    remaining: Tensor | None
    transition: Tensor | None


class GuideNetwork(nn.Module):
    """Predict which primitives the hidden program of a task uses, and which comes next.

    Two branches read a task: one the executed features (features/executed.py), the other the grids themselves. The
    output of both is independent of the order of pairs and of the canvas around the grids. The next step is
    predicted from executed features alone, so that a search can query later states at little cost.

    Args:
        vocabulary_size: number of primitives, and so of logits.
        feature_shape: (rows, features) of executed features; None where primitives cannot be executed.
        settings: sizes of the network.
    """

    calibration_scale: Tensor
    calibration_shift: Tensor

    def __init__(self, vocabulary_size: int, feature_shape: tuple[int, int] | None, settings: NetworkSettings) -> None:
        super().__init__()
        self.feature_shape = feature_shape if settings.features else None
        width, row_width = settings.width, settings.row_summary or settings.row_width
        rows_width = vocabulary_size * row_width
        self.features = FeatureBranch(self.feature_shape, settings) if self.feature_shape else None
        # Hundreds of whole embeddings side by side would make a trunk of millions of weights.
        self.row_summary = nn.Linear(settings.row_width, row_width) if settings.row_summary else nn.Identity()
        with_grids = settings.grids or self.features is None
        self.grids = GridBranch(settings.grid_side, settings.grid_channels, width // 2) if with_grids else None
        head_width = (rows_width if self.features else 0) + (width if self.grids else 0)
        self.head = nn.Sequential(
            nn.LayerNorm(head_width),
            nn.Dropout(settings.dropout),
            nn.Linear(head_width, width),
            nn.GELU(),
            nn.Dropout(settings.dropout),
            nn.Linear(width, vocabulary_size),
        )
        self.register_buffer("calibration_scale", torch.ones(vocabulary_size))
        self.register_buffer("calibration_shift", torch.zeros(vocabulary_size))

    def forward(
        self,
        inputs: Tensor,
        outputs: Tensor,
        pair_mask: Tensor,
        features: Tensor | None = None,
        intermediate_features: Tensor | None = None,
    ) -> Logits:
        """Logits of tasks, and of one intermediate state of each.

        Args:
            inputs: uint8 [batch, pair, height, width], colours 0-9, PAD outside the grid, grid top left.
            outputs: uint8 [batch, pair, height, width], own height and width.
            pair_mask: bool [batch, pair], true where the pair exists; at least one a row.
            features: uint8 [batch, pair, row, feature]; required by a network built with a feature shape.
            intermediate_features: uint8 [batch, pair, row, feature], of the states that all logits but `program` are
                for; None: the inputs.
        """
        if self.features is None:
            assert self.grids is not None
            return Logits(cast(Tensor, self.head(self.grids(inputs, outputs, pair_mask))), None, None, None)
        assert features is not None, "this network was built with executed features and got none"
        stacked = features if intermediate_features is None else torch.cat([features, intermediate_features])
        mask = pair_mask if intermediate_features is None else torch.cat([pair_mask, pair_mask])
        steps = self.features(stacked, mask)
        batch = features.shape[0]  # not len(): an exported graph must not keep the number it was traced with
        task_vectors = [self.row_summary(steps.rows[:batch]).flatten(1)]
        if self.grids is not None:
            task_vectors.append(self.grids(inputs, outputs, pair_mask))
        program = steps.remaining[:batch] + self.head(torch.cat(task_vectors, dim=1))
        if steps.transition is None:
            return Logits(program, None, None, None)
        return Logits(
            program=program,
            next_primitive=steps.next_primitive[-batch:],
            remaining=steps.remaining[-batch:],
            transition=steps.transition[-batch:],
        )

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities from `program` logits, float [batch, vocabulary]."""
        return torch.sigmoid(logits * self.calibration_scale + self.calibration_shift)


class StepLogits(NamedTuple):
    """The output of the feature branch; `next_primitive`, `remaining` and `transition` as in `Logits`."""

    rows: Tensor  # float [batch, vocabulary, row width], a vector a primitive
    next_primitive: Tensor
    remaining: Tensor
    transition: Tensor | None  # None where steps are not predicted


class FeatureBranch(nn.Module):
    """Executed features, a row a primitive: the same weights for all rows, attention between them.

    One flat vector over all rows memorises which primitives occur together; shared weights generalise to programs
    never trained on (docs/log.md). A learned embedding each distinguishes the primitives.

    Args:
        feature_shape: (rows, features) of executed features; row 0 is the unchanged state, then a row a primitive.
        settings: sizes of the network.
    """

    def __init__(self, feature_shape: tuple[int, int], settings: NetworkSettings) -> None:
        super().__init__()
        rows, features = feature_shape
        width = settings.row_width
        self.pair_embedding = nn.Parameter(torch.randn(rows, width) / 2)
        self.pair_layer = nn.Linear(features, width)
        self.pair_state = nn.Linear(features, width, bias=False)  # adds the unchanged state to each row
        self.pair_mixer = nn.Linear(width, width)
        self.row_layer = nn.Linear(2 * width + 3 * features, 2 * width)
        self.row_state = nn.Linear(3 * features, 2 * width, bias=False)
        self.row_mixer = nn.Linear(2 * width, width)
        self.primitive_embedding = nn.Parameter(torch.randn(rows, width) / 2)
        self.dropout = nn.Dropout(ROW_DROPOUT)
        self.attention = nn.ModuleList(
            nn.TransformerEncoderLayer(width, HEADS, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(settings.row_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.output_head = nn.Linear(width, 2)
        self.bias = nn.Parameter(torch.zeros(rows - 1, 2))
        self.has_steps = settings.steps
        if settings.steps:
            self.query = nn.Linear(width, TRANSITION_WIDTH)
            self.key = nn.Linear(width, TRANSITION_WIDTH)
            self.transition_bias = nn.Parameter(torch.zeros(rows - 1, rows - 1))

    def forward(self, features: Tensor, pair_mask: Tensor) -> StepLogits:
        """Vectors and logits of every primitive.

        Args:
            features: uint8 [batch, pair, row, feature]; row 0 is the unchanged state.
            pair_mask: bool [batch, pair].
        """
        scaled = features.float() / 127.5 - 1  # to [-1, 1]
        hidden = self.pair_layer(scaled) + self.pair_state(scaled[:, :, :1]) + self.pair_embedding
        vectors = F.gelu(self.pair_mixer(F.gelu(hidden)))
        raw = torch.cat(pool_pairs(scaled, pair_mask, lowest=True), dim=2)
        pooled = torch.cat([*pool_pairs(vectors, pair_mask), raw], dim=2)
        rows = self.row_mixer(F.gelu(self.row_layer(pooled) + self.row_state(raw[:, :1]))) + self.primitive_embedding
        rows = self.dropout(rows)
        for layer in self.attention:
            rows = layer(rows)
        rows = self.norm(rows)[:, 1:]
        next_primitive, remaining = (self.output_head(rows) + self.bias).unbind(dim=2)
        if not self.has_steps:
            return StepLogits(rows, next_primitive, remaining, None)
        matches = self.query(rows) @ self.key(rows).transpose(1, 2)
        transition = matches / TRANSITION_WIDTH**0.5 + self.transition_bias
        return StepLogits(rows, next_primitive, remaining, transition)


class GridBranch(nn.Module):
    """The grids of every pair, resampled to one frame so that cells can be compared, then pooled over pairs.

    Each grid is resampled to a square frame of its own extent. So a rotation or a reflection moves a cell to the same
    place for every size of grid, and the canvas around the grid has no influence.

    Args:
        side: cells a side of the frame.
        channels: of the first convolution.
        width: of the vector of a pair.
    """

    def __init__(self, side: int, channels: int, width: int) -> None:
        super().__init__()
        self.side = side
        self.colours = nn.Embedding(COLOURS, 8)
        self.convolutions = nn.Sequential(
            nn.Conv2d(2 * 8 + SYMMETRIES, channels, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.GELU(),
        )
        cells = ((side + 1) // 2) ** 2
        # Flattened, not pooled over cells: the position of a cell matters.
        self.layer = nn.Sequential(nn.Linear(2 * channels * cells + PAIR_STATISTICS, width), nn.GELU())

    def forward(self, inputs: Tensor, outputs: Tensor, pair_mask: Tensor) -> Tensor:
        """Float [batch, 2 * width] from grids uint8 [batch, pair, height, width] and bool [batch, pair]."""
        batch, pairs = pair_mask.shape
        before, before_size = resample_to_frame(inputs.flatten(0, 1), self.side)
        after, after_size = resample_to_frame(outputs.flatten(0, 1), self.side)
        agreement = torch.stack([(image == after) for image in apply_symmetries(before)], dim=1)
        colours = torch.cat([self.colours(before), self.colours(after)], dim=3).permute(0, 3, 1, 2)
        hidden = self.convolutions(torch.cat([colours, agreement.to(colours.dtype)], dim=1)).flatten(1)
        statistics = compute_pair_statistics(before, after, before_size, after_size, agreement)
        vectors = self.layer(torch.cat([hidden, statistics.to(hidden.dtype)], dim=1)).unflatten(0, (batch, pairs))
        return torch.cat(pool_pairs(vectors, pair_mask), dim=1)


PAIR_STATISTICS = 4 + SYMMETRIES + 2 * COLOURS


def compute_pair_statistics(
    before: Tensor, after: Tensor, before_size: Tensor, after_size: Tensor, agreement: Tensor
) -> Tensor:
    """Float [n, PAIR_STATISTICS]: output sizes, log ratios of sizes, agreement under symmetries, colour shares.

    Args:
        before: int64 [n, side, side], inputs in their frames.
        after: int64 [n, side, side], outputs in their frames.
        before_size: int64 [n, 2], height and width of the inputs.
        after_size: int64 [n, 2], height and width of the outputs.
        agreement: bool [n, SYMMETRIES, side, side], true where a transformed input equals the output.
    """
    sizes = (after_size.float() / before_size.float()).log2()
    shares = [F.one_hot(grids, COLOURS).float().mean(dim=(1, 2)) for grids in (before, after)]
    return torch.cat([after_size.float() / 30, sizes, agreement.float().mean(dim=(2, 3)), *shares], dim=1)


def resample_to_frame(grids: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Resample each grid (nearest cell) to a square frame; return the frames and the sizes of the grids.

    Args:
        grids: uint8 [n, height, width], PAD outside the grid, grid top left; all PAD for a missing pair.
        side: cells a side of the frame.

    Returns:
        int64 [n, side, side], colours 0-9 (0 for a missing pair), and int64 [n, 2], at least 1.
    """
    inside = grids != PAD
    size = torch.stack([inside.any(dim=2).sum(dim=1), inside.any(dim=1).sum(dim=1)], dim=1).clamp(min=1)
    steps = torch.arange(side, device=grids.device)
    rows = ((2 * steps + 1)[None] * size[:, :1]).div(2 * side, rounding_mode="floor")
    columns = ((2 * steps + 1)[None] * size[:, 1:]).div(2 * side, rounding_mode="floor")
    cells = rows[:, :, None] * grids.shape[2] + columns[:, None, :]
    frame = grids.flatten(1).gather(1, cells.flatten(1)).unflatten(1, (side, side)).long()
    return torch.where(frame == PAD, 0, frame), size


def apply_symmetries(frames: Tensor) -> list[Tensor]:
    """Return the eight rotations and reflections of square frames [n, side, side]."""
    rotations = [torch.rot90(frames, quarter, dims=(1, 2)) for quarter in range(4)]
    return rotations + [rotation.flip(2) for rotation in rotations]


def pool_pairs(vectors: Tensor, pair_mask: Tensor, *, lowest: bool = False) -> list[Tensor]:
    """Mean and maximum over the pairs that exist: [batch, pair, ...] to a list of [batch, ...].

    Args:
        vectors: float [batch, pair, ...].
        pair_mask: bool [batch, pair], true where the pair exists; at least one a row.
        lowest: append the minimum too.
    """
    mask = pair_mask.reshape(*pair_mask.shape, *[1] * (vectors.dim() - 2))
    mean = (vectors * mask).sum(dim=1) / mask.sum(dim=1)
    highest = vectors.masked_fill(~mask, -torch.inf).amax(dim=1)
    if not lowest:
        return [mean, highest]
    return [mean, highest, vectors.masked_fill(~mask, torch.inf).amin(dim=1)]
