"""Evidence of words: what each word of the language tells about a pair, measured without a search.

A primitive is executed (`features.executed`). A kind of units is judged by how well its units are what changes, a
feature by how well it alone separates what changes from what stays, a verb by the share of units that it explains on
its own, a segmentation into pieces by its pieces, a canvas by what the output shows of it, another transform by whether
it changes the input. Other words have no evidence; a guide learns how often they occur.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neural_guide.arc.grid import COLOURS, Grid, is_equal
from neural_guide.dsl.vocabulary import PRIMITIVES, Vocabulary, is_executable
from neural_guide.features.executed import FEATURES, compute_executed_features
from neural_guide.features.grid_comparison import SCALE
from neural_guide.search.canvases import LAYOUTS, draw_on_canvas
from neural_guide.search.cell_rules.features import compute_features
from neural_guide.search.lifts import build_word
from neural_guide.search.orientations import ORIENTATIONS, Symmetry
from neural_guide.search.piece_lists.segmentation import SEGMENTATIONS as PIECE_SEGMENTATIONS
from neural_guide.search.rule_learning.tree import VALUE_COUNT
from neural_guide.search.task_transforms import BACKGROUND_NAMES, CANVAS_NAMES, ORIENTATION_NAMES
from neural_guide.search.unit_rules.features import compute_unit_features
from neural_guide.search.unit_rules.picking import TAKING, list_takings
from neural_guide.search.unit_rules.units import MAX_UNITS, PARTITIONS, SEGMENTATIONS, Mask, Scene, split_into_units
from neural_guide.search.words import GROUPS, LANGUAGE, RULE_WORDS

EVIDENCE = (
    "present",  # the input has such units or pieces, the feature differs between them, or the transform changes it
    "count",  # number of units or pieces, of the most that a rule takes
    "changed",  # share of the units that change, or of the output's units where the size changes
    "whole",  # share of the changed units that are cleared or get one colour
    "covers",  # share of the changed cells in units, of a canvas that the output shows, of the input in its background
    "equals",  # a unit, piece or canvas is the output; for a verb the share of units that it explains, times `covers`
    "informs",  # information of a feature about what changes, of all there is
    "separates",  # the feature leaves no doubt about what changes
)
"""Names of the evidence of a word on a pair; each in [0, 1], stored as round(255 x)."""

_TAKEN_VERBS = tuple(action.verb for action in list_takings([]))  # those without arguments

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def has_features(vocabulary: Vocabulary) -> bool:
    """Return true if the features of every name can be computed: all are primitives, or all are words."""
    return is_executable(vocabulary) or set(vocabulary.names) <= set(LANGUAGE.names)


def list_feature_columns(vocabulary: Vocabulary) -> tuple[str, ...]:
    """List the names of the columns of `compute_pair_features`."""
    return FEATURES if is_executable(vocabulary) else (*FEATURES, *EVIDENCE)


def compute_pair_features(vocabulary: Vocabulary, pair_input: Grid, pair_output: Grid) -> Bytes:
    """Compute the features of every name of a vocabulary on a pair.

    Args:
        vocabulary: names with features, see `has_features`.
        pair_input: input of the pair.
        pair_output: its output.

    Returns:
        uint8 [1 + names, columns]; row 0 compares the unchanged input.
    """
    primitives = [name for name in vocabulary.names if name in PRIMITIVES]
    executed = compute_executed_features(pair_input, pair_output, [PRIMITIVES[name] for name in primitives])
    if len(primitives) == len(vocabulary):
        return executed
    rows = np.zeros((1 + len(vocabulary), len(FEATURES) + len(EVIDENCE)), np.uint8)
    positions = {name: 1 + position for position, name in enumerate(vocabulary.names)}
    rows[[0, *(positions[name] for name in primitives)], : len(FEATURES)] = executed
    evidence = compute_evidence(pair_input, pair_output)
    words = [position for position, word in enumerate(RULE_WORDS) if word in positions]
    rows[[positions[RULE_WORDS[position]] for position in words], len(FEATURES) :] = evidence[words]
    return rows


def compute_evidence(pair_input: Grid, pair_output: Grid) -> Bytes:
    """Compute the evidence of every word beside the primitives on a pair, uint8 [RULE_WORDS, EVIDENCE]."""
    evidence = np.zeros((len(RULE_WORDS), len(EVIDENCE)))
    changed = pair_input != pair_output if pair_input.shape == pair_output.shape else None
    for kind in SEGMENTATIONS:
        scene = split_into_units(pair_input, kind)
        if scene is not None:
            _add_units(evidence, kind, scene, _judge_units(scene, pair_output, changed))
    for name, segmentation in PIECE_SEGMENTATIONS.items():
        pieces = segmentation(pair_input) or []
        equals = any(is_equal(piece.cells, pair_output) for piece in pieces)
        _set(evidence, build_word("pieces", name), present=bool(pieces), count=_share_of_most(pieces), equals=equals)
    _add_transforms(evidence, pair_input, pair_output)
    if changed is not None:
        _add_cells(evidence, pair_input, changed)
    return np.rint(SCALE * evidence).astype(np.uint8)


class _JudgedUnits(NamedTuple):
    """What becomes of the units of a scene.

    Attributes:
        is_changed: bool [unit], a cell of it changes; where the size changes, it is the output.
        is_cleared: bool [unit], all its cells become background.
        is_recoloured: bool [unit], all its cells get one other colour.
        is_taken: bool [way, unit], it is the output when it is taken in this way.
        covered: share of the changed cells that belong to units.
    """

    is_changed: Mask
    is_cleared: Mask
    is_recoloured: Mask
    is_taken: Mask
    covered: float


def _judge_units(scene: Scene, output: Grid, changed: Mask | None) -> _JudgedUnits:
    count = len(scene)
    no_units = np.zeros(count, dtype=np.bool_)
    if changed is None:
        takings = [TAKING[verb] for verb in _TAKEN_VERBS]
        taken = [[take(scene, unit) for unit in range(count)] for take in takings]
        is_taken = np.array([[part is not None and is_equal(part, output) for part in row] for row in taken], np.bool_)
        return _JudgedUnits(_mark(np.nonzero(is_taken)[1], count), no_units, no_units, is_taken, 0.0)
    owners = scene.owners
    inside = owners >= 0
    is_changed = _mark(owners[changed & inside], count)
    lowest, highest = np.full(count, SCALE), np.zeros(count, dtype=np.int64)
    np.minimum.at(lowest, owners[inside], output[inside])
    np.maximum.at(highest, owners[inside], output[inside])
    is_plain = is_changed & (lowest == highest)
    return _JudgedUnits(
        is_changed=is_changed,
        is_cleared=is_plain & (highest == 0),
        is_recoloured=is_plain & (highest > 0),
        is_taken=np.zeros((len(_TAKEN_VERBS), count), dtype=np.bool_),
        covered=float(inside[changed].mean()) if changed.any() else 0.0,
    )


def _add_units(evidence: Floats, kind: str, scene: Scene, judged: _JudgedUnits) -> None:
    """Add the evidence of a kind of units, of its features, and of the verbs that explain its units."""
    is_whole = judged.is_cleared | judged.is_recoloured
    _set(
        evidence,
        build_word("unit", kind),
        present=1.0,
        count=_share_of_most(scene.units),
        changed=judged.is_changed.mean(),
        whole=is_whole[judged.is_changed].mean() if judged.is_changed.any() else 0.0,
        covers=judged.covered,
        equals=float(judged.is_taken.any()),
    )
    if kind in PARTITIONS:  # their units say little of what changes
        return
    verbs = {"keep": ~judged.is_changed, "remove": judged.is_cleared, "recolour": judged.is_recoloured}
    for verb, is_right in verbs.items():  # units that hold little of what changes explain little
        _set(evidence, build_word("verb", verb), equals=judged.covered * is_right.mean())
    for verb, is_right in zip(_TAKEN_VERBS, judged.is_taken, strict=True):
        _set(evidence, build_word("verb", verb), equals=is_right.mean())
    names, features = GROUPS["unit feature"], compute_unit_features(scene)
    values = np.array([features[name] for name in names], dtype=np.int64)
    _add_information(evidence, [build_word("unit feature", name) for name in names], values, judged.is_changed)


def _add_transforms(evidence: Floats, given: Grid, output: Grid) -> None:
    """Add the evidence of transforms: a background that is not 0, a turn of this input, a canvas that is shown."""
    counts = np.bincount(given.ravel(), minlength=COLOURS)
    for name in BACKGROUND_NAMES:
        _set(
            evidence,
            build_word("transform", name),
            present=counts[0] != counts.max(),
            covers=counts.max() / given.size,
        )
    for name, find_symmetry in zip(ORIENTATION_NAMES, ORIENTATIONS.values(), strict=True):
        _set(evidence, build_word("transform", name), present=find_symmetry(given) != Symmetry())
    if given.shape == output.shape:
        return
    for name, layout in zip(CANVAS_NAMES, LAYOUTS, strict=True):
        drawn = draw_on_canvas(given, output.shape, layout)
        shown = (drawn == output)[drawn > 0]
        word = build_word("transform", name)
        _set(evidence, word, present=True, covers=shown.mean() if shown.size else 0.0, equals=is_equal(drawn, output))


def _add_cells(evidence: Floats, grid: Grid, changed: Mask) -> None:
    """Add the evidence of the features of cells."""
    features = compute_features(grid)
    values = np.array([feature.values.ravel() for feature in features.values()], dtype=np.int64)
    _add_information(evidence, [build_word("cell feature", name) for name in features], values, changed.ravel())


def _add_information(evidence: Floats, words: Sequence[str], values: npt.NDArray[np.int64], is_changed: Mask) -> None:
    """Add what features tell about which examples change; the most of several kinds of units counts.

    Args:
        evidence: evidence to add to.
        words: words of the features.
        values: [feature, example], below `VALUE_COUNT`.
        is_changed: bool [example].
    """
    positions = _find_positions()
    rows = [positions[word] for word in words]
    informs, separates = _measure_information(values, is_changed)
    present = (values != values[:, :1]).any(axis=1)
    for column, shares in (("present", present), ("informs", informs), ("separates", separates)):
        index = EVIDENCE.index(column)
        evidence[rows, index] = np.maximum(evidence[rows, index], shares)


def _measure_information(values: npt.NDArray[np.int64], is_changed: Mask) -> tuple[Floats, Mask]:
    """Measure the mutual information of each feature and the changes, of the entropy of the changes.

    Returns:
        Shares in [0, 1], float64 [feature], and whether nothing is left to tell, bool [feature]; 0 where everything
        changes or nothing does.
    """
    total = values.shape[1]
    share = is_changed.mean()
    if share in (0, 1):
        return np.zeros(len(values)), np.zeros(len(values), dtype=np.bool_)
    offsets = 2 * VALUE_COUNT * np.arange(len(values))[:, None]
    keys = offsets + 2 * np.minimum(values, VALUE_COUNT - 1) + is_changed
    counts = np.bincount(keys.ravel(), minlength=2 * VALUE_COUNT * len(values)).reshape(len(values), VALUE_COUNT, 2)
    sizes = counts.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = np.where(counts > 0, counts * np.log(counts / sizes), 0.0)
    left = -losses.sum(axis=(1, 2)) / total
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    informs = np.clip(1 - left / entropy, 0.0, 1.0)
    return informs, informs > 1 - 1e-9


def _set(evidence: Floats, word: str, **shares: float) -> None:
    """Set evidence of a word; the most of several kinds of units counts."""
    row = evidence[_find_positions()[word]]
    for column, share in shares.items():
        index = EVIDENCE.index(column)
        row[index] = max(row[index], share)


def _share_of_most(parts: Sequence[object]) -> float:
    return min(len(parts), MAX_UNITS) / MAX_UNITS


def _mark(numbers: npt.NDArray[np.int64], count: int) -> Mask:
    """Return which of the first numbers occur, bool [count]."""
    marks = np.zeros(count, dtype=np.bool_)
    marks[numbers] = True
    return marks


@cache
def _find_positions() -> dict[str, int]:
    """Find the position of each word in `RULE_WORDS`."""
    return {word: position for position, word in enumerate(RULE_WORDS)}
