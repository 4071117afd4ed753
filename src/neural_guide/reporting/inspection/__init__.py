"""The report of `inspect`: the quality of a dataset."""
