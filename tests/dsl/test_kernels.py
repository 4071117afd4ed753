"""Compiled loops against plain versions of the same."""

import re
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import minimum_filter

from neural_guide.arc.grid import COLOURS, is_equal
from neural_guide.dsl.cells import OUTSIDE
from neural_guide.dsl.kernels import (
    bridge_equals,
    carry_content,
    complete_template,
    copy_contiguous,
    count_cells,
    drop_objects,
    find_adjacent_background,
    find_best_axis,
    find_best_turn,
    find_enclosed_background,
    find_largest_rectangle,
    find_line_starts,
    find_periods,
    hollow_out,
)
from neural_guide.dsl.objects import find_objects

SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))
SPARSE = st.sampled_from([0, 0, 0, 0, 1, 2])
GRIDS = SIDES.flatmap(lambda shape: arrays(np.uint8, shape, elements=SPARSE))
MASKS = SIDES.flatmap(lambda shape: arrays(np.bool_, shape))
many = settings(max_examples=150, deadline=None)


def mirrored(grid):
    """Something that agrees with itself: symmetric grids are rare among random ones."""
    return np.maximum(grid, grid[:, ::-1]) if (grid[:, ::-1] * grid == grid**2 * (grid[:, ::-1] > 0)).all() else grid


@many
@given(GRIDS)
def test_cells_are_counted_by_colour(grid):
    assert count_cells(copy_contiguous(grid)).tolist() == np.bincount(grid.ravel(), minlength=COLOURS).tolist()


@many
@given(SIDES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 1, 1, 1, 2, 2, 2]))))
def test_what_content_surrounds_is_hollow(grid):
    inside = minimum_filter(grid, size=3, mode="constant", cval=0) > 0
    assert is_equal(hollow_out(copy_contiguous(grid)), grid * ~inside)


@many
@given(GRIDS, st.sampled_from([0, 4]))
def test_bridges_are_gaps_between_equal_neighbours(grid, mark):
    made = copy_contiguous(grid)
    bridge_equals(made, mark)
    for row, line in zip(made, grid, strict=True):
        told = re.sub(
            rb"([\x01-\x09])(\x00+)(?=\1)",
            lambda gap: gap[1] + len(gap[2]) * (bytes([mark]) if mark else gap[1]),
            line.tobytes(),
        )
        assert row.tobytes() == told


@many
@given(GRIDS, st.booleans())
def test_content_is_carried_on(grid, both_ways):
    made = copy_contiguous(grid)
    carry_content(made, both_ways)
    for row, line in zip(made, grid, strict=True):
        for column in range(len(line)):
            before, behind = line[: column + 1], line[column:]
            sources = [*before[before > 0][::-1], *(behind[behind > 0] if both_ways else [])]
            assert row[column] == (sources[0] if sources else 0)


@many
@given(GRIDS)
def test_lines_start_where_they_differ_from_the_one_before(grid):
    rows, columns = find_line_starts(copy_contiguous(grid))
    assert rows.tolist() == [row == 0 or not is_equal(grid[row], grid[row - 1]) for row in range(len(grid))]
    assert columns.tolist() == [at == 0 or not is_equal(grid[:, at], grid[:, at - 1]) for at in range(grid.shape[1])]


@many
@given(GRIDS)
def test_enclosed_is_what_water_from_the_border_leaves_dry(grid):
    wet, before = np.pad(np.zeros(grid.shape, bool), 1, constant_values=True), 0
    while wet.sum() > before:
        before = wet.sum()
        beside = wet[:-2, 1:-1] | wet[2:, 1:-1] | wet[1:-1, :-2] | wet[1:-1, 2:]
        wet[1:-1, 1:-1] |= beside & (grid == 0)
    assert is_equal(find_enclosed_background(copy_contiguous(grid)), ~wet[1:-1, 1:-1] & (grid == 0))


@many
@given(GRIDS)
def test_touched_is_background_with_content_around(grid):
    there = np.pad(grid > 0, 1)
    around = [there[row : row + len(grid), at : at + grid.shape[1]] for row, at in product(range(3), range(3))]
    assert is_equal(find_adjacent_background(copy_contiguous(grid)), np.any(around, axis=0) & (grid == 0))


@many
@given(GRIDS)
def test_objects_fall_until_something_is_below_each(grid):
    objects = find_objects(grid)
    if not len(objects):
        return
    boxes = np.array(objects.boxes)
    order = np.argsort(-(boxes[:, 1] + boxes[:, 3]), kind="stable")
    fallen, tops = grid.copy(), [box.top for box in objects.boxes]
    moving = True
    while moving:  # one row at a time, each as far as it can
        moving = False
        for number in order:
            left, _, width, height, _ = objects.boxes[number]
            mask, crop = objects.crops[number] != 0, objects.crops[number]
            there = fallen[:, left : left + width]
            there[tops[number] : tops[number] + height][mask] = 0
            while tops[number] + height < len(grid) and not there[tops[number] + 1 :][:height][mask].any():
                tops[number] += 1
                moving = True
            np.copyto(there[tops[number] : tops[number] + height], crop, where=mask)
    assert is_equal(drop_objects(copy_contiguous(grid), objects.labels, boxes, order), fallen)


@many
@given(MASKS)
def test_the_largest_rectangle_is_the_largest_of_all(blank):
    height, width = blank.shape
    found = [
        ((bottom - top) * (right - left), (top, bottom, left, right))
        for top, left in product(range(height), range(width))
        for bottom, right in product(range(top + 1, height + 1), range(left + 1, width + 1))
        if blank[top:bottom, left:right].all()
    ]
    most = [place for area, place in found if area == max(found)[0]]
    count, *place = find_largest_rectangle(blank)
    assert count == len(most)
    assert not most or tuple(place) in most


@many
@given(GRIDS, st.booleans())
def test_shifts_are_those_under_which_a_grid_agrees_with_itself(grid, content_alone):
    told = find_periods(copy_contiguous(grid), content_alone)
    for step in range(1, len(grid) + 1):
        here, there = grid[step:], grid[: len(grid) - step]
        differs = (here != there) & ((here > 0) & (there > 0) if content_alone else True)
        assert told[step - 1] == (not differs.any())


@many
@given(GRIDS.map(mirrored))
def test_the_best_axis_is_the_lowest_where_most_agrees(grid):
    columns = np.flatnonzero(grid.any(axis=0))
    if not len(columns):
        return
    first, last, width = int(columns[0]), int(columns[-1]), grid.shape[1]
    best, axis = 0, -1
    for total in range(max(2 * first, last), min(2 * last, width - 1 + first) + 1):
        opposite = [
            (grid[:, column], grid[:, total - column]) for column in range(width) if 0 <= total - column < width
        ]
        agreeing = [(here == there)[(here > 0) & (there > 0)] for here, there in opposite]
        if all(part.all() for part in agreeing) and sum(map(len, agreeing)) > best:
            best, axis = sum(map(len, agreeing)), total
    assert find_best_axis(copy_contiguous(grid), first, last) == axis


@many
@given(GRIDS)
def test_the_best_turn_is_the_first_square_where_most_agrees(grid):
    rows, columns = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    if not len(rows):
        return
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) - top + 1, int(columns[-1]) - left + 1
    best = (0, 0, 0, 0)
    for side in range(max(height, width), min(*grid.shape, max(height, width) + 2) + 1):
        for row, column in product(range(grid.shape[0] - side + 1), range(grid.shape[1] - side + 1)):
            around = row <= top and column <= left and row + side >= top + height and column + side >= left + width
            part = grid[row : row + side, column : column + side]
            images = [np.rot90(part, quarters) for quarters in (1, 2, 3)]
            both = [(part > 0) & (image > 0) for image in images]
            contradicts = any((mask & (part != image)).any() for mask, image in zip(both, images, strict=True))
            if around and not contradicts and int(sum(mask.sum() for mask in both)) > best[0]:
                best = int(sum(mask.sum() for mask in both)), row, column, side
    assert find_best_turn(copy_contiguous(grid), left, top, width, height, 2) == best


@many
@given(
    arrays(np.uint8, (7, 7), elements=SPARSE),
    arrays(np.uint8, (7, 7), elements=st.booleans().map(int)),
    arrays(np.uint8, (2, 3), elements=SPARSE),
)
def test_templates_are_completed_where_the_rest_fits(grid, is_loose, template):
    colours = sorted(set(template.tobytes()) - {0})
    if len(colours) < 2:
        return
    seen, margin = np.pad(grid, 3, constant_values=OUTSIDE), (slice(3, -3), slice(3, -3))
    loose, cells = np.pad(grid * is_loose, 3), np.argwhere(template == colours[0])
    rest = np.argwhere(template == colours[1])
    plain_loose, plain = loose.copy(), seen.copy()
    for row, column in np.ndindex(*loose.shape):
        if plain_loose[row, column] != colours[0]:
            continue
        at = [tuple(cell) for cell in cells - cells[0] + (row, column)]
        around = [tuple(cell) for cell in rest - cells[0] + (row, column)]
        there = [seen[cell] for cell in around]
        fits = all(value in (0, colours[1], OUTSIDE) for value in there) and 0 in there
        if fits and all(plain_loose[cell] == colours[0] for cell in at):
            for cell in at:
                plain_loose[cell] = 0
            for cell in around:
                plain[cell] = colours[1]
    made = seen.copy()
    key, others = np.ascontiguousarray(cells.T), np.ascontiguousarray(rest.T)
    complete_template(seen, loose, made, colours[0], key, others, np.full(len(rest), colours[1], np.uint8), OUTSIDE)
    assert is_equal(made[margin], plain[margin])
    assert is_equal(loose, plain_loose)
