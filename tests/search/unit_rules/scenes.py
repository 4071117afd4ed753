"""Scenes for the tests: real grids, and a grid split into units of every kind."""

from collections.abc import Iterator

from neural_guide.arc.collections import load_tasks
from neural_guide.arc.grid import Grid
from neural_guide.search.unit_rules.units import SEGMENTATIONS, Scene, split_into_units


def list_scenes(grid: Grid) -> list[Scene]:
    """Split a grid into the units of each kind that it has."""
    scenes = [split_into_units(grid, kind) for kind in SEGMENTATIONS]
    return [scene for scene in scenes if scene is not None]


def iterate_real_scenes(tasks: int) -> Iterator[Scene]:
    """Yield the units of the first input of each of some ARC tasks."""
    for arc in load_tasks("arc1-training")[:tasks]:
        yield from list_scenes(arc.task.pairs[0].input)
