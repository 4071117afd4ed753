"""Scenes for the tests: real grids, and a grid split into units of every kind."""

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.units import SEGMENTATIONS, Scene, split_into_units


def list_scenes(grid: Grid) -> list[Scene]:
    """Split a grid into the units of each kind that it has."""
    scenes = [split_into_units(grid, kind) for kind in SEGMENTATIONS]
    return [scene for scene in scenes if scene is not None]


def list_real_scenes() -> list[Scene]:
    """Split the first input of each of 60 ARC tasks."""
    return [scene for arc in load_tasks("arc1-training")[:60] for scene in list_scenes(arc.task.pairs[0].input)]
