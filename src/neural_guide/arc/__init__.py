"""What ARC is: grids, tasks, collections of tasks, task files and submissions."""
