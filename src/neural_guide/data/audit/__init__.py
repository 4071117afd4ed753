"""The audit of a dataset: copies, leaks, labels, grids, and what to mend first."""
