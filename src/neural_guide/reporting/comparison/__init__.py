"""Runs beside each other: a table, and a page of pictures."""
