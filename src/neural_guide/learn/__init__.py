"""The guide: network, data, training loop, metrics."""
