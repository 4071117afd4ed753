"""Compiled kernels against plain versions in numpy."""

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
    find_lattice,
    find_line_starts,
    find_periods,
    hollow_out,
    match_template,
)
from neural_guide.dsl.objects import find_objects

SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))
SPARSE = st.sampled_from([0, 0, 0, 0, 1, 2])
GRIDS = SIDES.flatmap(lambda shape: arrays(np.uint8, shape, elements=SPARSE))
MASKS = SIDES.flatmap(lambda shape: arrays(np.bool_, shape))
with_many_examples = settings(max_examples=150, deadline=None)


def symmetrise(grid):
    """Add the mirror image to a grid that agrees with it: symmetric grids are rare among random ones."""
    return np.maximum(grid, grid[:, ::-1]) if (grid[:, ::-1] * grid == grid**2 * (grid[:, ::-1] > 0)).all() else grid


@with_many_examples
@given(GRIDS)
def test_count_cells_matches_bincount(grid):
    assert count_cells(copy_contiguous(grid)).tolist() == np.bincount(grid.ravel(), minlength=COLOURS).tolist()


@with_many_examples
@given(SIDES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 1, 1, 1, 2, 2, 2]))))
def test_hollow_out_removes_content_surrounded_by_content(grid):
    inside = minimum_filter(grid, size=3, mode="constant", cval=0) > 0
    assert is_equal(hollow_out(copy_contiguous(grid)), grid * ~inside)


@with_many_examples
@given(GRIDS, st.sampled_from([0, 4]))
def test_bridge_equals_fills_gaps_between_equal_cells(grid, mark):
    filled = copy_contiguous(grid)
    bridge_equals(filled, mark)
    for row, line in zip(filled, grid, strict=True):
        expected = re.sub(
            rb"([\x01-\x09])(\x00+)(?=\1)",
            lambda gap: gap[1] + len(gap[2]) * (bytes([mark]) if mark else gap[1]),
            line.tobytes(),
        )
        assert row.tobytes() == expected


@with_many_examples
@given(GRIDS, st.booleans())
def test_carry_content_fills_background_from_the_side(grid, both_ways):
    filled = copy_contiguous(grid)
    carry_content(filled, both_ways)
    for row, line in zip(filled, grid, strict=True):
        for column in range(len(line)):
            before, after = line[: column + 1], line[column:]
            sources = [*before[before > 0][::-1], *(after[after > 0] if both_ways else [])]
            assert row[column] == (sources[0] if sources else 0)


@with_many_examples
@given(GRIDS)
def test_line_starts_differ_from_the_line_before(grid):
    rows, columns = find_line_starts(copy_contiguous(grid))
    assert rows.tolist() == [row == 0 or not is_equal(grid[row], grid[row - 1]) for row in range(len(grid))]
    assert columns.tolist() == [
        column == 0 or not is_equal(grid[:, column], grid[:, column - 1]) for column in range(grid.shape[1])
    ]


@with_many_examples
@given(GRIDS)
def test_enclosed_background_is_unreachable_from_the_border(grid):
    wet, before = np.pad(np.zeros(grid.shape, bool), 1, constant_values=True), 0
    while wet.sum() > before:
        before = wet.sum()
        beside = wet[:-2, 1:-1] | wet[2:, 1:-1] | wet[1:-1, :-2] | wet[1:-1, 2:]
        wet[1:-1, 1:-1] |= beside & (grid == 0)
    assert is_equal(find_enclosed_background(copy_contiguous(grid)), ~wet[1:-1, 1:-1] & (grid == 0))


@with_many_examples
@given(GRIDS)
def test_adjacent_background_has_content_around(grid):
    content = np.pad(grid > 0, 1)
    around = [
        content[row : row + len(grid), column : column + grid.shape[1]] for row, column in product(range(3), range(3))
    ]
    assert is_equal(find_adjacent_background(copy_contiguous(grid)), np.any(around, axis=0) & (grid == 0))


@with_many_examples
@given(GRIDS)
def test_objects_drop_until_something_is_below_each(grid):
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
            strip = fallen[:, left : left + width]
            strip[tops[number] : tops[number] + height][mask] = 0
            while tops[number] + height < len(grid) and not strip[tops[number] + 1 :][:height][mask].any():
                tops[number] += 1
                moving = True
            np.copyto(strip[tops[number] : tops[number] + height], crop, where=mask)
    assert is_equal(drop_objects(copy_contiguous(grid), objects.labels, boxes, order), fallen)


@with_many_examples
@given(MASKS)
def test_largest_rectangle_matches_brute_force(blank):
    height, width = blank.shape
    rectangles = [
        ((bottom - top) * (right - left), (top, bottom, left, right))
        for top, left in product(range(height), range(width))
        for bottom, right in product(range(top + 1, height + 1), range(left + 1, width + 1))
        if blank[top:bottom, left:right].all()
    ]
    largest = [box for area, box in rectangles if area == max(rectangles)[0]]
    count, *box = find_largest_rectangle(blank)
    assert count == len(largest)
    assert not largest or tuple(box) in largest


@with_many_examples
@given(GRIDS, st.booleans())
def test_periods_are_shifts_under_which_a_grid_agrees(grid, content_alone):
    is_period = find_periods(copy_contiguous(grid), content_alone)
    for step in range(1, len(grid) + 1):
        moved, original = grid[step:], grid[: len(grid) - step]
        differs = (moved != original) & ((moved > 0) & (original > 0) if content_alone else True)
        assert is_period[step - 1] == (not differs.any())


@with_many_examples
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_smallest_lattice_is_found(rows, columns, shift, hidden, random):
    tile = np.array([[random.randint(1, 3) for _ in range(columns)] for _ in range(rows)], dtype=np.uint8)
    row, column = np.indices((7, 8))
    grid = tile[row % rows, (column - shift * (row // rows)) % columns]
    for _ in range(hidden):
        grid[random.randrange(7), random.randrange(8)] = 0
    found_rows, found_columns, found_shift = find_lattice(grid, 9)
    if len(np.unique(grid[grid > 0])) == 1:
        assert found_rows * found_columns == 2  # one colour agrees with any lattice
        return
    assert 2 <= found_rows * found_columns <= rows * columns
    places = {}
    for (y, x), colour in np.ndenumerate(grid):
        if colour:
            places.setdefault((y % found_rows, (x - found_shift * (y // found_rows)) % found_columns), set()).add(
                colour
            )
    assert len(places) == found_rows * found_columns
    assert all(len(colours) == 1 for colours in places.values())


@with_many_examples
@given(arrays(np.uint8, (5, 6), elements=st.integers(0, 3)), arrays(np.uint8, (2, 2), elements=st.integers(0, 3)))
def test_a_template_matches_whole_objects_and_one_whole_colour(grid, template):
    if not template.any():
        return
    found = find_objects(grid)
    labels, sizes = found.labels.copy(), np.array([0, *(box.area for box in found.boxes)])
    cells = np.array(np.nonzero(template))
    colours = template[cells[0], cells[1]]
    best = (0, 0, 0)
    for top, left in product(range(1 - (cells[0].max() + 1), 5), range(1 - (cells[1].max() + 1), 6)):
        inside = [
            (row + top, column + left, colour)
            for row, column, colour in zip(*cells, colours, strict=True)
            if 0 <= row + top < 5 and 0 <= column + left < 6
        ]
        covered = [(row, column, colour) for row, column, colour in inside if grid[row, column]]
        whole = [c for c in set(colours) if sum(x[2] == c for x in covered) == (colours == c).sum()]
        touched = {int(labels[row, column]) for row, column, _ in covered}
        if (
            all(grid[row, column] == colour for row, column, colour in covered)
            and len(covered) == sum(sizes[label] for label in touched) > 1
            and len(inside) > len(covered)
            and whole
            and 1000 * len(whole) + len(covered) > best[0]
        ):
            best = (1000 * len(whole) + len(covered), top, left)
    assert match_template(grid, labels, sizes, cells, colours) == best


def test_a_drawing_without_lattice_has_none():
    assert find_lattice(np.array([[1, 2, 3], [2, 2, 1], [3, 1, 1]], dtype=np.uint8), 4) == (0, 0, 0)
    assert find_lattice(np.zeros((3, 3), dtype=np.uint8), 4) == (0, 0, 0)


@with_many_examples
@given(GRIDS.map(symmetrise))
def test_best_axis_is_the_lowest_with_most_agreement(grid):
    width = grid.shape[1]
    lowest, highest = width // 2, 2 * width - 2 - width // 2
    best, axis = 0, -1
    for total in range(lowest, highest + 1):
        opposite = [
            (grid[:, column], grid[:, total - column]) for column in range(width) if 0 <= total - column < width
        ]
        agreeing = [(cells == others)[(cells > 0) & (others > 0)] for cells, others in opposite]
        if all(part.all() for part in agreeing) and sum(map(len, agreeing)) > best:
            best, axis = sum(map(len, agreeing)), total
    assert find_best_axis(copy_contiguous(grid), lowest, highest) == axis


@with_many_examples
@given(GRIDS)
def test_best_turn_is_the_first_square_with_most_agreement(grid):
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


@with_many_examples
@given(
    arrays(np.uint8, (7, 7), elements=SPARSE),
    arrays(np.uint8, (7, 7), elements=st.booleans().map(int)),
    arrays(np.uint8, (2, 3), elements=SPARSE),
)
def test_template_is_completed_where_the_rest_fits(grid, is_loose, template):
    colours = sorted(set(template.tobytes()) - {0})
    if len(colours) < 2:
        return
    padded, margin = np.pad(grid, 3, constant_values=OUTSIDE), (slice(3, -3), slice(3, -3))
    loose, cells = np.pad(grid * is_loose, 3), np.argwhere(template == colours[0])
    rest = np.argwhere(template == colours[1])
    expected_loose, expected = loose.copy(), padded.copy()
    for row, column in np.ndindex(*loose.shape):
        if expected_loose[row, column] != colours[0]:
            continue
        key_cells = [tuple(cell) for cell in cells - cells[0] + (row, column)]
        rest_cells = [tuple(cell) for cell in rest - cells[0] + (row, column)]
        values = [padded[cell] for cell in rest_cells]
        fits = all(value in (0, colours[1], OUTSIDE) for value in values) and 0 in values
        if fits and all(expected_loose[cell] == colours[0] for cell in key_cells):
            for cell in key_cells:
                expected_loose[cell] = 0
            for cell in rest_cells:
                expected[cell] = colours[1]
    canvas = padded.copy()
    key, others = np.ascontiguousarray(cells.T), np.ascontiguousarray(rest.T)
    complete_template(padded, loose, canvas, colours[0], key, others, np.full(len(rest), colours[1], np.uint8), OUTSIDE)
    assert is_equal(canvas[margin], expected[margin])
    assert is_equal(loose, expected_loose)
