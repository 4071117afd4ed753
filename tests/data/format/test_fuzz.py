import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.fuzzing import check_file, make_mutated_file

FILES = 200


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([100, 5000, 1 << 20]))
def test_mutated_file_is_read_like_the_oracle_or_refused(rng, check_replay, chunk):
    check_file(make_mutated_file(rng), check_replay, chunk)


@pytest.mark.parametrize("part", range(4))
def test_mutated_files_of_fixed_seeds(part):
    results = [check_file(make_mutated_file(random.Random(seed))) for seed in range(part, FILES, 4)]
    assert set(results) == {"read", "refused"}  # mutations are sometimes fatal, but not always
