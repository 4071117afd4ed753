import numpy as np
import pytest

from neural_guide.arc.task import Pair
from neural_guide.dsl.vocabulary import Vocabulary
from neural_guide.reporting.drawing import PALETTE, draw_solution, draw_task
from neural_guide.reporting.figure_layout import render_pixels, save_png, shorten
from neural_guide.reporting.gallery import FALSE_ALARM, HIT, MISS, PREDICTED, draw_predictions
from neural_guide.reporting.results import Prediction

WORDS = Vocabulary(("turn", "fill", "crop", "grow"))
LONG = Vocabulary(tuple(f"move_every_object_towards_the_wall_of_its_colour_{i:02d}" for i in range(25)))


def make_noise(rows, columns, seed=0):
    return np.random.default_rng(seed).integers(0, 10, (rows, columns)).astype(np.uint8)


def measure_share(image, colour):
    return float((image == np.array(colour)).all(axis=-1).mean())


def parse_colour(colour):
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


@pytest.mark.parametrize("colour", range(10))
def test_a_grid_shows_the_palette_colour_and_no_other(colour):
    grid = np.full((3, 4), colour, dtype=np.uint8)
    image = render_pixels(draw_task([Pair(grid, grid)], "one colour"))
    assert image.dtype == np.uint8
    assert image.shape[2] == 3
    shares = [measure_share(image, PALETTE[other]) for other in range(10)]
    assert shares[colour] > 0.1
    # Letters are dark, none is pure black; nothing else on the page has a colour of the palette.
    assert all(share < 0.001 for other, share in enumerate(shares) if other != colour)


def test_cells_are_drawn_in_their_positions():
    grid = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    image = render_pixels(draw_task([Pair(grid, grid)], "places"))
    middles = {cell: np.argwhere((image == PALETTE[cell]).all(axis=-1)).mean(axis=0) for cell in (1, 2, 3, 4)}
    assert middles[1][1] < middles[2][1]
    assert middles[1][0] < middles[3][0]
    assert middles[3][1] < middles[4][1]


@pytest.mark.parametrize(("rows", "columns", "pairs"), [(1, 1, 1), (30, 30, 5), (1, 30, 2), (30, 1, 3), (9, 9, 10)])
def test_every_cell_is_visible_at_any_size_and_number_of_pairs(rows, columns, pairs):
    task = [Pair(make_noise(rows, columns, seed), make_noise(columns, rows, seed)) for seed in range(pairs)]
    image = render_pixels(draw_task(task, "a task", ["some words"] * 3))
    cells = pairs * 2 * rows * columns
    coloured = sum(measure_share(image, colour) for colour in PALETTE) * image.shape[0] * image.shape[1]
    assert coloured >= 9 * cells  # three pixels a side, at least, without the borders


def test_a_figure_is_saved_as_png_into_a_new_folder(tmp_path):
    path = save_png(
        draw_task([Pair(make_noise(3, 3), make_noise(3, 3))], "cost: $5 or $6"), tmp_path / "new" / "task.png"
    )
    assert path.read_bytes().startswith(b"\x89PNG")


def make_prediction(probabilities, program, pairs=1, task_id="t"):
    grids = tuple(Pair(np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8)) for _ in range(pairs))
    return Prediction(task_id, grids, program, np.array(probabilities, dtype=np.float32))


def list_texts(figure):
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts] + [label.get_text() for label in axes.get_yticklabels()]
    return texts


def test_hits_misses_and_false_alarms_differ_by_sign_and_colour():
    figure = draw_predictions([make_prediction([0.9, 0.2, 0.8, 0.1], ("turn", "fill"))], WORDS)
    words = list_texts(figure)
    assert "true program: turn → fill" in words
    assert {"0.90 ✓ hit", "0.20 ✗ missed", "0.80 △ false alarm", "0.10"} <= set(words)
    image = render_pixels(figure)
    assert all(measure_share(image, parse_colour(mark.colour)) > 0.001 for mark in (HIT, MISS, FALSE_ALARM))


def test_an_unknown_program_has_neither_hits_nor_misses():
    figure = draw_predictions([make_prediction([0.9, 0.2, 0.8, 0.1], None)], WORDS)
    words = " ".join(list_texts(figure))
    assert "unknown" in words
    assert "0.90 • predicted" in words
    assert not any(sign in words for sign in "✓✗△")
    assert measure_share(render_pixels(figure), parse_colour(PREDICTED.colour)) > 0.001


def test_the_threshold_separates_hits_from_misses():
    task = make_prediction([0.4, 0.1, 0.1, 0.1], ("turn",))
    assert "0.40 ✗ missed" in list_texts(draw_predictions([task], WORDS))
    assert "0.40 ✓ hit" in list_texts(draw_predictions([task], WORDS, threshold=0.3))


def test_all_true_primitives_are_shown_with_short_names():
    program = LONG.names[:12]
    task = make_prediction(np.linspace(0, 1, 25), program, task_id="x" * 300)
    words = list_texts(draw_predictions([task], LONG))
    assert sum("✗" in word or "✓" in word for word in words) == 12
    assert max(len(word) for word in words if word.startswith("move")) <= 30


def test_a_primitive_outside_the_vocabulary_is_a_miss():
    words = list_texts(draw_predictions([make_prediction([0.1] * 4, ("fly",))], WORDS))
    assert "fly" in words
    assert "0.00 ✗ missed" in words


def test_tasks_of_one_and_nine_pairs_share_a_gallery():
    figure = draw_predictions([make_prediction([0.1] * 4, ("turn",)), make_prediction([0.1] * 4, None, pairs=9)], WORDS)
    assert any("5 of 9 pairs" in word for word in list_texts(figure))
    assert render_pixels(figure).size > 0


def test_probabilities_of_another_vocabulary_are_refused():
    with pytest.raises(ValueError, match="3 probabilities, the vocabulary has 4"):
        draw_predictions([make_prediction([0.1] * 3, None)], WORDS)


def test_a_solution_shows_each_state_and_step():
    states = [[make_noise(3, 5), make_noise(5, 3), make_noise(6, 6)], [make_noise(1, 1), make_noise(30, 30)]]
    figure = draw_solution(states, ("turn", "grow"))
    words = list_texts(figure)
    assert {"input", "→ turn", "→ grow", "3 x 5", "5 x 3", "6 x 6", "1 x 1", "30 x 30"} <= set(words)


def test_long_names_are_shortened_in_the_middle():
    assert shorten("fill_holes") == "fill_holes"
    short = shorten("a" * 40 + "b", 11)
    assert len(short) == 11
    assert short.startswith("aaa")
    assert short.endswith("b")


BLOCK = np.array([[-1, -1, -1, -1], [-1, 0, 0, -1], [-1, -1, -1, -1]])
EDGE = 7  # pixels on either side of the middle of a line, at most


def draw_block(colour, background, outline=None):
    """Draw a block of two cells, with or without an outline."""
    states = [[np.where(BLOCK == 0, colour, background).astype(np.uint8)]]
    return render_pixels(draw_solution(states, (), outlines=[[outline]]))


def find_block():
    """Find the rows and columns of pixels that the block fills."""
    rows, columns = np.nonzero((draw_block(1, 3) == PALETTE[1]).all(axis=-1))
    return slice(rows.min(), rows.max()), slice(columns.min(), columns.max())


@pytest.mark.parametrize("colour", range(10))
def test_an_outline_runs_around_its_unit_and_nowhere_else(colour):
    plain, image = (draw_block(colour, (colour + 1) % 10, outline) for outline in (None, BLOCK))
    rows, columns = find_block()
    white = (image == 255).all(axis=-1) & (plain != 255).any(axis=-1)
    sides = [
        white[rows, columns.start - EDGE : columns.start + EDGE],
        white[rows, columns.stop - EDGE : columns.stop + EDGE],
        white[rows.start - EDGE : rows.start + EDGE, columns].T,
        white[rows.stop - EDGE : rows.stop + EDGE, columns].T,
    ]
    assert all(side.any(axis=1).all() for side in sides)
    changed = (plain != image).any(axis=-1)
    assert not changed[rows.start + EDGE : rows.stop - EDGE, columns.start + EDGE : columns.stop - EDGE].any()
    changed[rows.start - EDGE : rows.stop + EDGE, columns.start - EDGE : columns.stop + EDGE] = False
    assert not changed.any()


@pytest.mark.parametrize("right_unit", [0, 1, -1])
def test_a_line_separates_cells_of_different_units(right_unit):
    outline = BLOCK.copy()
    outline[1, 2] = right_unit
    plain, image = draw_block(1, 3), draw_block(1, 3, outline)
    rows, columns = find_block()
    between = (rows.start + rows.stop) // 2, slice(columns.start + EDGE, columns.stop - EDGE)
    assert (plain[between] != image[between]).any() == (right_unit != 0)


def test_a_picture_without_units_to_outline_stays_the_same():
    states = [[make_noise(3, 5), make_noise(5, 3)], [make_noise(1, 1)]]
    plain = render_pixels(draw_solution(states, ("turn",)))
    for outlines in ([[None, None], [None]], [[np.full((3, 5), -1), None], [None]]):
        np.testing.assert_array_equal(plain, render_pixels(draw_solution(states, ("turn",), outlines=outlines)))


def test_steps_in_words_are_wrapped_above_outlined_grids():
    states, step = [[np.zeros((3, 3), np.uint8)] * 2], "each object, most size: recolour 4"
    assert f"→ {shorten(step, 16)}" in list_texts(draw_solution(states, (step,)))
    wrapped = list_texts(draw_solution(states, (step,), outlines=[[np.zeros((3, 3), int), None]]))
    assert f"→ {step}" in [" ".join(text.split()) for text in wrapped]
