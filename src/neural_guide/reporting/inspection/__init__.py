"""What a dataset is worth: the page that `inspect` writes."""
