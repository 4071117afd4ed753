"""What a guide saves in search: the report of `speedup`."""
