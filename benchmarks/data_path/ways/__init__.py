"""Ways from a dataset to batches, each as its documentation recommends."""
