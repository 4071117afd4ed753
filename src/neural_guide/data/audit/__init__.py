"""Audit of a dataset: copies, leaks, labels, grids, and the findings to mend first."""
