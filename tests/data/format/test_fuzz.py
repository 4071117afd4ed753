import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.fuzzing import check, mutated

FILES = 200


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([100, 5000, 1 << 20]))
def test_a_mutated_file_is_read_as_the_oracle_says_or_refused_with_one_line(rng, check_replay, chunk):
    check(mutated(rng), check_replay, chunk)


@pytest.mark.parametrize("part", range(4))
def test_files_of_fixed_seeds(part):
    became = [check(mutated(random.Random(seed))) for seed in range(part, FILES, 4)]
    assert set(became) == {"read", "refused"}  # the harm is neither always fatal nor never
