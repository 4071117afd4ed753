"""Jinja templates of the reports, and the style sheet that all pages share."""

from pathlib import Path

TEMPLATES = Path(__file__).parent
STYLE = TEMPLATES / "style.css"
