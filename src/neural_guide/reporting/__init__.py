"""Pictures and pages of what was measured; draws, never computes a metric."""
