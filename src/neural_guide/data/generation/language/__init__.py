"""Tasks of the whole language: programs, pieces, layerings, rules and stages, and what a search has solved."""
