"""The concept suite: tasks drawn by rules that a person would name, many for each concept."""
