"""The network: pairs of grids in, two logits per primitive out: is it used, does it come next. Plain torch."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neural_guide.arc.grid import COLOURS, PAD
from neural_guide.guide.settings import NetworkSettings

HEADS = 4  # of the attention between rows
SECOND_WIDTH = 32  # numbers by which one step and the next are matched
ROW_DROPOUT = 0.1  # of what enters it
SYMMETRIES = 8  # of the square: what a mirror or a turn can do


class Logits(NamedTuple):
    """What the network answers; not calibrated, independent of pair order and of padding.

    Attributes:
        program: float [batch, vocabulary], of each primitive being part of the program.
        following: float [batch, vocabulary], over the next step from a state; softmax makes chances of it. None
            where primitives cannot be executed.
        needed: float [batch, vocabulary], of each primitive being used from that state on; None likewise.
        second: float [batch, vocabulary, vocabulary], over the step after each next one, where there is one more;
            None likewise.
    """

    program: Tensor
    following: Tensor | None
    needed: Tensor | None
    second: Tensor | None


class GuideNetwork(nn.Module):
    """Predicts which primitives the hidden program of a task uses, and which comes next.

    Two branches see a task: one the executed features (features.py), the other the grids themselves. Both keep
    the order of pairs and the canvas around the grids out of the answer. The next step is told from executed
    features alone, so that a search can ask again at little cost.

    Args:
        vocabulary_size: primitives, and so logits.
        feature_shape: (rows, features) of executed features; None where primitives cannot be executed.
        config: sizes.
    """

    calibration_scale: Tensor
    calibration_shift: Tensor

    def __init__(self, vocabulary_size: int, feature_shape: tuple[int, int] | None, config: NetworkSettings) -> None:
        super().__init__()
        self.feature_shape = feature_shape if config.features else None
        width, rows_width = config.width, vocabulary_size * config.row_width
        self.features = FeatureBranch(self.feature_shape, config) if self.feature_shape else None
        with_grids = config.grids or self.features is None
        self.grids = GridBranch(config.grid_side, config.grid_channels, width // 2) if with_grids else None
        seen = (rows_width if self.features else 0) + (width if self.grids else 0)
        self.head = nn.Sequential(
            nn.LayerNorm(seen),
            nn.Dropout(config.dropout),
            nn.Linear(seen, width),
            nn.GELU(),
            nn.Dropout(config.dropout),
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
        underway: Tensor | None = None,
    ) -> Logits:
        """Answers about tasks, and about a state on the way of each.

        Args:
            inputs: uint8 [batch, pair, height, width], colours 0-9, PAD outside the grid, grid top left.
            outputs: uint8 [batch, pair, height, width], own height and width.
            pair_mask: bool [batch, pair], true where the pair exists; at least one a row.
            features: uint8 [batch, pair, row, feature]; needed by a network built with a feature shape.
            underway: features of the states that `following` and `needed` are asked about; None: the inputs.
        """
        if self.features is None:
            assert self.grids is not None
            return Logits(cast(Tensor, self.head(self.grids(inputs, outputs, pair_mask))), None, None, None)
        assert features is not None, "this network was built with executed features and got none"
        stacked = features if underway is None else torch.cat([features, underway])
        mask = pair_mask if underway is None else torch.cat([pair_mask, pair_mask])
        steps = self.features(stacked, mask)
        batch = features.shape[0]  # not len(): an exported graph must not keep the number it was made with
        seen = [steps.rows[:batch].flatten(1)]
        if self.grids is not None:
            seen.append(self.grids(inputs, outputs, pair_mask))
        program = steps.needed[:batch] + self.head(torch.cat(seen, dim=1))
        return Logits(program, steps.following[-batch:], steps.needed[-batch:], steps.second[-batch:])

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities from `program` logits, float [batch, vocabulary]."""
        return torch.sigmoid(logits * self.calibration_scale + self.calibration_shift)


class Steps(NamedTuple):
    """What executed features say of states; `following`, `needed`, `second` as in `Logits`."""

    rows: Tensor  # float [batch, vocabulary, row width], a vector a primitive
    following: Tensor
    needed: Tensor
    second: Tensor


class FeatureBranch(nn.Module):
    """Executed features, a row a primitive: the same weights for all rows, attention between them.

    One flat vector over all rows learns by heart which primitives occur together; shared weights carry over to
    programs never trained on (docs/log.md). What sets primitives apart is a learned vector each.
    """

    def __init__(self, feature_shape: tuple[int, int], config: NetworkSettings) -> None:
        super().__init__()
        rows, features = feature_shape
        width = config.row_width
        self.pair_names = nn.Parameter(torch.randn(rows, width) / 2)
        self.pair_layer = nn.Linear(features, width)
        self.pair_state = nn.Linear(features, width, bias=False)  # each row sees the unchanged state beside itself
        self.pair_mixer = nn.Linear(width, width)
        self.row_layer = nn.Linear(2 * width + 3 * features, 2 * width)
        self.row_state = nn.Linear(3 * features, 2 * width, bias=False)
        self.row_mixer = nn.Linear(2 * width, width)
        self.row_names = nn.Parameter(torch.randn(rows, width) / 2)
        self.dropout = nn.Dropout(ROW_DROPOUT)
        self.attention = nn.ModuleList(
            nn.TransformerEncoderLayer(width, HEADS, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(config.row_layers)
        )
        self.norm = nn.LayerNorm(width)
        self.answers = nn.Linear(width, 2)
        self.bias = nn.Parameter(torch.zeros(rows - 1, 2))
        self.before = nn.Linear(width, SECOND_WIDTH)
        self.behind = nn.Linear(width, SECOND_WIDTH)
        self.second_bias = nn.Parameter(torch.zeros(rows - 1, rows - 1))

    def forward(self, features: Tensor, pair_mask: Tensor) -> Steps:
        """Vectors and logits of every primitive.

        Args:
            features: uint8 [batch, pair, row, feature]; row 0 is the state as it is.
            pair_mask: bool [batch, pair].
        """
        scaled = features.float() / 127.5 - 1  # to [-1, 1]
        of_pairs = self.pair_layer(scaled) + self.pair_state(scaled[:, :, :1]) + self.pair_names
        vectors = F.gelu(self.pair_mixer(F.gelu(of_pairs)))
        plain = torch.cat(pooled(scaled, pair_mask, lowest=True), dim=2)
        seen = torch.cat([*pooled(vectors, pair_mask), plain], dim=2)
        rows = self.row_mixer(F.gelu(self.row_layer(seen) + self.row_state(plain[:, :1]))) + self.row_names
        rows = self.dropout(rows)
        for layer in self.attention:
            rows = layer(rows)
        rows = self.norm(rows)[:, 1:]
        following, needed = (self.answers(rows) + self.bias).unbind(dim=2)
        second = self.before(rows) @ self.behind(rows).transpose(1, 2) / SECOND_WIDTH**0.5 + self.second_bias
        return Steps(rows, following, needed, second)


class GridBranch(nn.Module):
    """The grids of every pair in one frame, so that cells can be compared, then pooled over pairs.

    Each grid is resampled to a square frame of its own extent: which cell lies under another after a mirror
    or a turn is then the same question for every size, and the canvas around the grid is never looked at.
    """

    def __init__(self, side: int, channels: int, width: int) -> None:
        super().__init__()
        self.side = side
        self.colours = nn.Embedding(COLOURS, 8)
        seen = 2 * 8 + SYMMETRIES
        self.convolutions = nn.Sequential(
            nn.Conv2d(seen, channels, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.GELU(),
        )
        cells = ((side + 1) // 2) ** 2
        # Flattened, not pooled over cells: where something is matters.
        self.layer = nn.Sequential(nn.Linear(2 * channels * cells + PAIR_FACTS, width), nn.GELU())

    def forward(self, inputs: Tensor, outputs: Tensor, pair_mask: Tensor) -> Tensor:
        """Float [batch, 2 * width] from grids uint8 [batch, pair, height, width] and bool [batch, pair]."""
        batch, pairs = pair_mask.shape
        before, before_size = to_frame(inputs.flatten(0, 1), self.side)
        after, after_size = to_frame(outputs.flatten(0, 1), self.side)
        agreement = torch.stack([(turned == after) for turned in symmetries(before)], dim=1)
        colours = torch.cat([self.colours(before), self.colours(after)], dim=3).permute(0, 3, 1, 2)
        seen = self.convolutions(torch.cat([colours, agreement.to(colours.dtype)], dim=1)).flatten(1)
        facts = pair_facts(before, after, before_size, after_size, agreement)
        vectors = self.layer(torch.cat([seen, facts.to(seen.dtype)], dim=1)).unflatten(0, (batch, pairs))
        return torch.cat(pooled(vectors, pair_mask), dim=1)


PAIR_FACTS = 4 + SYMMETRIES + 2 * COLOURS


def pair_facts(before: Tensor, after: Tensor, before_size: Tensor, after_size: Tensor, agreement: Tensor) -> Tensor:
    """Float [n, PAIR_FACTS]: sizes, how their logarithms differ, agreement under symmetries, colour shares."""
    sizes = (after_size.float() / before_size.float()).log2()
    shares = [F.one_hot(grids, COLOURS).float().mean(dim=(1, 2)) for grids in (before, after)]
    return torch.cat([after_size.float() / 30, sizes, agreement.float().mean(dim=(2, 3)), *shares], dim=1)


def to_frame(grids: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Each grid resampled (nearest cell) to a square frame, and its size.

    Args:
        grids: uint8 [n, height, width], PAD outside the grid, grid top left; all PAD where there is none.
        side: cells a side of the frame.

    Returns:
        int64 [n, side, side], colours 0-9 (0 where there is no grid), and int64 [n, 2], at least 1.
    """
    inside = grids != PAD
    size = torch.stack([inside.any(dim=2).sum(dim=1), inside.any(dim=1).sum(dim=1)], dim=1).clamp(min=1)
    steps = torch.arange(side, device=grids.device)
    rows = ((2 * steps + 1)[None] * size[:, :1]).div(2 * side, rounding_mode="floor")
    columns = ((2 * steps + 1)[None] * size[:, 1:]).div(2 * side, rounding_mode="floor")
    cells = rows[:, :, None] * grids.shape[2] + columns[:, None, :]
    frame = grids.flatten(1).gather(1, cells.flatten(1)).unflatten(1, (side, side)).long()
    return torch.where(frame == PAD, 0, frame), size


def symmetries(frames: Tensor) -> list[Tensor]:
    """The eight mirror images and turns of square frames [n, side, side]."""
    turns = [torch.rot90(frames, quarter, dims=(1, 2)) for quarter in range(4)]
    return turns + [turn.flip(2) for turn in turns]


def pooled(vectors: Tensor, pair_mask: Tensor, *, lowest: bool = False) -> list[Tensor]:
    """Mean and highest (and lowest) over the pairs that exist: [batch, pair, ...] to a list of [batch, ...]."""
    mask = pair_mask.reshape(*pair_mask.shape, *[1] * (vectors.dim() - 2))
    mean = (vectors * mask).sum(dim=1) / mask.sum(dim=1)
    highest = vectors.masked_fill(~mask, -torch.inf).amax(dim=1)
    if not lowest:
        return [mean, highest]
    return [mean, highest, vectors.masked_fill(~mask, torch.inf).amin(dim=1)]
