"""The language: primitives, programs over them, and vocabularies of their names."""
