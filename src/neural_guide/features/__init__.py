"""A search state as numbers: executed features, grid comparison and hand-crafted features."""
