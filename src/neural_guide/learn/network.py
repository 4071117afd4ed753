"""The network: pairs of grids in, one logit per primitive out. Plain torch."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neural_guide.config import NetworkConfig
from neural_guide.grid import COLOURS, PAD

SYMMETRIES = 8  # of the square: what a mirror or a turn can do


class GuideNetwork(nn.Module):
    """Predicts which primitives the hidden program of a task uses.

    Two branches see a task: one the executed features (features.py), pooled over its pairs, one the grids
    themselves. Both keep the order of pairs and the canvas around the grids out of the answer.

    Args:
        vocabulary_size: primitives, and so logits.
        feature_shape: (rows, features) of executed features; None where primitives cannot be executed.
        config: sizes.
    """

    calibration_scale: Tensor
    calibration_shift: Tensor

    def __init__(self, vocabulary_size: int, feature_shape: tuple[int, int] | None, config: NetworkConfig) -> None:
        super().__init__()
        self.feature_shape = feature_shape if config.features else None
        width = config.width
        self.features = FeatureBranch(self.feature_shape, width) if self.feature_shape else None
        with_grids = config.grids or self.features is None
        self.grids = GridBranch(config.grid_side, config.grid_channels, width // 2) if with_grids else None
        seen = (width if self.features else 0) + (width if self.grids else 0)
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

    def forward(self, inputs: Tensor, outputs: Tensor, pair_mask: Tensor, features: Tensor | None = None) -> Tensor:
        """Logits of each primitive being part of the program.

        Args:
            inputs: uint8 [batch, pair, height, width], colours 0-9, PAD outside the grid, grid top left.
            outputs: uint8 [batch, pair, height, width], own height and width.
            pair_mask: bool [batch, pair], true where the pair exists; at least one a row.
            features: uint8 [batch, pair, row, feature]; needed by a network built with a feature shape.

        Returns:
            float [batch, vocabulary], not calibrated. Independent of pair order and of padding.
        """
        seen = []
        if self.features is not None:
            assert features is not None, "this network was built with executed features and got none"
            seen.append(self.features(features, pair_mask))
        if self.grids is not None:
            seen.append(self.grids(inputs, outputs, pair_mask))
        return cast(Tensor, self.head(torch.cat(seen, dim=1)))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated probabilities from logits, float [batch, vocabulary]."""
        return torch.sigmoid(logits * self.calibration_scale + self.calibration_shift)


class FeatureBranch(nn.Module):
    """Executed features of every pair, pooled by mean, highest and lowest, then one hidden layer."""

    def __init__(self, feature_shape: tuple[int, int], width: int) -> None:
        super().__init__()
        rows, features = feature_shape
        self.layers = nn.Sequential(
            nn.Linear(3 * rows * features, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )

    def forward(self, features: Tensor, pair_mask: Tensor) -> Tensor:
        """Float [batch, width] from uint8 [batch, pair, row, feature] and bool [batch, pair]."""
        scaled = features.flatten(2).float() / 127.5 - 1  # to [-1, 1]
        return cast(Tensor, self.layers(torch.cat(pooled(scaled, pair_mask, lowest=True), dim=1)))


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
    """Mean and highest (and lowest) over the pairs that exist: [batch, pair, n] to a list of [batch, n]."""
    mask = pair_mask[:, :, None]
    mean = (vectors * mask).sum(dim=1) / mask.sum(dim=1)
    highest = vectors.masked_fill(~mask, -torch.inf).amax(dim=1)
    if not lowest:
        return [mean, highest]
    return [mean, highest, vectors.masked_fill(~mask, torch.inf).amin(dim=1)]
