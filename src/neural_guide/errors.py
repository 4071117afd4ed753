"""The one error that a user is meant to read."""


class UserError(Exception):
    """Something the user can mend: one line with the fact, the place, the rule and the remedy.

    Entry points print it without a traceback and exit with code 2.
    """
