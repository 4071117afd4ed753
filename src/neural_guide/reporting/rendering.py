"""Reports from templates: one context for each report, one template for each format."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from neural_guide.reporting.figure_layout import save_png
from neural_guide.reporting.inline import inline_grid, inline_svg
from neural_guide.reporting.report_table import ReportTable, escape_markdown, format_number
from neural_guide.reporting.templates import TEMPLATES
from neural_guide.runtime.atomic_files import replace_file


class ReportFigure(NamedTuple):
    """A figure of a report: `figures/NAME.png` beside Markdown, inline SVG in HTML.

    Attributes:
        name: file name without its ending; unique in a report.
        caption: a few words, not escaped.
        figure: drawn by matplotlib.
    """

    name: str
    caption: str
    figure: Figure


def collect_figures(figures: Mapping[str, Figure | None], captions: Mapping[str, str]) -> list[ReportFigure]:
    """Figures with their captions, in the order of `figures`; figures that are None are left out."""
    return [ReportFigure(name, captions[name], figure) for name, figure in figures.items() if figure]


def save_figure(figure: ReportFigure, folder: Path) -> Path:
    """Write `figures/NAME.png` below the folder of a report."""
    return save_png(figure.figure, folder / "figures" / f"{figure.name}.png")


def render(template: str, report: object) -> str:
    """Render a template.

    Args:
        template: name of the file in `templates/`; HTML is escaped, Markdown is not: it escapes with `| md`.
        report: the context, under this name in the template.
    """
    return _environment().get_template(template).render(report=report)


def write_rendered(path: Path, template: str, report: object) -> Path:
    """Write a rendered template, whole or not at all, and return its path."""
    text = render(template, report)
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": format_number,
        "md": escape_markdown,
        "markdown_table": _render_markdown_table,
        "svg": _render_svg,
        "grid_svg": inline_grid,
        "bold": _render_bold,
    }
    return environment


def _render_markdown_table(table: ReportTable) -> str:
    return table.markdown().strip("\n")


def _render_svg(figure: ReportFigure) -> Markup:
    return inline_svg(figure.figure, figure.name)


def _render_bold(line: str) -> Markup:
    """A line as HTML, its words between double asterisks in bold type."""
    parts = line.split("**")
    return Markup("").join(
        Markup("<strong>{}</strong>").format(part) if position % 2 else Markup.escape(part)
        for position, part in enumerate(parts)
    )
