"""Hand-crafted features of the grids of a task, the input of the baseline models.

They need no executable primitives, so they exist for every dataset.
"""

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, MAX_SIDE, PAD

FloatArray = npt.NDArray[np.float32]


def compute_handcrafted_features(
    inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8], pair_mask: npt.NDArray[np.bool_]
) -> FloatArray:
    """Compute sizes, size ratios, colour shares and changed cells, averaged over pairs.

    Args:
        inputs: uint8 [batch, pair, side, side], PAD outside the grid.
        outputs: uint8 [batch, pair, side, side], PAD outside the grid.
        pair_mask: bool [batch, pair], true where the pair exists; at least one per row.

    Returns:
        float32 [batch, feature].
    """
    before, after = _measure_sizes(inputs), _measure_sizes(outputs)
    shares_before, shares_after = _compute_colour_shares(inputs), _compute_colour_shares(outputs)
    inside = (inputs != PAD) & (outputs != PAD)
    equal = ((inputs == outputs) & inside).sum(axis=(2, 3)) / np.maximum(inside.sum(axis=(2, 3)), 1)
    features = [
        before / MAX_SIDE,
        after / MAX_SIDE,
        np.log2(after / before),
        (before == after).astype(np.float32),
        (after[..., :1] == after[..., 1:]).astype(np.float32),
        (before == after[..., ::-1]).astype(np.float32),
        shares_before,
        shares_after,
        np.abs(shares_before - shares_after).sum(axis=2, keepdims=True),
        (shares_before > 0).sum(axis=2, keepdims=True) / COLOURS,
        (shares_after > 0).sum(axis=2, keepdims=True) / COLOURS,
        equal[..., None],
    ]
    stacked = np.concatenate(features, axis=2).astype(np.float32)
    weights = pair_mask[..., None] / pair_mask.sum(axis=1)[:, None, None]
    return np.asarray((stacked * weights).sum(axis=1), dtype=np.float32)


def _measure_sizes(grids: npt.NDArray[np.uint8]) -> FloatArray:
    """Measure height and width, float32 [batch, pair, 2], at least 1."""
    inside = grids != PAD
    sizes = np.stack([inside[..., 0].sum(axis=2), inside[..., 0, :].sum(axis=2)], axis=2)
    return np.asarray(np.maximum(sizes, 1), dtype=np.float32)


def _compute_colour_shares(grids: npt.NDArray[np.uint8]) -> FloatArray:
    """Compute the share of each colour among the cells of a grid, float32 [batch, pair, colour]."""
    counts = np.stack([(grids == colour).sum(axis=(2, 3)) for colour in range(COLOURS)], axis=2)
    return np.asarray(counts / np.maximum(counts.sum(axis=2, keepdims=True), 1), dtype=np.float32)
