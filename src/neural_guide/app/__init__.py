"""Shared parts of the commands: Hydra, settings, help, the console, provenance."""
