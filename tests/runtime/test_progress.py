"""Progress of long work where nobody watches a terminal."""

import re

from neural_guide.runtime import progress


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    with progress.shown("features", 2000, "records") as on_record:
        on_record(500)
    first, last = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"features: 500 of 2,000 records, [\d,]+/s, about .+ left, [\d,]+ MiB", first)
    assert re.fullmatch(r"features: 2,000 records in \d+\.\d s", last)


def test_what_is_done_soon_is_told_once(capsys):
    with progress.shown("store", None, "bytes") as on_record:
        for done in range(100):
            on_record(done)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_where_nothing_is_to_be_shown_nothing_is(capsys):
    with progress.shown("features", 10, "records", show=False) as on_record:
        on_record(10)
    assert capsys.readouterr().err == ""
