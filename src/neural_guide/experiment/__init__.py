"""A run from settings to report: trained, planned, resumed, reviewed, swept, tuned, released."""
