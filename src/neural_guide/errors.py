"""`UserError`, the one error that users read, and the quoting of names from files in its message."""


class UserError(Exception):
    """A mistake that the user can mend: one line with the fact, the place, the rule and the remedy.

    Entry points print it without a traceback and exit with code 2.
    """


def quote_name(text: str, limit: int = 60) -> str:
    """Return a name from a file in a form fit for a message: one line, never empty, cut at `limit` characters.

    Args:
        text: the name; empty or unprintable text is escaped and quoted by `ascii`.
        limit: characters to keep; the rest becomes "...".
    """
    text = text if text and text.isprintable() else ascii(text)
    return text if len(text) <= limit else text[:limit] + "..."
