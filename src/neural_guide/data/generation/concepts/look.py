"""The look of a task: sides, colours and shapes that its inputs have in common, and draws from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from neural_guide.arc.grid import BACKGROUND, COLOURS, Grid
from neural_guide.data.generation.concepts.shapes import SHAPES, ShapeSampler
from neural_guide.data.generation.procedural_grids import Style

T = TypeVar("T")

MAX_COLOURS = 5  # colours without a meaning in a task
_SQUARE_SHARE = 0.5  # of tasks whose grids have as many rows as columns
_SAME_SIZE_SHARE = 0.5  # of tasks whose grids have one size
_PATTERNED_SHARE = 0.3  # of tasks whose objects have several colours, where the concept allows it


@dataclass(frozen=True)
class Look(Style):
    """The look of one task, drawn once; see `Style` for sides, palette and crowding.

    Attributes:
        shapes: samplers of the shapes of objects.
        is_patterned: whether objects may have two colours.
    """

    shapes: tuple[ShapeSampler, ...]
    is_patterned: bool


def draw_look(sides: tuple[int, int], colours: Sequence[int], rng: np.random.Generator) -> Look:
    """Draw the look of a task.

    Args:
        sides: least and greatest side of a grid, cells.
        colours: colours without a meaning in the task, at least one.
        rng: random stream.
    """
    rows = _draw_range(sides, rng)
    columns = rows if rng.random() < _SQUARE_SHARE else _draw_range(sides, rng)
    palette = tuple(colours[: draw_integer(1, min(MAX_COLOURS, len(colours)), rng)])
    kinds = tuple(SHAPES) if rng.random() < 0.3 else (choose(SHAPES, rng), choose(SHAPES, rng))
    return Look(rows, columns, palette, float(rng.random()), kinds, bool(rng.random() < _PATTERNED_SHARE))


def _draw_range(sides: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    low, high = sides
    middle = draw_integer(low, high, rng)
    slack = 0 if rng.random() < _SAME_SIZE_SHARE else 3
    return max(low, middle - slack), min(high, middle + slack)


def draw_integer(low: int, high: int, rng: np.random.Generator) -> int:
    """Draw an integer from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def choose(options: Sequence[T], rng: np.random.Generator) -> T:
    """Draw one of the options."""
    return options[int(rng.integers(len(options)))]


def choose_cell(mask: Grid, rng: np.random.Generator) -> tuple[int, int]:
    """Draw one of the cells of a mask that are not 0: (row, column)."""
    row, column = choose(np.argwhere(mask).tolist(), rng)
    return row, column


def draw_inks(count: int, rng: np.random.Generator, without: Sequence[int] = ()) -> list[int]:
    """Draw up to `count` different colours of one grid, 1 to 9, beside those `without`."""
    return [int(ink) for ink in 1 + rng.permutation(COLOURS - 1) if ink not in without][:count]


def draw_mask(look: Look, limit: int, rng: np.random.Generator) -> Grid:
    """Draw a shape of ones in a box with sides of at most `limit` (at least 3), in the style of the task."""
    return choose(look.shapes, rng)(limit, rng)


def draw_sprite(look: Look, limit: int, rng: np.random.Generator) -> Grid:
    """Draw an object in one colour of the palette."""
    return draw_mask(look, limit, rng) * np.uint8(choose(look.palette, rng))


def draw_pattern(look: Look, limit: int, rng: np.random.Generator) -> Grid:
    """Draw an object, in two colours where the look is patterned."""
    sprite = draw_sprite(look, limit, rng)
    if look.is_patterned:
        spots = (rng.random(sprite.shape) < 0.35) & (sprite != BACKGROUND)
        sprite[spots] = choose(look.palette, rng)
    return sprite
