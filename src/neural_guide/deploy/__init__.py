"""Deployment: a spot machine on AWS, a folder that solves without a network."""
