"""The record format: read, validated, written; sources of files and URLs."""
