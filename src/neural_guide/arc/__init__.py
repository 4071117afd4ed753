"""The ARC domain: grids, tasks, collections of tasks, task files and submissions."""
