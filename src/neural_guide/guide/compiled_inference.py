"""Compiled forward pass of `FeatureBranch` for one state.

A search makes hundreds of queries, and at this size PyTorch's overhead per operator exceeds the arithmetic. The logits
equal those of the branch in evaluation mode up to rounding, in a sixth of its time.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from neural_guide.guide.network import HEADS, FeatureBranch
from neural_guide.runtime.cache_folders import compile_cached

Floats = npt.NDArray[np.float32]

_EPSILON = np.float32(1e-5)  # of torch's LayerNorm
_ZERO, _HALF, _ONE, _HALF_BYTE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(127.5)
_ROOT_HALF = np.float32(math.sqrt(0.5))
_MINUS_INFINITY = np.float32(-np.inf)
_ERF = tuple(map(np.float32, (1, 0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)))
# Sums in any order, but infinities honoured. A division that may raise an error would keep loops from vectorising.
_compiled = compile_cached(error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})


class AttentionWeights(NamedTuple):
    """Weights of all attention layers, stacked, float32.

    Attributes:
        norms: [layer, norm, scale or shift, width], the norms before the attention and before the feed-forward part.
        attention: [layer, width, 3 * width], queries, keys and values side by side.
        attention_bias: [layer, 1, 3 * width].
        projection: [layer, width, width], of the attention's output.
        projection_bias: [layer, 1, width].
        expansion: [layer, width, 2 * width], first layer of the feed-forward part.
        expansion_bias: [layer, 1, 2 * width].
        contraction: [layer, 2 * width, width], its second layer.
        contraction_bias: [layer, 1, width].
    """

    norms: Floats
    attention: Floats
    attention_bias: Floats
    projection: Floats
    projection_bias: Floats
    expansion: Floats
    expansion_bias: Floats
    contraction: Floats
    contraction_bias: Floats


class BranchWeights(NamedTuple):
    """Weights of a `FeatureBranch`, named as there; matrices float32 [in, out].

    Biases and embeddings are [1, out] where one is added to every row, else [row, out]. The embeddings and the bias of
    the output head include the bias of the layer before them.
    """

    pair_layer: Floats
    pair_embedding: Floats
    pair_state: Floats
    pair_mixer: Floats
    pair_mixer_bias: Floats
    row_layer: Floats
    row_layer_bias: Floats
    row_state: Floats
    row_mixer: Floats
    primitive_embedding: Floats
    attention: AttentionWeights
    norm: Floats
    output_head: Floats
    output_head_bias: Floats
    query: Floats
    query_bias: Floats
    key: Floats
    key_bias: Floats
    transition_bias: Floats


def extract_weights(branch: FeatureBranch) -> BranchWeights:
    """Copy the weights of a trained branch for `infer`."""
    width = branch.norm.weight.shape[0]
    layers = [_extract_layer(layer) for layer in branch.attention if isinstance(layer, nn.TransformerEncoderLayer)]
    empty = [np.zeros((0, 2, 2, width), np.float32), *[np.zeros((0, 1, 1), np.float32)] * 8]
    stacked = [np.stack(parts) for parts in zip(*layers, strict=True)] or empty
    return BranchWeights(
        pair_layer=_matrix(branch.pair_layer),
        pair_embedding=_array(branch.pair_embedding + branch.pair_layer.bias),
        pair_state=_matrix(branch.pair_state),
        pair_mixer=_matrix(branch.pair_mixer),
        pair_mixer_bias=_array(branch.pair_mixer.bias[None]),
        row_layer=_matrix(branch.row_layer),
        row_layer_bias=_array(branch.row_layer.bias[None]),
        row_state=_matrix(branch.row_state),
        row_mixer=_matrix(branch.row_mixer),
        primitive_embedding=_array(branch.primitive_embedding + branch.row_mixer.bias),
        attention=AttentionWeights(*stacked),
        norm=_scale_and_shift(branch.norm),
        output_head=_matrix(branch.output_head),
        output_head_bias=_array(branch.bias + branch.output_head.bias),
        query=_matrix(branch.query),
        query_bias=_array(branch.query.bias[None]),
        key=_matrix(branch.key),
        key_bias=_array(branch.key.bias[None]),
        transition_bias=_array(branch.transition_bias),
    )


def _extract_layer(layer: nn.TransformerEncoderLayer) -> tuple[Floats, ...]:
    """Weights of one attention layer, in the order of `AttentionWeights`."""
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
    """A copy in C order, also of a transposed view."""
    return np.array(tensor.detach().cpu().numpy(), np.float32, order="C")


# Loops instead of array expressions, and one function that multiplies matrices: each would be compiled separately.


@_compiled
def infer(features: npt.NDArray[np.uint8], weights: BranchWeights) -> tuple[Floats, Floats]:
    """Logits of the steps from one state.

    Args:
        features: uint8 [pair, row, feature], at least one pair; row 0 is the unchanged state.
        weights: weights of the trained branch.

    Returns:
        float32 [vocabulary, 2], the logits `next_primitive` and `remaining`, and float32 [vocabulary, vocabulary], the
        logits `transition`.
    """
    rows = _embed_rows(features, weights)
    _attend(rows, weights.attention)
    rows = _normalise(rows, weights.norm)[1:]
    logits = _apply_layer(rows, weights.output_head, weights.output_head_bias)
    queries = _apply_layer(rows, weights.query, weights.query_bias)
    keys = _apply_layer(rows, weights.key, weights.key_bias)
    scale = np.float32(1 / math.sqrt(queries.shape[1]))
    return logits, _apply_layer(queries, _transpose(keys, scale), weights.transition_bias)


@_compiled
def _embed_rows(features: npt.NDArray[np.uint8], weights: BranchWeights) -> Floats:
    """A vector a row, pooled over all pairs, float32 [row, width]."""
    pairs, count, n_features = features.shape
    width = weights.pair_embedding.shape[1]
    scaled = np.empty((pairs * count, n_features), np.float32)
    for index in range(pairs * count):
        for feature in range(n_features):
            scaled[index, feature] = features[index // count, index % count, feature] / _HALF_BYTE - _ONE
    vectors = _apply_layer(scaled, weights.pair_layer, weights.pair_embedding)
    _add(vectors, _multiply(scaled[::count].copy(), weights.pair_state), count)
    _gelu(vectors)
    vectors = _apply_layer(vectors, weights.pair_mixer, weights.pair_mixer_bias)
    _gelu(vectors)
    pooled = np.empty((count, 2 * width + 3 * n_features), np.float32)
    raw = np.empty((count, 3 * n_features), np.float32)
    for row in range(count):
        _pool(vectors, row, count, pooled[row])
        _pool(scaled, row, count, raw[row])
        pooled[row, 2 * width :] = raw[row]
    hidden = _apply_layer(pooled, weights.row_layer, weights.row_layer_bias)
    _add(hidden, _multiply(raw[:1], weights.row_state), count)
    _gelu(hidden)
    return _apply_layer(hidden, weights.row_mixer, weights.primitive_embedding)


@_compiled
def _pool(vectors: Floats, row: int, count: int, target: Floats) -> None:
    """Write the mean and the maximum over pairs, and the minimum if the target is three times as wide."""
    pairs, width = len(vectors) // count, vectors.shape[1]
    for column in range(width):
        total, highest, lowest = np.float32(0), _MINUS_INFINITY, -_MINUS_INFINITY
        for pair in range(pairs):
            value = vectors[pair * count + row, column]
            total += value
            highest, lowest = max(highest, value), min(lowest, value)
        target[column], target[width + column] = total / np.float32(pairs), highest
        if len(target) == 3 * width:
            target[2 * width + column] = lowest


@_compiled
def _attend(rows: Floats, weights: AttentionWeights) -> None:
    """Apply every attention layer, as torch does with the norm first; in place."""
    for layer in range(len(weights.norms)):
        normed = _normalise(rows, weights.norms[layer, 0])
        projected = _apply_layer(normed, weights.attention[layer], weights.attention_bias[layer])
        attended = _attend_heads(projected)
        _add(rows, _apply_layer(attended, weights.projection[layer], weights.projection_bias[layer]), 1)
        normed = _normalise(rows, weights.norms[layer, 1])
        hidden = _apply_layer(normed, weights.expansion[layer], weights.expansion_bias[layer])
        _gelu(hidden)
        _add(rows, _apply_layer(hidden, weights.contraction[layer], weights.contraction_bias[layer]), 1)


@_compiled
def _attend_heads(projected: Floats) -> Floats:
    """Attention of each row over all rows, head by head, from queries, keys and values side by side."""
    count, width = projected.shape[0], projected.shape[1] // 3
    part = width // HEADS
    scale = np.float32(1 / math.sqrt(part))
    attended, values = np.empty((count, width), np.float32), np.empty((count, part), np.float32)
    queries, keys = np.empty((count, part), np.float32), np.empty((part, count), np.float32)
    for start in range(0, width, part):
        for row in range(count):
            for column in range(part):
                queries[row, column] = projected[row, start + column] * scale
                keys[column, row] = projected[row, width + start + column]
                values[row, column] = projected[row, 2 * width + start + column]
        shares = _multiply(queries, keys)
        _softmax(shares)
        head = _multiply(shares, values)
        for row in range(count):
            for column in range(part):
                attended[row, start + column] = head[row, column]
    return attended


@_compiled
def _softmax(values: Floats) -> None:
    """Softmax of each row; in place."""
    for row in range(values.shape[0]):
        highest, total = _MINUS_INFINITY, np.float32(0)
        for column in range(values.shape[1]):
            highest = max(highest, values[row, column])
        for column in range(values.shape[1]):
            values[row, column] = math.exp(values[row, column] - highest)
            total += values[row, column]
        for column in range(values.shape[1]):
            values[row, column] /= total


@_compiled
def _normalise(rows: Floats, scale_and_shift: Floats) -> Floats:
    """Layer norm: each row with mean 0 and variance 1, then scaled and shifted."""
    normed = np.empty_like(rows)
    width = rows.shape[1]
    for row in range(len(rows)):
        mean, variance = np.float32(0), np.float32(0)
        for column in range(width):
            mean += rows[row, column] / np.float32(width)
        for column in range(width):
            variance += (rows[row, column] - mean) ** 2 / np.float32(width)
        shrink = _ONE / np.float32(math.sqrt(variance + _EPSILON))
        for column in range(width):
            normed[row, column] = (rows[row, column] - mean) * shrink * scale_and_shift[0, column] + scale_and_shift[
                1, column
            ]
    return normed


@_compiled
def _gelu(values: Floats) -> None:
    """GELU in place: x times the standard normal CDF at x, to within 3e-7 of x.

    The tail beyond a distance is approximated by Abramowitz and Stegun (1964), 7.1.28: unlike `math.erf` it vectorises,
    and takes a fortieth of the time.
    """
    flat = values.reshape(values.size)
    for index in range(flat.size):
        value = flat[index]
        distance = abs(value)
        power = _evaluate_polynomial(distance * _ROOT_HALF)
        power *= power
        power *= power
        power *= power
        power *= power
        flat[index] = max(value, _ZERO) - _HALF * distance / power


@_compiled
def _evaluate_polynomial(value: np.float32) -> np.float32:
    total = _ERF[6]
    for degree in range(5, -1, -1):
        total = total * value + _ERF[degree]
    return total


@_compiled
def _apply_layer(values: Floats, matrix: Floats, bias: Floats) -> Floats:
    """A linear layer; the bias is one row for all, or several rows that repeat in turn."""
    result = _multiply(values, matrix)
    for row in range(result.shape[0]):
        for column in range(result.shape[1]):
            result[row, column] += bias[row % len(bias), column]
    return result


@_compiled
def _add(values: Floats, addends: Floats, repeats: int) -> None:
    """Add each row of `addends` to so many consecutive rows; in place."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            values[row, column] += addends[row // repeats, column]


@_compiled
def _transpose(values: Floats, scale: np.float32) -> Floats:
    """The transposed matrix, scaled."""
    result = np.empty((values.shape[1], values.shape[0]), np.float32)
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            result[column, row] = values[row, column] * scale
    return result


@_compiled
def _multiply(values: Floats, matrix: Floats) -> Floats:
    product: Floats = np.dot(values, matrix)
    return product
