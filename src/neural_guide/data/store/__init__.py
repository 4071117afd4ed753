"""Prepared data: memory-mapped columns and padded cells, built once for each dataset content."""
