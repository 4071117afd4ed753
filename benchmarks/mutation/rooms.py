"""Rooms of mutation testing: the code to mutate, and the tests that must notice the mutants."""

from typing import NamedTuple

SETTINGS = ("tests/test_config.py", "tests/test_main.py")  # every room has a settings.py


class Room(NamedTuple):
    """A part of the package and its tests.

    Attributes:
        sources: folders and modules below src/neural_guide.
        tests: folders and modules of tests.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "search": Room(("search",), ("tests/search", "tests/test_solve.py", *SETTINGS)),
    "data": Room(("data",), ("tests/data", "tests/test_inspect.py", *SETTINGS)),
    "guide": Room(
        ("guide",),
        (
            *("tests/guide", "tests/training/test_evaluation.py", "tests/test_export.py", "tests/test_api.py"),
            *("tests/test_solve.py", *SETTINGS),
        ),
    ),
    "training": Room(
        ("training",), ("tests/training", "tests/planning", "tests/test_inspect.py", "tests/test_plan.py", *SETTINGS)
    ),
    "submissions": Room(
        ("arc/submission.py", "arc/submission_csv_rules.py", "arc/submission_json_rules.py"),
        ("tests/arc/test_submission.py", "tests/test_validate_submission.py"),
    ),
    "deploy": Room(
        ("deploy",), ("tests/deploy", "tests/test_bundle.py", "tests/experiment/test_bucket_sync.py", *SETTINGS)
    ),
}
