"""A search state as numbers: executed features, grid comparison, hand-crafted features."""
