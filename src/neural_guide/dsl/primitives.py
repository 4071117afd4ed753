"""Whole-grid functions without arguments: the words of the language (to be filled)."""
