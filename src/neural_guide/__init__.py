"""Trains a network that tells an ARC program search which primitives to try first."""
