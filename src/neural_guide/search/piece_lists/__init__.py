"""States that are lists of pieces: how a grid is cut, how pieces are chosen and joined to a grid again."""
