"""Rows between full lines of one colour: where a grid divides into panels or cells."""

from neural_guide.arc.grid import Grid

_NO_COLOUR = -1


def find_spans_between_lines(grid: Grid) -> list[tuple[int, int]]:
    """Find the runs of rows between lines; for columns, pass the transposed grid.

    Lines are rows of one colour that is not background: the colour of most such rows except the first and the last
    row of the grid.

    Returns:
        First row and row after the last one of each run, from the top; the whole grid if it has no line.
    """
    row_colours = [int(row[0]) if (row == row[0]).all() else _NO_COLOUR for row in grid]
    line_colours = [colour for colour in row_colours[1:-1] if colour > 0]
    if not line_colours:
        return [(0, len(grid))]
    line = max(set(line_colours), key=line_colours.count)
    spans, start = [], 0
    for row, colour in enumerate([*row_colours, line]):
        if colour == line:
            if row > start:
                spans.append((start, row))
            start = row + 1
    return spans
