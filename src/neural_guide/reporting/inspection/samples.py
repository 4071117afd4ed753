"""Figures of grids of a dataset: sample tasks, copies, leaks, records whose input equals the output."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from neural_guide.arc.task import Pair
from neural_guide.data.audit.audit import spread_evenly
from neural_guide.data.audit.results import AuditResults
from neural_guide.data.store.store import Store
from neural_guide.reporting.drawing import (
    GAP,
    MARGIN,
    TITLE,
    WORDS,
    choose_panel_side,
    draw_pairs,
    measure_pairs_height,
)
from neural_guide.reporting.figure_layout import LINE, FigureLayout, shorten, wrap_text
from neural_guide.reporting.inspection.tables import EQUALITIES

MAX_TASKS = 5
MAX_PAIRS = 5  # of a task
MIN_WIDTH = 6.5  # inches: the text needs them


class Item(NamedTuple):
    """Pairs that belong together, with a title and a description."""

    title: str
    description: str
    pairs: Sequence[Pair]


def draw_items(items: Sequence[Item]) -> Figure:
    """Draw pairs under their titles, one item below the other, each input above its output."""
    side = choose_panel_side([grid for item in items for pair in item.pairs for grid in (pair.input, pair.output)])
    width = max(MIN_WIDTH, max(len(item.pairs) for item in items) * (side + GAP) - GAP)
    texts = [wrap_text(item.description, width, WORDS) for item in items]
    tops = [LINE * (TITLE + len(text) * WORDS) + 0.12 for text in texts]
    heights = [top + measure_pairs_height(side, item.pairs) + 0.15 for top, item in zip(tops, items, strict=True)]
    layout = FigureLayout(width + 2 * MARGIN, sum(heights) + 2 * MARGIN)
    offset = MARGIN
    for item, text, top, height in zip(items, texts, tops, heights, strict=True):
        layout.add_text(MARGIN, offset, shorten(item.title, 70), TITLE, bold=True)
        layout.add_text(MARGIN, offset + LINE * TITLE, "\n".join(text), WORDS)
        draw_pairs(layout, MARGIN, offset + top, side, item.pairs)
        offset += height
    return layout.figure


def draw_tasks(store: Store) -> Figure:
    """Draw tasks spread evenly over the dataset, with their programs."""
    programs = store.programs()
    items = []
    for task in spread_evenly(store.n_tasks, MAX_TASKS).tolist():
        records = np.flatnonzero(store.task_of == task)[:MAX_PAIRS]
        words = _format_program(store, programs[task]) + f"; quality {store.quality[records[0]]:.2f}"
        items.append(Item(store.task_id(task), words, _read_pairs(store, records.tolist())))
    return draw_items(items)


def draw_groups(store: Store, groups: Sequence[Sequence[int]]) -> Figure | None:
    """Draw equal records, a row for each group; None: no group."""
    items = [
        Item(
            f"records {', '.join(map(str, records))}",
            _describe_programs(store, records),
            _read_pairs(store, records),
        )
        for records in groups[:3]
    ]
    return draw_items(items) if items else None


def draw_leaks(store: Store, results: AuditResults) -> Figure | None:
    """Draw a record of a split beside its copy in training, for each kind of leak; None: no leak."""
    items: dict[str, Item] = {}
    for leak in results.leaks:
        if leak.records and leak.known == "train":
            ours, theirs = leak.examples[-1]
            words = (
                f"{leak.split} record {ours}, {leak.known} record {theirs}; {_describe_programs(store, (ours, theirs))}"
            )
            items.setdefault(
                leak.kind, Item(EQUALITIES[leak.kind].capitalize(), words, _read_pairs(store, (ours, theirs)))
            )
    return draw_items(list(items.values())) if items else None


def _read_pairs(store: Store, records: Sequence[int]) -> list[Pair]:
    return [Pair(*store.grids(record)) for record in records]


def _describe_programs(store: Store, records: Sequence[int]) -> str:
    """The tasks of some records with their programs, each once."""
    tasks = dict.fromkeys(store.task_of[list(records)].tolist())
    programs = store.programs()
    return "; ".join(f"{shorten(store.task_id(task), 30)}: {_format_program(store, programs[task])}" for task in tasks)


def _format_program(store: Store, program: Sequence[str]) -> str:
    words = (" → " if store.has_programs else ", ").join(shorten(name) for name in program[:12])
    return words + (f" and {len(program) - 12} more" if len(program) > 12 else "")
