"""What commands share: Hydra, the console, provenance."""
