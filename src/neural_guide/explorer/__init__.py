"""The task explorer: a local page that shows tasks, what the guide says of them, and how the search goes."""
