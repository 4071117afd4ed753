"""Pages from templates: words are escaped, and everything that a page needs stands in it."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from neural_guide.reporting.report_table import format_number

STYLE = Path(__file__).with_name("style.css")


class Picture(NamedTuple):
    """An SVG and what it shows."""

    caption: str
    svg: Markup


def render(name: str, **values: object) -> str:
    """A page as text.

    Args:
        name: the file of the template, beside this one.
        values: what it shows; all that it names.
    """
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = format_number
    return environment
