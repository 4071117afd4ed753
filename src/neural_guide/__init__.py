"""Trains a network that tells an ARC program search which primitives to try first."""

import os

# Threads of an operator sleep while they wait for each other. By default they spin, and where another process wants
# their cores a training step then takes up to fifty times as long (docs/log.md). Torch's OpenMP reads it when loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
