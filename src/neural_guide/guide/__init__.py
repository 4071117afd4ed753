"""The guide in use, without Lightning: network, policy, inference, calibration, baselines."""
