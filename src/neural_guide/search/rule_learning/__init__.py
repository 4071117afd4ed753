"""Rule learning: decision trees over examples, for cells and for units of a grid alike."""
