"""A table once, shown twice: in the terminal (rich) and in Markdown."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

NO_VALUE = "-"  # measured nothing, or not defined


@dataclass(frozen=True)
class Cell:
    """Words in a table; the best of its row or column is marked."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class ReportTable:
    """Rows under headers; `console.print(sheet)` shows it, `markdown()` writes it.

    The first column holds names and is left-aligned, the others hold figures.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def __rich__(self) -> Table:
        """The table as rich prints it."""
        table = Table(title=Text(self.title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD)
        for position, header in enumerate(self.headers):
            table.add_column(Text(header), justify="right" if position else "left")
        for row in self.rows:
            table.add_row(*(_as_text(cell) for cell in row))
        return table

    def markdown(self) -> str:
        """The table as Markdown, without its title; the best in bold type."""
        rule = ["---"] + ["---:"] * (len(self.headers) - 1)
        lines = [[escape_markdown(header) for header in self.headers], rule]
        lines += [[_as_markdown(cell) for cell in row] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def tabulate_facts(*facts: Mapping[str, str]) -> ReportTable:
    """A table of names and values."""
    rows = [[Cell(name), Cell(value)] for part in facts for name, value in part.items()]
    return ReportTable("Facts", ["fact", "value"], rows)


def format_number(value: float | None, digits: int = 3) -> str:
    """A figure as the tables write it: fixed digits, thousands apart; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NO_VALUE
    return f"{value:,.{digits}f}"


def escape_markdown(words: str) -> str:
    """Words that Markdown shows as they are, in one line, inside a table too."""
    # An underscore inside a word is no emphasis: fill_holes stays as it is.
    return re.sub(r"([\\`*|<>\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(words.split()))


def _as_text(cell: Cell) -> Text:
    # The star tells the best apart where the terminal shows no styles.
    return Text(f"{cell.text} *", style="bold green") if cell.best else Text(cell.text)


def _as_markdown(cell: Cell) -> str:
    return f"**{escape_markdown(cell.text)}**" if cell.best else escape_markdown(cell.text)
