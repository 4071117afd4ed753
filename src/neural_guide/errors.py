"""The one error that a user is meant to read, and how it shows names that stand in files."""


class UserError(Exception):
    """Something the user can mend: one line with the fact, the place, the rule and the remedy.

    Entry points print it without a traceback and exit with code 2.
    """


def quote_name(text: str, limit: int = 60) -> str:
    """A name from a file as an error can show it: in one line, never empty, not without end."""
    text = text if text and text.isprintable() else ascii(text)
    return text if len(text) <= limit else text[:limit] + "..."
