"""Tests that need Ray: skipped with the reason where it is not installed; `make soak` installs it and runs them."""

import pytest

from neural_guide.runtime.ray_cluster import find_ray

NEEDS_RAY = pytest.mark.skipif(find_ray() is None, reason="not installed: ray; pip install '.[ray]'")
