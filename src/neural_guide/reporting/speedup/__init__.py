"""The report of `speedup`: the effort that a guide saves in search."""
