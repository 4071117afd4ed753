"""The generator: canonical programs on drawn input grids, with their quality; held-out tasks."""
