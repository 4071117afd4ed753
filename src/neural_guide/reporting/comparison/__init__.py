"""Comparison of runs: a table, and a page of figures."""
