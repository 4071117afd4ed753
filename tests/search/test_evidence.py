"""Evidence of words on drawn pairs: which units change, which feature tells them, which verb explains them."""

import numpy as np
import pytest

from neural_guide.dsl.vocabulary import PRIMITIVES, V2, WIDE, Vocabulary
from neural_guide.features.executed import FEATURES, compute_executed_features
from neural_guide.search.evidence import (
    EVIDENCE,
    compute_evidence,
    compute_pair_features,
    has_features,
    list_feature_columns,
)
from neural_guide.search.words import LANGUAGE, RULE_WORDS
from support.grids import draw

GIVEN = draw("1100000", "1100020", "0000000", "0330000", "0000000")
LARGEST_RED = draw("4400000", "4400020", "0000000", "0330000", "0000000")
LARGEST_GONE = draw("0000000", "0000020", "0000000", "0330000", "0000000")
LARGEST_ALONE = draw("11", "11")
SPECK_MOVED = draw("1100000", "1100000", "0000020", "0330000", "0000000")


def look_up(evidence, word, column):
    return evidence[RULE_WORDS.index(word), EVIDENCE.index(column)] / 255


def test_a_feature_that_tells_the_changed_unit_separates_and_others_inform_less():
    evidence = compute_evidence(GIVEN, LARGEST_RED)
    assert look_up(evidence, "unit feature: most size", "separates") == 1
    assert look_up(evidence, "unit feature: most size", "informs") == 1
    assert look_up(evidence, "unit feature: hole count", "present") == 0
    assert look_up(evidence, "unit feature: hole count", "informs") == 0
    assert look_up(evidence, "unit: object", "covers") == 1
    assert look_up(evidence, "unit: object", "changed") == pytest.approx(1 / 3, abs=0.01)
    assert look_up(evidence, "unit: object", "whole") == 1


@pytest.mark.parametrize(
    ("output", "keep", "recolour", "remove"),
    [(LARGEST_RED, 2 / 3, 1 / 3, 0), (LARGEST_GONE, 2 / 3, 0, 1 / 3), (SPECK_MOVED, 1 / 3, 0, 1 / 6)],
)
def test_verbs_have_the_share_of_units_that_they_explain(output, keep, recolour, remove):
    evidence = compute_evidence(GIVEN, output)
    assert look_up(evidence, "verb: keep", "equals") == pytest.approx(keep, abs=0.01)
    assert look_up(evidence, "verb: recolour", "equals") == pytest.approx(recolour, abs=0.01)
    assert look_up(evidence, "verb: remove", "equals") == pytest.approx(remove, abs=0.01)


def test_cells_that_change_outside_of_units_are_not_covered():
    evidence = compute_evidence(GIVEN, SPECK_MOVED)
    assert look_up(evidence, "unit: object", "covers") == pytest.approx(1 / 2, abs=0.01)
    assert look_up(evidence, "unit: gap", "covers") == pytest.approx(1 / 2, abs=0.01)


def test_a_unit_that_is_the_output_is_found_where_the_size_changes():
    evidence = compute_evidence(GIVEN, LARGEST_ALONE)
    assert look_up(evidence, "unit: object", "equals") == 1
    assert look_up(evidence, "verb: take", "equals") > 0
    assert look_up(evidence, "verb: take colour", "equals") == 0
    assert look_up(evidence, "unit feature: most size", "separates") == 1
    assert look_up(evidence, "pieces: cut_objects", "equals") == 1
    assert look_up(evidence, "cell feature: next up", "informs") == 0  # cells cannot be compared


def test_features_of_all_words_hold_those_of_the_primitives():
    features = compute_pair_features(LANGUAGE, GIVEN, LARGEST_RED)
    assert features.shape == (1 + len(LANGUAGE), len(list_feature_columns(LANGUAGE)))
    executed = compute_executed_features(GIVEN, LARGEST_RED, [PRIMITIVES[name] for name in WIDE.names])
    assert np.array_equal(features[: 1 + len(WIDE), : len(FEATURES)], executed)
    assert np.array_equal(features[1 + len(WIDE) :, len(FEATURES) :], compute_evidence(GIVEN, LARGEST_RED))
    assert not features[: 1 + len(WIDE), len(FEATURES) :].any()


def test_rows_follow_the_order_of_the_vocabulary():
    backwards = Vocabulary(LANGUAGE.names[::-1])
    features, reversed_ = (compute_pair_features(names, GIVEN, LARGEST_GONE) for names in (LANGUAGE, backwards))
    assert np.array_equal(features[1:][::-1], reversed_[1:])
    assert np.array_equal(features[0], reversed_[0])


def test_grids_without_units_and_of_one_cell_have_evidence():
    for given, output in ((draw("0"), draw("3")), (draw("000", "000"), draw("1")), (draw("7"), draw("7"))):
        assert compute_evidence(given, output).shape == (len(RULE_WORDS), len(EVIDENCE))


def test_vocabularies_with_features():
    assert all(map(has_features, (V2, WIDE, LANGUAGE, Vocabulary(("rot90", "unit: object")))))
    assert not has_features(Vocabulary(("rot90", "Flip")))
    assert list_feature_columns(WIDE) == FEATURES


def test_a_canvas_has_the_share_that_the_output_shows():
    given = draw("12", "30")
    evidence = compute_evidence(given, draw("1212", "3030"))
    assert look_up(evidence, "transform: canvas repeated", "equals") == 1
    assert look_up(evidence, "transform: canvas mirrored", "equals") == 0
    assert look_up(evidence, "transform: canvas mirrored", "covers") == pytest.approx(1 / 2, abs=0.01)
    assert look_up(compute_evidence(given, given), "transform: canvas repeated", "present") == 0


def test_a_background_or_turn_is_present_where_it_changes_the_input():
    evidence = compute_evidence(draw("555", "515"), draw("555", "525"))
    assert look_up(evidence, "transform: background first", "present") == 1
    assert look_up(evidence, "transform: background first", "covers") == pytest.approx(5 / 6, abs=0.01)
    assert look_up(evidence, "transform: turned by sides", "present") == 1
    assert look_up(compute_evidence(GIVEN, LARGEST_RED), "transform: background first", "present") == 0
