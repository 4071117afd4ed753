import pytest

from neural_guide.runtime.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("4h", 14_400), ("90m", 5_400), ("1h30m", 5_400), ("1d", 86_400), ("45s", 45), ("0.5h", 1_800)),
        *(("00:01:30:00", 5_400), ("1h 30m", None), ("", None), ("0h", None), ("4", None), ("soon", None)),
    ],
)
def test_durations_are_parsed(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4.2, "4.2 s"), (0, "0 s"), (45.3, "45 s"), (3_600, "1 h"), (754, "12 min 34 s"), (12_000, "3 h 20 min")],
)
def test_durations_are_formatted(seconds, words):
    assert format_duration(seconds) == words
