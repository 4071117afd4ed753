"""A guide asked about one state, compiled: a search asks at hundreds, and calls of torch take longer than the sums.

The same answers as `FeatureBranch` in evaluation mode, to rounding, in a sixth of its time.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from torch import Tensor, nn

from neural_guide.guide.network import HEADS, FeatureBranch

Floats = npt.NDArray[np.float32]

_TINY = np.float32(1e-5)  # of torch's LayerNorm
_ZERO, _HALF, _ONE, _BYTE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(127.5)
_ROOT = np.float32(math.sqrt(0.5))
_LEAST = np.float32(-np.inf)
_TAIL = tuple(map(np.float32, (1, 0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)))
# Sums in any order; infinity counts. A division that may raise an error would keep loops from being vectorised.
_compiled = njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})


class Weights(NamedTuple):
    """Those of a `FeatureBranch`, float32 [in, out], and what is added to every row, [1, out], or to each, [row, out].

    The names are the branch's. `layers` are its layers of attention, each stacked: norms [layer, norm, scale or shift,
    width], the others [layer, in, out] and [layer, 1, out].
    """

    pair_layer: Floats
    pair_names: Floats
    pair_state: Floats
    pair_mixer: Floats
    pair_mixer_bias: Floats
    row_layer: Floats
    row_layer_bias: Floats
    row_state: Floats
    row_mixer: Floats
    row_names: Floats
    layers: "Layers"
    norm: Floats
    answers: Floats
    answers_bias: Floats
    before: Floats
    before_bias: Floats
    behind: Floats
    behind_bias: Floats
    second_bias: Floats


class Layers(NamedTuple):
    """Layers of attention, see `Weights`."""

    norms: Floats
    looks: Floats
    looks_bias: Floats
    mixes: Floats
    mixes_bias: Floats
    widens: Floats
    widens_bias: Floats
    narrows: Floats
    narrows_bias: Floats


def weights_of(branch: FeatureBranch) -> Weights:
    """The weights of a trained branch, as `ask` takes them."""
    width = branch.norm.weight.shape[0]
    found = [_layer(layer) for layer in branch.attention if isinstance(layer, nn.TransformerEncoderLayer)]
    none = [np.zeros((0, 2, 2, width), np.float32), *[np.zeros((0, 1, 1), np.float32)] * 8]
    stacked = [np.stack(parts) for parts in zip(*found, strict=True)] or none
    return Weights(
        pair_layer=_matrix(branch.pair_layer),
        pair_names=_array(branch.pair_names + branch.pair_layer.bias),
        pair_state=_matrix(branch.pair_state),
        pair_mixer=_matrix(branch.pair_mixer),
        pair_mixer_bias=_array(branch.pair_mixer.bias[None]),
        row_layer=_matrix(branch.row_layer),
        row_layer_bias=_array(branch.row_layer.bias[None]),
        row_state=_matrix(branch.row_state),
        row_mixer=_matrix(branch.row_mixer),
        row_names=_array(branch.row_names + branch.row_mixer.bias),
        layers=Layers(*stacked),
        norm=_scale_and_shift(branch.norm),
        answers=_matrix(branch.answers),
        answers_bias=_array(branch.bias + branch.answers.bias),
        before=_matrix(branch.before),
        before_bias=_array(branch.before.bias[None]),
        behind=_matrix(branch.behind),
        behind_bias=_array(branch.behind.bias[None]),
        second_bias=_array(branch.second_bias),
    )


def _layer(layer: nn.TransformerEncoderLayer) -> tuple[Floats, ...]:
    attention = layer.self_attn
    parts = [np.stack([_scale_and_shift(layer.norm1), _scale_and_shift(layer.norm2)])]
    parts += [_array(attention.in_proj_weight.T), _array(attention.in_proj_bias[None])]
    for linear in (attention.out_proj, layer.linear1, layer.linear2):
        parts += [_matrix(linear), _array(linear.bias[None])]
    return tuple(parts)


def _matrix(linear: nn.Linear) -> Floats:
    return _array(linear.weight.T)


def _scale_and_shift(norm: nn.LayerNorm) -> Floats:
    return np.stack([_array(norm.weight), _array(norm.bias)])


def _array(tensor: Tensor) -> Floats:
    """A copy in the order of C, whatever the tensor was a view of."""
    return np.array(tensor.detach().cpu().numpy(), np.float32, order="C")


# Loops instead of sums of arrays, and one place that multiplies matrices: each would be compiled for itself.


@_compiled
def ask(features: npt.NDArray[np.uint8], weights: Weights) -> tuple[Floats, Floats]:
    """What is to be done from a state.

    Args:
        features: uint8 [pair, row, feature], one pair or more; row 0 is the state as it is.
        weights: of the branch that was trained.

    Returns:
        Logits float32 [vocabulary, 2], of each primitive to come next and to be needed, and [vocabulary, vocabulary],
        of what comes after each.
    """
    rows = _rows(features, weights)
    _attend(rows, weights.layers)
    rows = _normed(rows, weights.norm)[1:]
    answers = _passed(rows, weights.answers, weights.answers_bias)
    before = _passed(rows, weights.before, weights.before_bias)
    behind = _passed(rows, weights.behind, weights.behind_bias)
    scale = np.float32(1 / math.sqrt(before.shape[1]))
    return answers, _passed(before, _turned(behind, scale), weights.second_bias)


@_compiled
def _rows(features: npt.NDArray[np.uint8], weights: Weights) -> Floats:
    """A vector a row, of all pairs."""
    pairs, count, each = features.shape
    width = weights.pair_names.shape[1]
    scaled = np.empty((pairs * count, each), np.float32)
    for place in range(pairs * count):
        for feature in range(each):
            scaled[place, feature] = features[place // count, place % count, feature] / _BYTE - _ONE
    vectors = _passed(scaled, weights.pair_layer, weights.pair_names)
    _add(vectors, _times(scaled[::count].copy(), weights.pair_state), count)
    _gelu(vectors)
    vectors = _passed(vectors, weights.pair_mixer, weights.pair_mixer_bias)
    _gelu(vectors)
    seen = np.empty((count, 2 * width + 3 * each), np.float32)
    plain = np.empty((count, 3 * each), np.float32)
    for row in range(count):
        _pool(vectors, row, count, seen[row])
        _pool(scaled, row, count, plain[row])
        seen[row, 2 * width :] = plain[row]
    wide = _passed(seen, weights.row_layer, weights.row_layer_bias)
    _add(wide, _times(plain[:1], weights.row_state), count)
    _gelu(wide)
    return _passed(wide, weights.row_mixer, weights.row_names)


@_compiled
def _pool(vectors: Floats, row: int, count: int, found: Floats) -> None:
    """Mean and highest over pairs, and the lowest where there is room for it."""
    pairs, width = len(vectors) // count, vectors.shape[1]
    for place in range(width):
        total, highest, lowest = np.float32(0), _LEAST, -_LEAST
        for pair in range(pairs):
            value = vectors[pair * count + row, place]
            total += value
            highest, lowest = max(highest, value), min(lowest, value)
        found[place], found[width + place] = total / np.float32(pairs), highest
        if len(found) == 3 * width:
            found[2 * width + place] = lowest


@_compiled
def _attend(rows: Floats, layers: Layers) -> None:
    """Every layer of attention, as torch has it with the norm first; in place."""
    for layer in range(len(layers.norms)):
        looks = _passed(_normed(rows, layers.norms[layer, 0]), layers.looks[layer], layers.looks_bias[layer])
        _add(rows, _passed(_looked(looks), layers.mixes[layer], layers.mixes_bias[layer]), 1)
        wide = _passed(_normed(rows, layers.norms[layer, 1]), layers.widens[layer], layers.widens_bias[layer])
        _gelu(wide)
        _add(rows, _passed(wide, layers.narrows[layer], layers.narrows_bias[layer]), 1)


@_compiled
def _looked(looks: Floats) -> Floats:
    """What each row sees of all rows, head by head, from queries, keys and values side by side."""
    count, width = looks.shape[0], looks.shape[1] // 3
    part = width // HEADS
    scale = np.float32(1 / math.sqrt(part))
    found, values = np.empty((count, width), np.float32), np.empty((count, part), np.float32)
    queries, keys = np.empty((count, part), np.float32), np.empty((part, count), np.float32)
    for start in range(0, width, part):
        for row in range(count):
            for place in range(part):
                queries[row, place] = looks[row, start + place] * scale
                keys[place, row] = looks[row, width + start + place]
                values[row, place] = looks[row, 2 * width + start + place]
        shares = _times(queries, keys)
        _to_shares(shares)
        seen = _times(shares, values)
        for row in range(count):
            for place in range(part):
                found[row, start + place] = seen[row, place]
    return found


@_compiled
def _to_shares(values: Floats) -> None:
    """Each row raised and divided by its sum; in place."""
    for row in range(values.shape[0]):
        highest, total = _LEAST, np.float32(0)
        for place in range(values.shape[1]):
            highest = max(highest, values[row, place])
        for place in range(values.shape[1]):
            values[row, place] = math.exp(values[row, place] - highest)
            total += values[row, place]
        for place in range(values.shape[1]):
            values[row, place] /= total


@_compiled
def _normed(rows: Floats, scale_and_shift: Floats) -> Floats:
    """Each row with mean 0 and variance 1, then scaled and shifted."""
    found = np.empty_like(rows)
    width = rows.shape[1]
    for row in range(len(rows)):
        mean, variance = np.float32(0), np.float32(0)
        for place in range(width):
            mean += rows[row, place] / np.float32(width)
        for place in range(width):
            variance += (rows[row, place] - mean) ** 2 / np.float32(width)
        shrink = _ONE / np.float32(math.sqrt(variance + _TINY))
        for place in range(width):
            found[row, place] = (rows[row, place] - mean) * shrink * scale_and_shift[0, place] + scale_and_shift[
                1, place
            ]
    return found


@_compiled
def _gelu(values: Floats) -> None:
    """In place: x times the share of a normal distribution below x, to within 3e-7 of x.

    The share beyond a distance is approximated as by Abramowitz and Stegun (1964), 7.1.28: unlike `math.erf` it can be
    done for many at once, in a fortieth of the time.
    """
    flat = values.reshape(values.size)
    for place in range(flat.size):
        value = flat[place]
        distance = abs(value)
        power = _polynomial(distance * _ROOT)
        power *= power
        power *= power
        power *= power
        power *= power
        flat[place] = max(value, _ZERO) - _HALF * distance / power


@_compiled
def _polynomial(value: np.float32) -> np.float32:
    total = _TAIL[6]
    for degree in range(5, -1, -1):
        total = total * value + _TAIL[degree]
    return total


@_compiled
def _passed(values: Floats, matrix: Floats, bias: Floats) -> Floats:
    """Through a layer: the bias is one row, for all, or as many as come again and again."""
    found = _times(values, matrix)
    for row in range(found.shape[0]):
        for place in range(found.shape[1]):
            found[row, place] += bias[row % len(bias), place]
    return found


@_compiled
def _add(values: Floats, more: Floats, times: int) -> None:
    """Add the rows of `more`, each to so many rows; in place."""
    for row in range(values.shape[0]):
        for place in range(values.shape[1]):
            values[row, place] += more[row // times, place]


@_compiled
def _turned(values: Floats, scale: np.float32) -> Floats:
    """Rows as columns, scaled."""
    found = np.empty((values.shape[1], values.shape[0]), np.float32)
    for row in range(values.shape[0]):
        for place in range(values.shape[1]):
            found[place, row] = values[row, place] * scale
    return found


@_compiled
def _times(values: Floats, matrix: Floats) -> Floats:
    product: Floats = np.dot(values, matrix)
    return product
