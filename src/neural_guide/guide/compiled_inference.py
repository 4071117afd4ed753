"""Compiled forward pass of a `GuideNetwork` that reads executed features, for one state.

A search makes hundreds of queries, and at this size PyTorch's overhead per operator exceeds the arithmetic. The logits
equal those of the network in evaluation mode up to rounding, in a sixth of its time, and no process of a search loads
PyTorch for them.
"""

import math

import numpy as np
import numpy.typing as npt
import scipy.linalg.cython_blas  # noqa: F401  # numba multiplies matrices with it; imported for limits of its threads

from neural_guide.guide.network_weights import AttentionWeights, BranchWeights, Floats, HeadWeights, StepWeights
from neural_guide.guide.settings import HEADS
from neural_guide.runtime.cache_folders import compile_cached

_EPSILON = np.float32(1e-5)  # of torch's LayerNorm
_ZERO, _HALF, _ONE, _HALF_BYTE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(127.5)
_ROOT_HALF = np.float32(math.sqrt(0.5))
_MINUS_INFINITY = np.float32(-np.inf)
_ERF = tuple(map(np.float32, (1, 0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)))
# Sums in any order, but infinities honoured. A division that may raise an error would keep loops from vectorising.
_compiled = compile_cached(error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"})


# Loops instead of array expressions, and one function that multiplies matrices: each would be compiled separately.


@_compiled
def infer_steps(features: npt.NDArray[np.uint8], branch: BranchWeights, steps: StepWeights) -> tuple[Floats, Floats]:
    """Logits of the steps from one state.

    Args:
        features: uint8 [pair, row, feature], at least one pair; row 0 is the unchanged state.
        branch: weights of the feature branch.
        steps: weights of the next steps.

    Returns:
        float32 [vocabulary, 2], the logits `next_primitive` and `remaining`, and float32 [vocabulary, vocabulary], the
        logits `transition`.
    """
    rows = _infer_rows(features, branch)
    logits = _apply_layer(rows, branch.output_head, branch.output_head_bias)
    queries = _apply_layer(rows, steps.query, steps.query_bias)
    keys = _apply_layer(rows, steps.key, steps.key_bias)
    scale = np.float32(1 / math.sqrt(queries.shape[1]))
    return logits, _apply_layer(queries, _transpose(keys, scale), steps.transition_bias)


@_compiled
def infer_program(features: npt.NDArray[np.uint8], branch: BranchWeights, head: HeadWeights) -> Floats:
    """Calibrated probabilities of every primitive or word being part of what explains a task, float32 [vocabulary].

    Args:
        features: uint8 [pair, row, feature], at least one pair; row 0 is the unchanged state.
        branch: weights of the feature branch.
        head: weights of the head, which reads the rows alone.
    """
    rows = _infer_rows(features, branch)
    logits = _apply_layer(rows, branch.output_head, branch.output_head_bias)
    summary = _apply_layer(rows, head.summary, head.summary_bias)
    hidden = _apply_layer(_normalise(summary.reshape(1, summary.size), head.norm), head.hidden, head.hidden_bias)
    _gelu(hidden)
    probabilities: Floats = _apply_layer(hidden, head.output, head.output_bias)[0]
    for word in range(len(probabilities)):
        logit = (probabilities[word] + logits[word, 1]) * head.calibration[0, word] + head.calibration[1, word]
        probabilities[word] = _ONE / (_ONE + np.float32(math.exp(-logit)))
    return probabilities


@_compiled
def _infer_rows(features: npt.NDArray[np.uint8], branch: BranchWeights) -> Floats:
    """A vector for each primitive or word, float32 [vocabulary, width]."""
    rows = _embed_rows(features, branch)
    _attend(rows, branch.attention)
    normed: Floats = _normalise(rows, branch.norm)[1:]
    return normed


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
