"""Generator of tasks: canonical programs on random input sets, with their quality; held-out tasks."""
