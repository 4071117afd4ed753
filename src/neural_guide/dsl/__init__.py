"""The language: primitives, programs of primitives, and vocabularies of their names."""
