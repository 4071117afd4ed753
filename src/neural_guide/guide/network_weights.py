"""Weights of a trained network as plain arrays, for `compiled_inference`; read without PyTorch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.guide.settings import TRANSITION_WIDTH, NetworkSettings

Floats = npt.NDArray[np.float32]
Parameters = Mapping[str, Floats]
"""Parameters of a `GuideNetwork` by their names in its state dict."""


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


class StepWeights(NamedTuple):
    """Weights of a `FeatureBranch` that match a step with the next one, float32."""

    query: Floats
    query_bias: Floats
    key: Floats
    key_bias: Floats
    transition_bias: Floats


class HeadWeights(NamedTuple):
    """Weights of the head of a `GuideNetwork` without grid branch, and its calibration, float32.

    Attributes:
        summary: [row width, numbers a row], of the numbers of each row that the head reads.
        summary_bias: [1, numbers a row].
        norm: [scale or shift, vocabulary * numbers a row].
        hidden: [vocabulary * numbers a row, width].
        hidden_bias: [1, width].
        output: [width, vocabulary].
        output_bias: [1, vocabulary].
        calibration: [scale or shift, vocabulary], of the logits.
    """

    summary: Floats
    summary_bias: Floats
    norm: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats
    calibration: Floats


@dataclass(frozen=True)
class _Layers:
    """Parameters of the layers of a module, checked against the shapes that its settings give.

    Args:
        parameters: parameters of the network.
        prefix: name of the module, with a dot.
    """

    parameters: Parameters
    prefix: str

    def take(self, name: str, *shape: int) -> Floats:
        """Copy a parameter as float32. Raises ValueError where it is missing or has another shape."""
        array = self.parameters.get(self.prefix + name)
        found = "missing" if array is None else f"of shape {list(array.shape)}"
        if array is None or array.shape != shape:
            raise ValueError(f"the parameter {self.prefix}{name} is {found}, shape {list(shape)} is expected")
        return np.array(array, np.float32, order="C")

    def matrix(self, name: str, inputs: int, outputs: int) -> Floats:
        """Copy the weights of a linear layer, [in, out]."""
        return np.ascontiguousarray(self.take(f"{name}.weight", outputs, inputs).T)

    def bias(self, name: str, outputs: int) -> Floats:
        """Copy the bias of a linear layer, [1, out]."""
        return self.take(f"{name}.bias", outputs)[None]

    def linear(self, name: str, inputs: int, outputs: int) -> tuple[Floats, Floats]:
        """Copy weights and bias of a linear layer."""
        return self.matrix(name, inputs, outputs), self.bias(name, outputs)

    def norm(self, name: str, width: int) -> Floats:
        """Copy scale and shift of a layer norm, [scale or shift, width]."""
        return np.stack([self.take(f"{name}.weight", width), self.take(f"{name}.bias", width)])


def extract_branch(parameters: Parameters, shape: tuple[int, int], settings: NetworkSettings) -> BranchWeights:
    """Copy the weights of the feature branch of a network.

    Args:
        parameters: parameters of the network.
        shape: rows and features of a pair, the unchanged state first.
        settings: sizes of the network.

    Raises:
        ValueError: a parameter is missing or has another shape.
    """
    layers, (rows, features), width = _Layers(parameters, "features."), shape, settings.row_width
    row_mixer, row_mixer_bias = layers.linear("row_mixer", 2 * width, width)
    pair_layer, pair_layer_bias = layers.linear("pair_layer", features, width)
    output_head, output_head_bias = layers.linear("output_head", width, 2)
    return BranchWeights(
        pair_layer=pair_layer,
        pair_embedding=layers.take("pair_embedding", rows, width) + pair_layer_bias,
        pair_state=layers.matrix("pair_state", features, width),
        pair_mixer=layers.matrix("pair_mixer", width, width),
        pair_mixer_bias=layers.bias("pair_mixer", width),
        row_layer=layers.matrix("row_layer", 2 * width + 3 * features, 2 * width),
        row_layer_bias=layers.bias("row_layer", 2 * width),
        row_state=layers.matrix("row_state", 3 * features, 2 * width),
        row_mixer=row_mixer,
        primitive_embedding=layers.take("primitive_embedding", rows, width) + row_mixer_bias,
        attention=_extract_attention(parameters, settings),
        norm=layers.norm("norm", width),
        output_head=output_head,
        output_head_bias=layers.take("bias", rows - 1, 2) + output_head_bias,
    )


def extract_steps(parameters: Parameters, vocabulary_size: int, settings: NetworkSettings) -> StepWeights:
    """Copy the weights that match a step with the next one. Raises ValueError as `extract_branch`."""
    layers, width = _Layers(parameters, "features."), settings.row_width
    return StepWeights(
        *layers.linear("query", width, TRANSITION_WIDTH),
        *layers.linear("key", width, TRANSITION_WIDTH),
        layers.take("transition_bias", vocabulary_size, vocabulary_size),
    )


def extract_head(parameters: Parameters, vocabulary_size: int, settings: NetworkSettings) -> HeadWeights:
    """Copy the weights of the head of a network without grid branch. Raises ValueError as `extract_branch`."""
    network, width, row_width = _Layers(parameters, ""), settings.width, settings.row_width
    summary, summary_bias = np.eye(row_width, dtype=np.float32), np.zeros((1, row_width), np.float32)
    if settings.row_summary:
        summary, summary_bias = network.linear("row_summary", row_width, settings.row_summary)
    inputs = vocabulary_size * summary.shape[1]
    calibration = [network.take(f"calibration_{name}", vocabulary_size) for name in ("scale", "shift")]
    return HeadWeights(
        summary,
        summary_bias,
        network.norm("head.0", inputs),
        *network.linear("head.2", inputs, width),
        *network.linear("head.5", width, vocabulary_size),
        np.stack(calibration),
    )


def _extract_attention(parameters: Parameters, settings: NetworkSettings) -> AttentionWeights:
    width = settings.row_width
    layers = [
        _extract_layer(_Layers(parameters, f"features.attention.{layer}."), width)
        for layer in range(settings.row_layers)
    ]
    empty = [np.zeros((0, 2, 2, width), np.float32), *[np.zeros((0, 1, 1), np.float32)] * 8]
    return AttentionWeights(*([np.stack(parts) for parts in zip(*layers, strict=True)] or empty))


def _extract_layer(layer: _Layers, width: int) -> tuple[Floats, ...]:
    """Weights of one attention layer, in the order of `AttentionWeights`."""
    return (
        np.stack([layer.norm("norm1", width), layer.norm("norm2", width)]),
        np.ascontiguousarray(layer.take("self_attn.in_proj_weight", 3 * width, width).T),
        layer.take("self_attn.in_proj_bias", 3 * width)[None],
        *layer.linear("self_attn.out_proj", width, width),
        *layer.linear("linear1", width, 2 * width),
        *layer.linear("linear2", 2 * width, width),
    )
