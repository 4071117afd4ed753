"""The task explorer: a local page that shows tasks, the guide's predictions, and the progress of a search."""
