"""Spot machines on AWS: request, status and end of a machine for a run. Thin over boto3; a dry run prints each call."""
