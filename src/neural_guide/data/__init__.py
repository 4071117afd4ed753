"""Datasets: their format, their store, their generator, their audit; splits and augmentation."""
