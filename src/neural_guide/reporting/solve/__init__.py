"""The report of a solving run."""
