"""The record format: reading, validation and writing; sources of files and URLs."""
