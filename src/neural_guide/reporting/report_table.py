"""Tables of reports, printed in the terminal (rich) and written as Markdown and HTML."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

NO_VALUE = "-"  # not measured, or not defined


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `best` marks the best value of its row or column."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class ReportTable:
    """Rows under headers; `console.print(table)` prints it, `markdown()` formats it.

    The first column contains names and is left-aligned; the others contain figures.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def __rich__(self) -> Table:
        """Convert the table for rich."""
        table = Table(title=Text(self.title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD)
        for position, header in enumerate(self.headers):
            table.add_column(Text(header), justify="right" if position else "left")
        for row in self.rows:
            table.add_row(*(_format_text(cell) for cell in row))
        return table

    def markdown(self) -> str:
        """Format the table as Markdown, without its title; the best values in bold type."""
        rule = ["---"] + ["---:"] * (len(self.headers) - 1)
        lines = [[escape_markdown(header) for header in self.headers], rule]
        lines += [[_format_markdown(cell) for cell in row] for row in self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def tabulate_facts(*facts: Mapping[str, str]) -> ReportTable:
    """A table of names and values."""
    rows = [[Cell(name), Cell(value)] for part in facts for name, value in part.items()]
    return ReportTable("Facts", ["fact", "value"], rows)


def format_number(value: float | None, digits: int = 3) -> str:
    """Format a figure with fixed digits and thousands separators; None and non-finite values give a dash."""
    if value is None or not math.isfinite(value):
        return NO_VALUE
    return f"{value:,.{digits}f}"


def escape_markdown(text: str) -> str:
    """Escape text for Markdown, tables included, and join its lines."""
    # An underscore inside a word is no emphasis: fill_holes stays as it is.
    return re.sub(r"([\\`*|<>\[\]]|(?<!\w)_|_(?!\w))", r"\\\1", " ".join(text.split()))


def _format_text(cell: Cell) -> Text:
    # The star marks the best value in terminals without styles.
    return Text(f"{cell.text} *", style="bold green") if cell.best else Text(cell.text)


def _format_markdown(cell: Cell) -> str:
    return f"**{escape_markdown(cell.text)}**" if cell.best else escape_markdown(cell.text)
